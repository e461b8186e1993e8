/**
 * Measuring in turns: each round times the yardstick and then every figure once, in one process, so that whatever else the
 * machine does, and however warm the process is, falls on both. What counts is the median of the rounds' ratios.
 */

/** What is timed: `run` by the clock, `before` and `after` around it. */
export interface Timed {
  /** Several of one name are one figure; without a name it is only gone through. */
  readonly name?: string;
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
}

export interface Turns {
  /** Milliseconds of one yardstick: the median. */
  readonly yardstick: number;
  readonly ratios: Readonly<Record<string, Ratio>>;
}

/** Rounds before those that count. */
const WARM_UP = 1;

/** Takes turns. Everything in `timed` runs in order, so that one may set out from where the one before has led. */
export async function takeTurns(yardstick: () => unknown, timed: readonly Timed[], rounds: number): Promise<Turns> {
  const units: number[] = [];
  const samples = new Map<string, Ratio[]>();
  for (let round = 0; round < rounds + WARM_UP; round++) {
    const unit = await sampleOf({ run: yardstick });
    if (round >= WARM_UP) units.push(unit.wall);
    for (const each of timed) {
      const { wall, cpu } = await sampleOf(each);
      if (each.name === undefined || round < WARM_UP) continue;
      const own = samples.get(each.name) ?? [];
      samples.set(each.name, own);
      own.push({ wall: wall / unit.wall, cpu: cpu / unit.cpu });
    }
  }
  const ratios: Record<string, Ratio> = {};
  for (const [name, own] of samples) {
    ratios[name] = { wall: median(own.map(({ wall }) => wall)), cpu: median(own.map(({ cpu }) => cpu)) };
  }
  return { yardstick: median(units), ratios };
}

/** Milliseconds on the wall, and of the processor. */
async function sampleOf({ before, run, after }: Timed): Promise<Ratio> {
  await before?.();
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
