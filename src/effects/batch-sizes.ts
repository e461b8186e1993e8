/**
 * BatchSizes: how many steps are announced at once.
 *
 * A batch costs one durable write before it, and all of it is in doubt if the process dies within it. So batches grow for a
 * participant that is quick and shrink for one that is slow: each shall take about the same short time.
 */

/** Steps of the first batch of which nothing is known. */
const FIRST = 64;
/** Milliseconds that a batch shall take. */
const AIM = 25;
/** A batch is at most so many times larger than the one before. */
const GROWTH = 256;
const AT_MOST = 1_048_576;

/** What is known of a pace. */
interface Learnt {
  /** Steps to announce next. */
  size: number;
  /** Milliseconds that a step has taken in the last batch. */
  pace: number;
}

export class BatchSizes {
  readonly #learnt = new Map<string, Learnt>();

  /** The number of steps to announce next. @param whose names the pace that they are taken to have */
  next(whose: string): number {
    return this.#learnt.get(whose)?.size ?? FIRST;
  }

  /** Whether so many steps are known to take longer than a batch shall. */
  takesLong(whose: string, steps: number): boolean {
    return steps * (this.#learnt.get(whose)?.pace ?? 0) > AIM;
  }

  /** Takes in how long a batch took, in milliseconds. */
  learn(whose: string, steps: number, elapsed: number): void {
    if (steps === 0) return;
    let learnt = this.#learnt.get(whose);
    if (learnt === undefined) {
      learnt = { size: FIRST, pace: 0 };
      this.#learnt.set(whose, learnt);
    }
    const { size } = learnt;
    const wanted = elapsed <= 0 ? size * GROWTH : Math.floor((steps * AIM) / elapsed);
    // A batch that was cut short by the end of its group says how fast steps are, but not that more would be as fast.
    const cap = steps < size ? size : size * GROWTH;
    learnt.size = Math.max(1, Math.min(wanted, cap, AT_MOST));
    learnt.pace = elapsed / steps;
  }
}
