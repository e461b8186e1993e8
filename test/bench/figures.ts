/**
 * The figures of one run of the benchmark, as the processes that measure give them.
 */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { median, type Ratio, type Turns } from "./turns.ts";

/** By figure. */
export type Ratios = Readonly<Record<string, Ratio>>;

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

/** What the SQLite journal costs; ratios are to raw inserts of the same rows with the same driver. */
export interface JournalFigures {
  /** Of the history. */
  readonly facts: number;
  readonly appends: readonly {
    /** Facts to a transaction. */
    readonly size: number;
    readonly rawPerSecond: number;
    readonly append: Ratio;
    /** The same bytes, written and synced. */
    readonly bare: Ratio;
  }[];
  readonly folding: { readonly ratio: Ratio; readonly perSecond: number };
  /** Milliseconds until the history is taken in. */
  readonly start: { readonly withSnapshot: number; readonly without: number };
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

/** Each kind in a process of its own: what one leaves behind is not collected on behalf of another. */
export function measureSize(volumes: number, rounds: number, kinds: readonly string[]): SizeFigures {
  const each = kinds.map((kind) =>
    runProcess<Omit<SizeFigures, "volumes">>("size-process", [String(volumes), String(rounds), kind]),
  );
  const [first] = each as [Omit<SizeFigures, "volumes">];
  return {
    ...{ volumes, bytes: first.bytes, yardstick: median(each.map(({ yardstick }) => yardstick)) },
    ratios: Object.assign({}, ...each.map(({ ratios }) => ratios)),
  };
}

export function measureJournal(root: string, facts: number, rounds: number): JournalFigures {
  const index = pathToFileURL(join(root, "dist/index.js")).href;
  return runProcess<JournalFigures>("journal-process", [String(facts), String(rounds), index]);
}

/** Those that do not depend on the length of the history, by name. */
export function ratiosOf({ appends, folding }: JournalFigures): Ratios {
  return Object.fromEntries([
    ...appends.map(({ size, append }) => [`append, ${size} at once`, append]),
    ["fold", folding.ratio],
  ]);
}

/** Of two measurements, each figure as it was where it was better. */
export function betterOf(one: Ratios, other: Ratios): Ratios {
  const ratios: Record<string, Ratio> = { ...one };
  for (const [name, ratio] of Object.entries(other)) {
    const before = ratios[name];
    if (before === undefined || ratio.cpu < before.cpu) ratios[name] = ratio;
  }
  return ratios;
}
