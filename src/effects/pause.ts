/**
 * Pause: what holds a transition between two steps until somebody lets it go on.
 */
import type { Cause } from "../journal/fact.ts";
import type { Brake } from "./brake.ts";
import { type Deferred, deferred } from "./deferred.ts";

export class Pause {
  readonly #brake: Brake;
  #asked: { readonly cause: Cause; readonly gate: Deferred; recorded: boolean } | undefined;

  constructor(brake: Brake) {
    this.#brake = brake;
  }

  get isAsked(): boolean {
    return this.#asked !== undefined;
  }

  ask(cause: Cause): void {
    this.#asked = { cause, gate: deferred(), recorded: false };
    this.#brake.paused = true;
  }

  /** Nobody asks for it any more. Gives what it was: whether it has been recorded, and the way to let go on what it holds. */
  end(): { readonly recorded: boolean; readonly letGo: () => void } | undefined {
    const asked = this.#asked;
    this.#asked = undefined;
    this.#brake.paused = false;
    return asked && { recorded: asked.recorded, letGo: asked.gate.resolve };
  }

  /** Lets go on what it holds, although it is still asked for: something else ends the transition. */
  letGo(): void {
    this.#asked?.gate.resolve();
  }

  /** Records that the transition pauses, and resolves when it may go on; undefined: nobody asks for a pause. */
  hold(record: (cause: Cause) => Promise<void>): Promise<void> | undefined {
    const asked = this.#asked;
    if (asked === undefined) return undefined;
    asked.recorded = true;
    return record(asked.cause).then(() => asked.gate.promise);
  }
}
