/**
 * One run of a hook: a program started without a shell, listened to, and ended when nobody waits for it any more.
 *
 * Its exit says what became of the step: 0, it took effect; another number, it did not; killed, nobody knows. It has a
 * process group of its own, so that an interrupt at the terminal does not reach it, and so that its children end with it.
 */
import { type ChildProcess, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { InDoubtError, messageOf } from "../error.ts";
import { type HookOutput, hearOutput } from "./hook-output.ts";
import type { Hook } from "./hooks-section.ts";

export interface HookRun {
  readonly hook: Hook;
  readonly environment: Readonly<Record<string, string>>;
  /** Aborted: SIGTERM, and SIGKILL after the grace. */
  readonly signal: AbortSignal;
  /** Milliseconds between SIGTERM and SIGKILL. */
  readonly grace: number;
  /** Hears each line of output. */
  onLine(stream: "stdout" | "stderr", line: string): void;
}

/** Lines of stderr that a failure's message quotes. */
const QUOTED_LINES = 5;
/** Milliseconds to wait for output after the exit: a background process may keep the pipes open for ever. */
const DRAIN = 100;

/** Groups of hooks under way, so that a service that ends at once can end them too. */
const running = new Set<ChildProcess>();

/** Ends every hook that runs, at once: whoever starts next delivers their steps again, and must not meet them. */
export function killRunningHooks(): void {
  for (const child of running) signalGroup(child, "SIGKILL");
}

/** Resolves when the hook exits with 0. @throws Error for another exit or one that cannot start, InDoubtError when it was killed */
export async function runHook(run: HookRun): Promise<void> {
  const { hook, signal } = run;
  if (signal.aborted) throw new Error(`${hook.name} was not started: nobody waits for it any more`);
  const child = await startHook(run);
  running.add(child);
  const { stdout, stderr } = listen(child, run);
  const end = endOnAbort(child, run);
  try {
    const { code, killedBy } = await exitOf(child);
    await Promise.race([Promise.all([stdout.ended, stderr.ended]), delay(DRAIN)]);
    if (code === 0) return;
    const quoted = stderr.last();
    const said = quoted.length === 0 ? "" : `: ${quoted.join(" | ")}`;
    if (killedBy !== null) throw new InDoubtError(`${hook.name} was killed by ${killedBy}${said}`);
    if (signal.aborted) throw new InDoubtError(`${hook.name} was told to end and exited with ${code}${said}`);
    throw new Error(`${hook.name} exited with ${code}${said}`);
  } finally {
    end();
    // Of one that was told to end nothing may go on: its step is delivered again, and must not meet it.
    if (signal.aborted) signalGroup(child, "SIGKILL");
    running.delete(child);
  }
}

async function startHook({ hook, environment }: HookRun): Promise<ChildProcess> {
  try {
    // Some reasons not to start are thrown, and some are told by an event.
    const child = spawn(hook.program, hook.arguments, {
      cwd: hook.folder,
      env: environment,
      stdio: ["ignore", "pipe", "pipe"],
      detached: process.platform !== "win32",
      windowsHide: true,
    });
    await new Promise<void>((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", reject);
    });
    return child;
  } catch (error) {
    throw new Error(`${hook.name} cannot be started: ${reasonOf(error)}`, { cause: error });
  }
}

function reasonOf(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ENOEXEC") return "it is no program: a script begins with a line such as #!/bin/sh";
  if (code === "ENOENT") return "it is not there, or what its first line names is not (ENOENT)";
  return messageOf(error);
}

function listen(child: ChildProcess, run: HookRun): { readonly stdout: HookOutput; readonly stderr: HookOutput } {
  const hear = (stream: "stdout" | "stderr"): HookOutput => {
    const source = child[stream] as Readable;
    // What a background process of the hook holds open must not keep the service alive.
    if ("unref" in source && typeof source.unref === "function") source.unref();
    return hearOutput(source, QUOTED_LINES, (line) => run.onLine(stream, line));
  };
  return { stdout: hear("stdout"), stderr: hear("stderr") };
}

function exitOf(child: ChildProcess): Promise<{ readonly code: number | null; readonly killedBy: string | null }> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) {
      resolve({ code: child.exitCode, killedBy: child.signalCode });
      return;
    }
    child.once("exit", (code, killedBy) => resolve({ code, killedBy }));
  });
}

/** Gives the way to stop listening for the abort. */
function endOnAbort(child: ChildProcess, { signal, grace }: HookRun): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const end = (): void => {
    signalGroup(child, "SIGTERM");
    timer = setTimeout(() => signalGroup(child, "SIGKILL"), grace);
  };
  if (signal.aborted) end();
  else signal.addEventListener("abort", end, { once: true });
  return () => {
    signal.removeEventListener("abort", end);
    clearTimeout(timer);
  };
}

function signalGroup(child: ChildProcess, name: "SIGTERM" | "SIGKILL"): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === "win32") child.kill(name);
    else process.kill(-child.pid, name);
  } catch {
    // It has ended meanwhile.
  }
}

function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}
