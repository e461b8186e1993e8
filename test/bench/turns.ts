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

/** Rounds before those that count: until then the compiler is still at work. Of few rounds, which take long, one. */
const warmUp = (rounds: number): number => (rounds < LITTERED ? 1 : Math.max(3, Math.round(rounds / 3)));

/**
 * So many rounds begin with different amounts of litter, and then it starts over. Each round makes as much garbage as the one
 * before, so that the collection of the whole heap, of which there is about one, would fall on the same figure every time.
 */
const LITTERED = 5;

/**
 * Takes turns. Everything in `timed` runs in order, so that one may set out from where the one before has led.
 * @param bytes of litter, by which the rounds differ
 */
export async function takeTurns(
  yardstick: () => unknown,
  timed: readonly Timed[],
  rounds: number,
  bytes = 0,
): Promise<Turns> {
  const units: number[] = [];
  const samples = new Map<string, Ratio[]>();
  const uncounted = warmUp(rounds);
  for (let round = 0; round < rounds + uncounted; round++) {
    if (rounds >= LITTERED) litter((round % LITTERED) * bytes);
    const unit = await sampleOf({ run: yardstick });
    if (round >= uncounted) units.push(unit.wall);
    for (const each of timed) {
      const { wall, cpu } = await sampleOf(each);
      if (each.name === undefined || round < uncounted) continue;
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

/** Leaves about so many bytes behind that outlive the young generation. */
function litter(bytes: number): void {
  const kept: number[][] = [];
  for (let left = bytes; left > 0; left -= 8_000) kept.push(new Array<number>(1_000).fill(left));
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
