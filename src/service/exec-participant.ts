/**
 * The built-in `exec` participant: it runs a user's program for each lifecycle event, so that the service is of use
 * without a line of JavaScript.
 *
 * It is durable, since what programs do (mounts, addresses) outlives the process. Which program is asked for stands in the
 * configuration; whoever leaves is taken out with the program of the configuration that it came in under, when the present
 * one has none.
 */
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConfMap } from "../conf/conf-map.ts";
import type { ParticipantCallbacks, ParticipantOptions, StepContext } from "../effects/participant.ts";
import { CALLBACK_NAMES, CALLBACKS, type CallbackName, type LifecycleEvent } from "../plan/lifecycle-event.ts";
import { type HookFiles, hookEnvironment } from "./hook-environment.ts";
import { runHook } from "./hook-run.ts";
import { hookOf, hookProblems } from "./hooks-section.ts";

export const EXEC = "exec";

export interface ExecOptions {
  /** How many programs of one event may run at once. */
  readonly concurrency: number;
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

export function execParticipant({ concurrency }: ExecOptions): ExecParticipant {
  const files = new SharedFiles();
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

/** Private files that programs are shown, each written when the first one is. */
class SharedFiles implements HookFiles {
  readonly #paths = new Map<string, string>();
  #folder: string | undefined;

  pathOf(confMap: ConfMap): string {
    const name = `${confMap.hash.slice(0, 16)}.json`;
    return this.#paths.get(name) ?? this.#write(name, `${JSON.stringify(confMap, undefined, 2)}\n`);
  }

  holding(text: string): string {
    const name = `${createHash("sha256").update(text).digest("hex").slice(0, 16)}.txt`;
    return this.#paths.get(name) ?? this.#write(name, `${text}\n`);
  }

  close(): void {
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true });
    this.#folder = undefined;
    this.#paths.clear();
  }

  #write(name: string, text: string): string {
    this.#folder ??= mkdtempSync(join(tmpdir(), "signaled-"));
    const path = join(this.#folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    this.#paths.set(name, path);
    return path;
  }
}
