/**
 * Headway: how many steps of some deliveries are over, as far as the facts say.
 */
import type { Delivery } from "../plan/plan.ts";
import type { Progress } from "../plan/progress.ts";

export interface Headway {
  /** Steps that took effect. */
  readonly told: number;
  readonly total: number;
  /** Steps that did not, or of which nobody knows. */
  readonly failed: number;
}

export function headwayOf(progress: Progress, deliveries: readonly Delivery[]): Headway {
  const missed = new Map<number, number>();
  for (const { delivery } of progress.exceptions) missed.set(delivery, (missed.get(delivery) ?? 0) + 1);
  const applied = progress.applied.reduce((sum, [from, to]) => sum + to - from, 0);
  let [told, total, failed] = [0, 0, 0];
  for (const { index, events, implemented } of deliveries) {
    if (!implemented) continue;
    const missing = missed.get(index) ?? 0;
    total += events.length;
    failed += missing;
    if (index < progress.cursor) told += events.length - missing;
    else if (index === progress.cursor) told += applied;
  }
  return { told, total, failed };
}

/** Such as `3 of 12`. */
export function headwayWords({ told, total }: Headway): string {
  return `${told} of ${total}`;
}
