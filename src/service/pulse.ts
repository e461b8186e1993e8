/**
 * The pulse: whether the lifecycle does what it should, for a watchdog that ends a service which does not.
 *
 * That a timer fires says that the event loop turns, and no more. A transition under way must come forward as well: each
 * step that is waited for has a deadline, after which the driver gives it up, and where none is waited for, facts follow
 * each other. Who waits for a person (held, or paused) is well.
 */
import type { Status } from "../effects/transitions.ts";

export interface Pulse {
  /** Hears that something happened. */
  beat(): void;
  /** What has stopped, if anything. */
  failure(): string | undefined;
}

/** Milliseconds that a step may be waited for after its deadline: the driver gives it up at once. */
const AFTER_DEADLINE = 30_000;
/** Milliseconds without a fact while no step is waited for. Planning, and writing to a slow disk, take seconds. */
const WITHOUT_FACTS = 120_000;

/** @param now monotonic milliseconds, of the same clock as the status */
export function pulseOf(status: () => Status, now: () => number): Pulse {
  let last = now();
  return {
    beat() {
      last = now();
    },
    failure() {
      const { transition } = status();
      if (transition === undefined || transition.held !== undefined || transition.paused) {
        last = now();
        return undefined;
      }
      const { transitionId, running } = transition;
      const overdue = running.find(
        ({ since, deadline, resting }) => !resting && now() - since > deadline + AFTER_DEADLINE,
      );
      if (overdue !== undefined)
        return `${transitionId} still waits for ${overdue.subject || "a step"}, long after its deadline`;
      if (running.length > 0) {
        last = now();
        return undefined;
      }
      return now() - last > WITHOUT_FACTS ? `${transitionId} makes no headway, and waits for no step` : undefined;
    },
  };
}
