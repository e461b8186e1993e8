/**
 * Watch: what is told to an inspector of a running instance: every fact, and in between, while a transition is under way,
 * what it waits for.
 *
 * Only who asked for an inspector has one, so that nobody else pays for it.
 */
import type { LifecycleInspection } from "../inspect/lifecycle-inspection.ts";
import type { Ledger } from "../journal/ledger.ts";
import type { Clock } from "./clock.ts";
import type { Driver } from "./driver.ts";

/** Milliseconds between two looks at what is waited for. */
const LOOK_EVERY = 1_000;

export class Watch {
  readonly #inspection: LifecycleInspection;
  readonly #driver: Driver;
  readonly #clock: Clock;
  readonly #unsubscribe: () => void;
  #timer: unknown;

  constructor(inspection: LifecycleInspection, parts: { readonly driver: Driver; readonly clock: Clock }) {
    this.#inspection = inspection;
    this.#driver = parts.driver;
    this.#clock = parts.clock;
    this.#unsubscribe = parts.driver.listen((fact, ledger) => {
      inspection.hear(fact, ledger);
      this.#keepLooking(ledger);
    });
  }

  stop(): void {
    this.#unsubscribe();
    this.#stopLooking();
  }

  #keepLooking({ transition }: Ledger): void {
    if (transition === undefined || transition.held !== undefined) this.#stopLooking();
    else if (this.#timer === undefined) this.#lookLater();
  }

  #lookLater(): void {
    this.#timer = this.#clock.setTimeout(() => {
      this.#inspection.look(this.#driver.live);
      this.#lookLater();
    }, LOOK_EVERY);
  }

  #stopLooking(): void {
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
