/**
 * Whether one is inside of a callback: a transition asked for from there would wait for itself.
 *
 * It follows the asynchronous context, so that it is known also after an await; and it ends with the callback, so that a
 * timer or server that a callback has started may ask for transitions afterwards. Up to Node 22 following costs more, for
 * every promise of the process, than everything else of a step, so a batch of steps that answer at once is released from it.
 */
import { AsyncLocalStorage } from "node:async_hooks";

const storage = new AsyncLocalStorage<Following>();

/** From Node 24 on the context is a field that V8 carries along: following it is free. */
const FOLLOWING_IS_FREE = Number.parseInt(globalThis.process.versions.node, 10) >= 24;

/** What is followed at this moment. */
let followed = 0;
/** Stretches of steps on the stack. */
let calling = 0;

/** Users' code that is followed through its promises, from the beginning until `end`. */
export class Following {
  #active = true;

  constructor() {
    followed++;
  }

  get isActive(): boolean {
    return this.#active;
  }

  /** Whatever `work` calls, or awaits, is inside. */
  run<Result>(work: () => Result): Result {
    return storage.run(this, work);
  }

  end(): void {
    if (!this.#active) return;
    this.#active = false;
    followed--;
  }

  /** Ends it where it is worth something. Says whether it has. */
  release(): boolean {
    // Another batch may still need it.
    if (FOLLOWING_IS_FREE || !this.#active || followed > 1) return false;
    this.end();
    endFollowing();
    return true;
  }
}

/** Runs users' code; whatever it calls, or awaits, is inside until it has ended. */
export async function insideCallback<Result>(run: () => Result | PromiseLike<Result>): Promise<Result> {
  const following = new Following();
  try {
    return await following.run(run);
  } finally {
    following.end();
  }
}

/** Where nothing is followed any more, lets go of the promises of the process. */
export function endFollowing(): void {
  if (!FOLLOWING_IS_FREE && followed === 0) storage.disable();
}

/** Brackets synchronous calls of users' code, which are known for such whether they are followed or not. */
export function beginCalls(): void {
  calling++;
}

export function endCalls(): void {
  calling--;
}

/** Whether the caller is a callback, or was called by one that is still under way. */
export function isInsideCallback(): boolean {
  return calling > 0 || storage.getStore()?.isActive === true;
}
