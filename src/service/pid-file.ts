/**
 * The process id file: which process to send a signal to, for scripts that know no better way.
 *
 * It is there only while its process is: written as a whole, not over that of another live process, and removed by nobody
 * but the one that it names.
 */
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { messageOf, TransitionError } from "../error.ts";

/** Gives the way to remove it. @throws TransitionError USAGE where it names another live process, or cannot be written */
export function claimPidFile(given: string, takeover: boolean): () => void {
  const path = resolve(given);
  const other = pidIn(path);
  if (other !== undefined && other !== process.pid && !takeover && isWriterAlive(path, other)) {
    throw new TransitionError(
      "USAGE",
      `the process id file ${path} names the process ${other}, which runs: give this service another with --pid-file, or remove it if that process is something else`,
      { file: path },
    );
  }
  const draft = `${path}.${process.pid}`;
  try {
    writeFileSync(draft, `${process.pid}\n`, { mode: 0o644 });
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw new TransitionError("USAGE", `the process id file ${path} cannot be written: ${messageOf(error)}`, {
      file: path,
      cause: error,
    });
  }
  return () => {
    // Who took over has written its own.
    if (pidIn(path) === process.pid) rmSync(path, { force: true });
  };
}

function pidIn(path: string): number | undefined {
  try {
    const text = readFileSync(path, "utf8").trim();
    return /^[1-9]\d{0,9}$/.test(text) ? Number(text) : undefined;
  } catch {
    return undefined;
  }
}

/** Whether there is a process of this number, whoever it is. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

/** Whether the process is there, and was when the file was written: after a crash its number may be another's. */
function isWriterAlive(path: string, pid: number): boolean {
  if (!isRunning(pid)) return false;
  const began = startOf(pid);
  const written = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  return began === undefined || written === undefined || began <= written + CLOCK_SLACK;
}

/** Milliseconds by which the two clocks may differ: boot time is told in whole seconds. */
const CLOCK_SLACK = 2_000;

/** Milliseconds since the epoch; undefined where the system does not tell. */
function startOf(pid: number): number | undefined {
  try {
    const booted = /^btime (\d+)$/m.exec(readFileSync("/proc/stat", "utf8"))?.[1];
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name, which may hold anything, is in brackets; the start is the 20th field behind it, in hundredths of a second.
    const ticks = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
    return booted === undefined || ticks === undefined ? undefined : Number(booted) * 1000 + Number(ticks) * 10;
  } catch {
    return undefined;
  }
}
