/**
 * The roster: who takes part, and in which order.
 *
 * The built-in logger comes first; then whoever the user's modules register, module by module; then the built-in ones
 * that a configuration turns on: `exec`, where it has hooks, and `virtual-ip`. So a hook runs after the program's own participants on the way in and before them on the way
 * out: an address is announced when its volume is served, and withdrawn before it is not.
 */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { isAbsolute, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { ConfMap } from "../conf/conf-map.ts";
import { silentLog } from "../effects/log.ts";
import { LOGGER, Registry } from "../effects/registry.ts";
import { createTransitions, type Transitions } from "../effects/transitions.ts";
import { messageOf, TransitionError } from "../error.ts";
import { builtInsOnPaper } from "./built-in-participants.ts";
import { loggerParticipant } from "./logger-participant.ts";

export interface RosterOptions {
  /** Paths or package names of ES modules whose default export registers. */
  readonly modules: readonly string[];
  /** The configurations in question: they may ask for built-in participants. */
  readonly confs: readonly ConfMap[];
}

/** The participants as they would be registered, for commands that look and do not touch. */
export async function assembleRoster(options: RosterOptions): Promise<Registry> {
  const registry = new Registry();
  registry.add(LOGGER, loggerParticipant({ ...silentLog, follow: () => {}, unfollow: () => {} }));
  const instance: Transitions = {
    ...createTransitions(),
    register: (name, callbacks, participantOptions) => {
      registry.add(name, callbacks, participantOptions);
    },
  };
  for (const module of options.modules) await registerModule(instance, module);
  for (const { name, callbacks, options: own, isAskedFor } of builtInsOnPaper()) {
    if (options.confs.some(isAskedFor)) registry.add(name, callbacks, own);
  }
  return registry;
}

/** Loads a module and lets it register. @throws TransitionError PARTICIPANT_MODULE, and what registering throws */
export async function registerModule(instance: Transitions, module: string): Promise<void> {
  const { default: registers } = await importModule(module);
  if (typeof registers !== "function") {
    throw moduleError(
      module,
      "has no default export that is a function: export default (signaled) => { signaled.register(…) }",
    );
  }
  try {
    await registers(instance);
  } catch (error) {
    if (error instanceof TransitionError) throw error;
    throw moduleError(module, `failed while registering: ${messageOf(error)}`, error);
  }
}

async function importModule(module: string): Promise<{ readonly default?: unknown }> {
  const url = moduleUrl(module);
  try {
    return await import(url);
  } catch (error) {
    throw moduleError(module, `cannot be loaded: ${messageOf(error)}`, error);
  }
}

/** A path is one when there is such a file; anything else is looked up as a package from the working directory. */
function moduleUrl(module: string): string {
  if (existsSync(module)) return pathToFileURL(resolve(module)).href;
  if (module.startsWith(".") || isAbsolute(module)) throw moduleError(module, "is not there: correct the path");
  try {
    return pathToFileURL(createRequire(resolve("signaled.js")).resolve(module)).href;
  } catch {
    // Not there, or a package that only `import` can resolve: then the import finds it beside this program, or says why not.
    return module;
  }
}

function moduleError(module: string, message: string, cause?: unknown): TransitionError {
  return new TransitionError("PARTICIPANT_MODULE", `the module ${module} ${message}`, { file: module, cause });
}
