/**
 * Pace: how long a transition keeps the event loop to itself, and what time it is for its steps.
 *
 * One for all batches of a transition: a thousand batches of one step each hold the event loop as one batch of a thousand
 * does. The clock is looked at rarely, since a look costs about as much as a step that does nothing.
 */
import type { Clock } from "./clock.ts";

/** Milliseconds that a transition may hold the event loop. */
const HOLD_AT_MOST = 10;
/** Steps between two looks at the clock. */
const STEPS_PER_LOOK = 1024;

export class Pace {
  readonly #clock: Clock;
  #lastYield: number;
  #sinceLook = 0;
  #turn: NodeJS.Immediate | undefined;
  /** When the clock was looked at last, in milliseconds. */
  lastLook: number;
  /** Turns of the event loop in which something was waited for: a number for each. */
  turns = 0;
  /** Changes with every turn and every look: while it is the same, what begins is taken to begin at the same time. */
  moment = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.lastLook = clock.now();
    this.#lastYield = this.lastLook;
  }

  /** Milliseconds of the instance's clock. What begins next is taken to begin now. */
  look(): number {
    this.moment++;
    this.lastLook = this.#clock.now();
    return this.lastLook;
  }

  /** Steps that may be run before it is to be asked whether a yield is due. */
  get stepsToLook(): number {
    return STEPS_PER_LOOK - this.#sinceLook;
  }

  spend(steps: number): void {
    this.#sinceLook += steps;
  }

  /** Spends one step, and says whether there may be another before it is to be asked. */
  spendOne(): boolean {
    return ++this.#sinceLook < STEPS_PER_LOOK;
  }

  /** Whether it is time to let others run, as far as `spend` says that it is worth looking. */
  isYieldDue(): boolean {
    if (this.#sinceLook < STEPS_PER_LOOK) return false;
    this.#sinceLook = 0;
    return this.isYieldDueAt(this.look());
  }

  /** Whether it was time to let others run at `now`, in milliseconds of the instance's clock. */
  isYieldDueAt(now: number): boolean {
    return now - this.#lastYield >= HOLD_AT_MOST;
  }

  async yield(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve));
    this.#lastYield = this.look();
  }

  /**
   * About when this turn of the event loop began, for steps that begin in it. The clock is read once per turn and look: a
   * million steps may answer within few turns, and reading it would cost more than calling them.
   */
  turnBegan(): number {
    if (this.#turn === undefined) {
      this.turns++;
      this.look();
      this.#turn = setImmediate(() => {
        this.moment++;
        this.#turn = undefined;
      });
    }
    return this.lastLook;
  }

  end(): void {
    clearImmediate(this.#turn);
    this.#turn = undefined;
  }
}
