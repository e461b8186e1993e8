/**
 * Whether one is inside of a callback: a transition asked for from there would wait for itself.
 *
 * It follows the asynchronous context, so that it is known also after an await; and it ends with the callback, so that a
 * timer or server that a callback has started may ask for transitions afterwards.
 */
import { AsyncLocalStorage } from "node:async_hooks";

const storage = new AsyncLocalStorage<{ active: boolean }>();

/** Runs users' code; whatever it calls, or awaits, is inside until it has ended. */
export async function insideCallback<Result>(run: () => Result | PromiseLike<Result>): Promise<Result> {
  const marker = { active: true };
  try {
    return await storage.run(marker, run);
  } finally {
    marker.active = false;
  }
}

/** Whether the caller is a callback, or was called by one that is still under way. */
export function isInsideCallback(): boolean {
  return storage.getStore()?.active === true;
}
