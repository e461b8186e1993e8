/**
 * Turns: long readings that let other work in, since a transition runs in the same thread and may not wait for who looks.
 */
import { setImmediate as otherWork } from "node:timers/promises";

/** Milliseconds that a reading may hold the event loop. */
const HOLD_AT_MOST = 5;

/** The same items, with pauses between them: one whenever `hold` milliseconds are over. */
export async function* inTurns<Item>(
  items: AsyncIterable<Item> | Iterable<Item>,
  hold = HOLD_AT_MOST,
): AsyncGenerator<Item> {
  let since = performance.now();
  for await (const item of items) {
    yield item;
    if (performance.now() - since < hold) continue;
    await otherWork();
    since = performance.now();
  }
}
