/**
 * One run of a hook: a program started without a shell, listened to, and ended when nobody waits for it any more.
 *
 * Its exit says what became of the step: 0, it took effect; another number, it did not; killed, nobody knows. It has a
 * process group of its own, so that an interrupt at the terminal does not reach it, and so that its children end with it.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { InDoubtError } from "../error.ts";
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
const LINE_LENGTH = 400;
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
  const quoted: string[] = [];
  const closed = listen(child, run, quoted);
  const end = endOnAbort(child, run);
  try {
    const { code, killedBy } = await exitOf(child);
    await Promise.race([closed, delay(DRAIN)]);
    if (code === 0) return;
    const said = quoted.length === 0 ? "" : `: ${quoted.join(" | ")}`;
    if (killedBy !== null) throw new InDoubtError(`${hook.name} was killed by ${killedBy}${said}`);
    if (signal.aborted) throw new InDoubtError(`${hook.name} was told to end and exited with ${code}${said}`);
    throw new Error(`${hook.name} exited with ${code}${said}`);
  } finally {
    end();
    running.delete(child);
  }
}

async function startHook({ hook, environment }: HookRun): Promise<ChildProcess> {
  const child = spawn(hook.program, hook.arguments, {
    cwd: hook.folder,
    env: environment,
    stdio: ["ignore", "pipe", "pipe"],
    detached: process.platform !== "win32",
    windowsHide: true,
  });
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", (error) =>
      reject(new Error(`${hook.name} cannot be started: ${error.message}`, { cause: error })),
    );
  });
  return child;
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

/** Resolves when both streams have ended. */
async function listen(child: ChildProcess, run: HookRun, quoted: string[]): Promise<void> {
  const hear = (stream: "stdout" | "stderr", source: Readable | null): Promise<void> => {
    if (source === null) return Promise.resolve();
    // What a background process of the hook holds open must not keep the service alive.
    if ("unref" in source && typeof source.unref === "function") source.unref();
    const lines = createInterface({ input: source, crlfDelay: Number.POSITIVE_INFINITY });
    lines.on("line", (whole) => {
      const line = whole.length > LINE_LENGTH ? `${whole.slice(0, LINE_LENGTH)}…` : whole;
      run.onLine(stream, line);
      if (stream !== "stderr" || line.trim() === "") return;
      quoted.push(line.trim());
      if (quoted.length > QUOTED_LINES) quoted.shift();
    });
    return new Promise((resolve) => {
      lines.once("close", resolve);
    });
  };
  await Promise.all([hear("stdout", child.stdout), hear("stderr", child.stderr)]);
}

function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}
