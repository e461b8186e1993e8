/**
 * StepWatch: the one timer that looks after the steps that a transition waits for.
 *
 * Setting a timer for each step would cost more than calling it. So one is set for the first step that is waited for, and
 * left alone by those after it, which are due later; whoever is due sooner, since its participant has less time, moves it.
 */
import type { Clock } from "./clock.ts";

/** What is looked after. */
export interface Watched {
  /** Does what is due, and gives when to look again, in milliseconds of the instance's clock; undefined: nothing is waited for. */
  look(now: number): number | undefined;
}

export class StepWatch {
  readonly #clock: Clock;
  #watched: Watched | undefined;
  #timer: unknown;
  #due = Number.POSITIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether something will look. */
  get isSet(): boolean {
    return this.#timer !== undefined;
  }

  /** Looks after `watched`, and no longer after what was before it, at `due` at the latest. */
  over(watched: Watched, due: number): void {
    this.#watched = watched;
    if (due >= this.#due) return;
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer);
    this.#set(due);
  }

  end(): void {
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer);
    this.#unset();
    this.#watched = undefined;
  }

  #set(due: number): void {
    this.#due = due;
    this.#timer = this.#clock.setTimeout(() => this.#look(), Math.max(1, due - this.#clock.now()));
  }

  #look(): void {
    this.#unset();
    const due = this.#watched?.look(this.#clock.now());
    if (due !== undefined && this.#timer === undefined) this.#set(due);
  }

  #unset(): void {
    this.#timer = undefined;
    this.#due = Number.POSITIVE_INFINITY;
  }
}
