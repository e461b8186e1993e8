/**
 * DoneSteps: which steps of a batch have taken effect.
 *
 * Nearly always those before one number. Only where several run at once, or one has failed, are there others behind it.
 */
import type { Range } from "../plan/progress.ts";

export class DoneSteps {
  readonly #start: number;
  /** Every step before it is done. */
  #to: number;
  /** Made when it is needed, which it seldom is. */
  #beyond: Set<number> | undefined;

  constructor(start: number) {
    this.#start = start;
    this.#to = start;
  }

  add(index: number): void {
    if (index !== this.#to) {
      this.#beyond ??= new Set();
      this.#beyond.add(index);
      return;
    }
    this.#to++;
    if (this.#beyond !== undefined) while (this.#beyond.delete(this.#to)) this.#to++;
  }

  addAll(from: number, to: number): void {
    if (from === this.#to && this.#beyond === undefined) this.#to = to;
    else for (let index = from; index < to; index++) this.add(index);
  }

  /** Sorted, apart from each other. */
  ranges(): readonly Range[] {
    const ranges: Range[] = this.#to > this.#start ? [[this.#start, this.#to]] : [];
    if (this.#beyond === undefined) return ranges;
    let from = -1;
    let to = -1;
    for (const index of [...this.#beyond].sort((a, b) => a - b)) {
      if (index === to) to++;
      else {
        if (from >= 0) ranges.push([from, to]);
        from = index;
        to = index + 1;
      }
    }
    if (from >= 0) ranges.push([from, to]);
    return ranges;
  }
}
