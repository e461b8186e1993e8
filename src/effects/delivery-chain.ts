/**
 * DeliveryChain: deliveries of one round each, of which one begins as soon as the one before has ended.
 *
 * A start of a thousand participants has thousands of them, each with a step or two. A function that awaits each would make
 * two promises more for it, which cost as much as all else that is done for such a delivery. So what ends one begins the next.
 */
import type { BatchListener, BatchOutcome } from "./batch-request.ts";
import type { Round } from "./dispatched-batch.ts";

/** What a chain is made of. */
export interface ChainLinks<End> {
  /** The next one's round, if it is one and nothing is in its way; `undefined`: there is no such, and the chain stops. */
  next(): Round | undefined;
  /** Begins a round. Gives the outcome itself where nothing had to be waited for. */
  run(round: Round, listener: BatchListener): BatchOutcome | undefined;
  /** Takes in how a round has ended. Gives what stops the chain; `undefined`: all of it was done. */
  conclude(round: Round, outcome: BatchOutcome): End | undefined;
}

export class DeliveryChain<End> implements BatchListener {
  readonly #links: ChainLinks<End>;
  #round: Round | undefined;
  #settle: { readonly resolve: (end: End | undefined) => void; readonly reject: (error: unknown) => void } | undefined;

  constructor(links: ChainLinks<End>) {
    this.#links = links;
  }

  /** Goes on until there is no next one, or one has ended otherwise: gives how. At once where nothing had to be waited for. */
  run(): End | undefined | Promise<End | undefined> {
    const stop = this.#goOn();
    if (stop !== WAITS) return stop;
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
  }

  #goOn(): End | undefined | typeof WAITS {
    for (let round = this.#links.next(); round !== undefined; round = this.#links.next()) {
      this.#round = round;
      const outcome = this.#links.run(round, this);
      if (outcome === undefined) return WAITS;
      const end = this.#links.conclude(round, outcome);
      if (end !== undefined) return end;
    }
    return undefined;
  }

  /** The round that was waited for has ended. */
  ended(outcome: BatchOutcome): void {
    try {
      const end = this.#links.conclude(this.#round as Round, outcome);
      const stop = end === undefined ? this.#goOn() : end;
      if (stop !== WAITS) this.#settle?.resolve(stop);
    } catch (error) {
      this.crashed(error);
    }
  }

  crashed(error: unknown): void {
    this.#settle?.reject(error);
  }
}

const WAITS = Symbol("waits");
