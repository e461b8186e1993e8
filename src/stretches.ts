/**
 * Long work in stretches: it says where it can be interrupted, and whoever asks for it says whether it is.
 *
 * Reading a conf of a million volumes takes a second, in which no timer and no signal would be heard. The same code serves
 * those who want the answer at once and those who can wait for it.
 */

/** Work that can be interrupted wherever it yields. Nothing that it works on may change meanwhile. */
export type Stretches<Result> = Generator<void, Result, void>;

/** Milliseconds that a stretch may take: what is done between two yields comes on top. */
const STRETCH = 10;

export function atOnce<Result>(work: Stretches<Result>): Result {
  for (;;) {
    const { done, value } = work.next();
    if (done === true) return value;
  }
}

/** Lets timers, signals and whatever else waits have their turn in between. */
export async function inStretches<Result>(work: Stretches<Result>): Promise<Result> {
  let began = performance.now();
  for (;;) {
    const { done, value } = work.next();
    if (done === true) return value;
    if (performance.now() - began < STRETCH) continue;
    await nextTurn();
    began = performance.now();
  }
}

function nextTurn(): Promise<void> {
  // A browser has no setImmediate.
  return new Promise((resolve) => void (globalThis.setImmediate ?? globalThis.setTimeout)(() => resolve()));
}
