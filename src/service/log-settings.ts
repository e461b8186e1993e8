/**
 * Log settings: what the `[Logging]` section of a configuration asks for.
 *
 * Its options are those of the original, so that its users' confs go on to mean the same; all are optional.
 */
import type { ConfMap } from "../conf/conf-map.ts";
import type { Problem } from "../error.ts";
import { problemsOf } from "./error-problems.ts";

export interface LogSettings {
  /** Where to append; relative to the working directory. Undefined: to stderr only. */
  readonly file: string | undefined;
  /** To stderr as well, though there is a file. */
  readonly console: boolean;
  /** Names of the participants whose debug lines are wanted; `signaled` is the service itself. */
  readonly debug: ReadonlySet<string>;
}

const SECTION = "Logging";
const DEBUG_LISTS = ["TraceLevelLogging", "DebugLevelLogging"];

export const NO_LOG_SETTINGS: LogSettings = { file: undefined, console: true, debug: new Set() };

/** Reads `[Logging]`. @throws TransitionError OPTION_VALUE */
export function readLogSettings(confMap: ConfMap): LogSettings {
  const file = confMap.has(SECTION, "LogFilePath") ? confMap.strings(SECTION, "LogFilePath") : [];
  const toConsole = confMap.has(SECTION, "LogToConsole") && confMap.bool(SECTION, "LogToConsole");
  const debug = new Set<string>();
  for (const list of DEBUG_LISTS) {
    if (!confMap.has(SECTION, list)) continue;
    for (const name of confMap.strings(SECTION, list)) if (name !== "none") debug.add(name);
  }
  const path = file.length === 0 ? undefined : confMap.string(SECTION, "LogFilePath");
  return { file: path, console: toConsole || path === undefined, debug };
}

/** What is wrong with `[Logging]`, if anything: asked before anything moves. */
export function logSettingsProblems(confMap: ConfMap): readonly Problem[] {
  try {
    readLogSettings(confMap);
    return [];
  } catch (error) {
    return problemsOf(error);
  }
}
