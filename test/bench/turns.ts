/**
 * Measuring in turns: each round times the yardstick and then every figure once, in one process, so that whatever else the
 * machine does, and however warm the process is, falls on both. What counts is the median of the rounds' ratios.
 */

/** What is timed: `run` in the clock, `before` and `after` around it. */
export interface Timed {
  readonly name: string;
  readonly before?: () => unknown;
  readonly run: () => unknown;
  readonly after?: () => unknown;
}

/** One thing's cost, as a multiple of one yardstick. */
export interface Ratio {
  /** By the clock on the wall. */
  readonly wall: number;
  /** By the processor time of the whole process, threads of the collector and the compiler included. */
  readonly cpu: number;
  /** Median of the milliseconds on the wall. */
  readonly milliseconds: number;
}

export interface Turns {
  /** Milliseconds of one yardstick, the median. */
  readonly yardstick: number;
  readonly ratios: Readonly<Record<string, Ratio>>;
}

interface Sample {
  readonly wall: number;
  readonly cpu: number;
}

/** Rounds before those that count. */
const WARM_UP = 1;

/** Takes turns. Everything in `timed` runs in order, so that one may set out from where the one before has led. */
export async function takeTurns(yardstick: Timed, timed: readonly Timed[], rounds: number): Promise<Turns> {
  const yardsticks: Sample[] = [];
  const samples = new Map<string, Sample[]>(timed.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds + WARM_UP; round++) {
    const counts = round >= WARM_UP;
    const unit = await sampleOf(yardstick);
    if (counts) yardsticks.push(unit);
    for (const each of timed) {
      const sample = await sampleOf(each);
      if (counts) samples.get(each.name)?.push({ wall: sample.wall / unit.wall, cpu: sample.cpu / unit.cpu });
    }
  }
  const unit = median(yardsticks.map(({ wall }) => wall));
  const ratios: Record<string, Ratio> = {};
  for (const [name, own] of samples) {
    const wall = median(own.map((sample) => sample.wall));
    ratios[name] = { wall, cpu: median(own.map((sample) => sample.cpu)), milliseconds: wall * unit };
  }
  return { yardstick: unit, ratios };
}

async function sampleOf({ before, run, after }: Timed): Promise<Sample> {
  await before?.();
  // What is collected belongs to who made it, and not to who happens to run when the heap is full.
  globalThis.gc?.();
  const cpu = process.cpuUsage();
  const start = performance.now();
  await run();
  const wall = performance.now() - start;
  const used = process.cpuUsage(cpu);
  await after?.();
  return { wall, cpu: (used.user + used.system) / 1000 };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}
