/**
 * The stopwatch: for how long the present transition has been under way.
 */
import type { Transitions } from "../effects/transitions.ts";

/** Gives milliseconds, or undefined while nothing is under way. */
export function stopwatchOf(transitions: Transitions): () => number | undefined {
  let id: string | undefined;
  let began = 0;
  transitions.subscribe((_fact, { transition }) => {
    if (transition?.id === id) return;
    id = transition?.id;
    began = performance.now();
  });
  return () => (id === undefined ? undefined : Math.round(performance.now() - began));
}
