/**
 * The figures of one run of the benchmark, as the processes that measure give them.
 */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Ratio, Turns } from "./turns.ts";

/** What one size costs. */
export interface SizeFigures extends Turns {
  readonly volumes: number;
  /** Of the conf. */
  readonly bytes: number;
}

/** How late something was, by stage, in milliseconds at most. */
export type Lateness = Readonly<Record<string, number>>;

export interface Responsiveness {
  readonly timerLate: Lateness;
  readonly signalLate: Lateness;
  /** MiB of memory at most. */
  readonly peak: number;
}

/** As multiples of what the neighbour takes. */
export interface Neighbours {
  /** 1,000 units booted and closed; avvio. */
  readonly units: Ratio;
  /** 64 slots with one macrotask per step; a bare loop with p-limit. */
  readonly slots: Ratio;
}

/** Milliseconds, medians. */
export interface StartTimes {
  /** A Node that does nothing. */
  readonly node: number;
  readonly importing: number;
  readonly version: number;
  /** From the start of the process until a small conf is up, with the SQLite journal. */
  readonly smallUp: number;
}

/** Runs one of the bundled processes and gives what it printed. */
export function runProcess<Figures>(name: string, args: readonly string[], flags: readonly string[] = []): Figures {
  const path = fileURLToPath(new URL(`${name}.js`, import.meta.url));
  const printed = execFileSync(process.execPath, [...flags, path, ...args], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  return JSON.parse(printed) as Figures;
}

export function measureSize(volumes: number, rounds: number, kinds: readonly string[]): SizeFigures {
  const figures = runProcess<Omit<SizeFigures, "volumes">>("size-process", [
    String(volumes),
    String(rounds),
    kinds.join(","),
  ]);
  return { volumes, ...figures };
}

/** Of two measurements of one size, each figure as it was where it was better. */
export function betterOf(one: SizeFigures, other: SizeFigures): SizeFigures {
  const ratios: Record<string, Ratio> = { ...one.ratios };
  for (const [name, ratio] of Object.entries(other.ratios)) {
    const before = ratios[name];
    if (before === undefined || ratio.cpu < before.cpu) ratios[name] = ratio;
  }
  return { ...one, ratios };
}
