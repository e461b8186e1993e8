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
  readonly #beyond = new Set<number>();

  constructor(start: number) {
    this.#start = start;
    this.#to = start;
  }

  add(index: number): void {
    if (index !== this.#to) {
      this.#beyond.add(index);
      return;
    }
    this.#to++;
    while (this.#beyond.size > 0 && this.#beyond.delete(this.#to)) this.#to++;
  }

  addAll(from: number, to: number): void {
    if (from === this.#to && this.#beyond.size === 0) this.#to = to;
    else for (let index = from; index < to; index++) this.add(index);
  }

  /** Sorted, apart from each other. */
  ranges(): readonly Range[] {
    const ranges: Range[] = this.#to > this.#start ? [[this.#start, this.#to]] : [];
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
