/**
 * Whether one is inside of a callback: a transition asked for from there would wait for itself.
 *
 * It follows the asynchronous context, so that it is known also after an await; and it ends with the callback, so that a
 * timer or server that a callback has started may ask for transitions afterwards. Up to Node 22 following costs more, for
 * every promise of the process, than everything else of a step, so a batch of steps that answer at once is released from it.
 */
import { AsyncLocalStorage } from "node:async_hooks";

const storage = new AsyncLocalStorage<{ active: boolean }>();

/** From Node 24 on the context is a field that V8 carries along: following it is free. */
const FOLLOWING_IS_FREE = Number.parseInt(globalThis.process.versions.node, 10) >= 24;

/** Batches that are followed at this moment. */
let followed = 0;
/** Stretches of steps on the stack. */
let calling = 0;

/** Lets whoever runs inside of a callback say that it need not be followed through promises any longer. */
export interface Following {
  /** Says whether it is followed no longer. */
  release(): boolean;
}

/** Runs users' code; whatever it calls, or awaits, is inside until it has ended or is released. */
export async function insideCallback<Result>(
  run: (following: Following) => Result | PromiseLike<Result>,
): Promise<Result> {
  const marker = { active: true };
  followed++;
  const end = (): void => {
    if (!marker.active) return;
    marker.active = false;
    followed--;
  };
  const release = (): boolean => {
    // Another batch may still need it.
    if (FOLLOWING_IS_FREE || !marker.active || followed > 1) return false;
    end();
    storage.disable();
    return true;
  };
  try {
    return await storage.run(marker, () => run({ release }));
  } finally {
    end();
  }
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
  return calling > 0 || storage.getStore()?.active === true;
}
