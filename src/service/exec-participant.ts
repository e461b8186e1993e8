/**
 * The built-in `exec` participant: it runs a user's program for each lifecycle event, so that the service is of use
 * without a line of JavaScript.
 *
 * It is durable, since what programs do (mounts, addresses) outlives the process. Which program is asked for stands in the
 * configuration; whoever leaves is taken out with the program of the configuration that it came in under, when the present
 * one has none.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ConfMap } from "../conf/conf-map.ts";
import type { ParticipantCallbacks, ParticipantOptions, StepContext } from "../effects/participant.ts";
import { CALLBACK_NAMES, CALLBACKS, type CallbackName, type LifecycleEvent } from "../plan/lifecycle-event.ts";
import { type HookFiles, hookEnvironment } from "./hook-environment.ts";
import { runHook } from "./hook-run.ts";
import { hookOf, hookProblems } from "./hooks-section.ts";
import { isRunning } from "./pid-file.ts";

export const EXEC = "exec";

export interface ExecOptions {
  /** How many programs of one event may run at once. */
  readonly concurrency: number;
  /** Where the files stand that programs are shown. */
  readonly folder: string;
}

export interface ExecParticipant {
  readonly callbacks: ParticipantCallbacks;
  readonly options: ParticipantOptions;
  /** Removes the files that programs were shown. */
  close(): void;
}

/** Callbacks that take out what an earlier configuration brought in. */
const TAKES_OUT: ReadonlySet<CallbackName> = new Set([
  "VolumeToBeUnserved",
  "UnserveVolume",
  "VolumeDestroyed",
  "VolumeGroupDestroyed",
  "Down",
]);

/** Milliseconds from SIGTERM to SIGKILL, for a program whose deadline has passed. */
const GRACE = 2_000;

export function execParticipant({ concurrency, folder }: ExecOptions): ExecParticipant {
  const files = new SharedFiles(folder);
  const callbacks: Record<string, (event: LifecycleEvent, context: StepContext) => Promise<void> | undefined> = {};
  for (const name of CALLBACK_NAMES) {
    callbacks[CALLBACKS[name].method] = (event, context) => deliver(event, context, files);
  }
  return {
    callbacks: callbacks as ParticipantCallbacks,
    options: { durable: true, concurrency, validate: (next) => hookProblems(next) },
    close: () => files.close(),
  };
}

/** Answers at once where no program is asked for: most events of most confs. */
function deliver(event: LifecycleEvent, context: StepContext, files: HookFiles): Promise<void> | undefined {
  const leaving = TAKES_OUT.has(event.type);
  const { method } = CALLBACKS[event.type];
  const hook = hookOf(context.confMap, method) ?? (leaving ? hookOf(context.previousConfMap, method) : undefined);
  if (hook === undefined) return undefined;
  const subjectConf = (leaving ? context.previousConfMap : undefined) ?? context.confMap;
  const fields = { participant: EXEC, hook: hook.name, event: event.type };
  context.log.debug({ ...fields, idempotencyKey: context.idempotencyKey }, "hook starts");
  return runHook({
    hook,
    environment: hookEnvironment({ event, context, subjectConf }, files),
    signal: context.signal,
    grace: GRACE,
    onLine: (stream, line) => context.log[stream === "stdout" ? "info" : "warn"]({ ...fields }, line),
  });
}

/**
 * Private files that programs are shown, each written when the first one is. They stand in a folder of this process's own,
 * beside those of others, since a process that was killed cannot remove its own, and programs of it may still be at work.
 */
class SharedFiles implements HookFiles {
  readonly #folder: string;
  readonly #own: string;
  readonly #paths = new Map<string, string>();

  constructor(folder: string) {
    this.#folder = folder;
    this.#own = join(folder, String(process.pid));
  }

  pathOf(confMap: ConfMap): string {
    const name = `${confMap.hash.slice(0, 16)}.json`;
    return this.#paths.get(name) ?? this.#write(name, `${JSON.stringify(confMap, undefined, 2)}\n`);
  }

  holding(text: string): string {
    const name = `${createHash("sha256").update(text).digest("hex").slice(0, 16)}.txt`;
    return this.#paths.get(name) ?? this.#write(name, `${text}\n`);
  }

  /** Removes what this process has written, and what others have that were killed. */
  close(): void {
    if (this.#paths.size === 0) return;
    this.#paths.clear();
    for (const name of namesIn(this.#folder)) {
      const pid = Number(name);
      if (pid === process.pid || !isRunning(pid)) rmSync(join(this.#folder, name), { recursive: true, force: true });
    }
  }

  #write(name: string, text: string): string {
    mkdirSync(this.#own, { recursive: true, mode: 0o700 });
    const path = join(this.#own, name);
    writeFileSync(path, text, { mode: 0o600 });
    this.#paths.set(name, path);
    return path;
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    // Somebody has removed it.
    return [];
  }
}
