/**
 * The `[Hooks]` section: which program runs for which callback.
 *
 * An option is named by the callback's method, and its values are a program and its arguments, as they are: no shell reads
 * them, so that nothing in a name can become a command.
 */
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, dirname, isAbsolute, join, resolve } from "node:path";
import type { ConfMap } from "../conf/conf-map.ts";
import type { ConfSource } from "../conf/conf-source.ts";
import type { Problem } from "../error.ts";
import { CALLBACK_NAMES, CALLBACKS } from "../plan/lifecycle-event.ts";

const HOOKS_SECTION = "Hooks";

/** A program to run. */
export interface Hook {
  /** As it stands in the conf, for messages. */
  readonly name: string;
  /** An absolute path, or a bare name that is looked up in PATH. */
  readonly program: string;
  readonly arguments: readonly string[];
  /** Where it runs: the folder of the file that names it. */
  readonly folder: string;
}

const METHODS: readonly string[] = CALLBACK_NAMES.map((name) => CALLBACKS[name].method);

/** Whether a configuration runs any program. */
export function hasHooks(confMap: ConfMap | undefined): boolean {
  return confMap?.has(HOOKS_SECTION) ?? false;
}

/** The hook of a method; undefined where there is none. */
export function hookOf(confMap: ConfMap | undefined, method: string): Hook | undefined {
  if (confMap === undefined || !confMap.has(HOOKS_SECTION, method)) return undefined;
  const [name, ...args] = confMap.strings(HOOKS_SECTION, method);
  if (name === undefined) return undefined;
  const folder = folderOf(confMap, method);
  return { name, program: isPath(name) ? resolve(folder, name) : name, arguments: args, folder };
}

/** What is wrong with the hooks of a configuration: everything, so that it is mended in one go. */
export function hookProblems(confMap: ConfMap): readonly Problem[] {
  if (!hasHooks(confMap)) return [];
  return confMap.options(HOOKS_SECTION).flatMap((option) => {
    const message = METHODS.includes(option) ? missingProgram(confMap, option) : unknownHook(option);
    if (message === undefined) return [];
    const { file, line } = confMap.origin(HOOKS_SECTION, option) ?? {};
    return [{ rule: "hook", section: HOOKS_SECTION, option, message: `[Hooks] ${option} ${message}`, file, line }];
  });
}

function unknownHook(option: string): string {
  const near = METHODS.find((method) => method.toLowerCase() === option.toLowerCase());
  return near === undefined
    ? `is no callback: the options are ${METHODS.join(", ")}`
    : `is no callback: it is written ${near}`;
}

function missingProgram(confMap: ConfMap, method: string): string | undefined {
  const hook = hookOf(confMap, method);
  if (hook === undefined) return undefined;
  if (!isPath(hook.name)) {
    const found = (process.env["PATH"] ?? "").split(delimiter).some((folder) => isProgram(join(folder, hook.name)));
    return found ? undefined : `names '${hook.name}', which is not found in PATH: install it, or give its path`;
  }
  if (!exists(hook.program)) return `names ${hook.program}, which is not there: correct the path, or add the program`;
  return isProgram(hook.program) ? undefined : `names ${hook.program}, which cannot be run: chmod +x it`;
}

function isPath(name: string): boolean {
  return name.includes("/") || (process.platform === "win32" && name.includes("\\"));
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

function isProgram(path: string): boolean {
  if (!exists(path)) return false;
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The folder of the file in which the option stands; for an override, of the main file. */
function folderOf(confMap: ConfMap, option: string): string {
  const file = confMap.origin(HOOKS_SECTION, option)?.file;
  const named = file === undefined || file.startsWith("<") ? mainFileOf(confMap.source()) : file;
  return named === undefined ? resolve(".") : dirname(isAbsolute(named) ? named : resolve(named));
}

function mainFileOf(source: ConfSource): string | undefined {
  switch (source.kind) {
    case "conf":
      return source.main.startsWith("<") ? undefined : source.main;
    case "ini":
    case "json":
      return source.file.path;
    case "given":
      return undefined;
    case "overridden":
    case "upgraded":
      return mainFileOf(source.of);
    case "merged":
      return mainFileOf(source.over);
  }
}
