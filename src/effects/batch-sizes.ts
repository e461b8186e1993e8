/**
 * BatchSizes: how many steps are announced at once.
 *
 * A batch costs one durable write before it, and all of it is in doubt if the process dies within it. So batches grow for a
 * participant that is quick and shrink for one that is slow: each shall take about the same short time.
 */

/** Steps of the first batch of a participant of whom nothing is known. */
const FIRST = 64;
/** Milliseconds that a batch shall take. */
const AIM = 25;
/** A batch is at most so many times larger than the one before. */
const GROWTH = 256;
const AT_MOST = 1_048_576;

export class BatchSizes {
  readonly #sizes = new Map<string, number>();
  /** Milliseconds that a step has taken in the last batch. */
  readonly #paces = new Map<string, number>();

  /** The number of steps to announce next. */
  next(participant: string): number {
    return this.#sizes.get(participant) ?? FIRST;
  }

  /** Whether so many steps are known to take longer than a batch shall. */
  takesLong(participant: string, steps: number): boolean {
    return steps * (this.#paces.get(participant) ?? 0) > AIM;
  }

  /** Takes in how long a batch took, in milliseconds. */
  learn(participant: string, steps: number, elapsed: number): void {
    const size = this.next(participant);
    if (steps === 0) return;
    this.#paces.set(participant, elapsed / steps);
    const wanted = elapsed <= 0 ? size * GROWTH : Math.floor((steps * AIM) / elapsed);
    // A batch that was cut short by the end of its group says how fast steps are, but not that more would be as fast.
    const cap = steps < size ? size : size * GROWTH;
    this.#sizes.set(participant, Math.max(1, Math.min(wanted, cap, AT_MOST)));
  }
}
