/**
 * The words in which plans are shown to people.
 */
import type { Delivery, Phase, Plan } from "../plan/plan.ts";

/** Such as `ServeVolume ↑`. */
export function phaseName({ callback, direction }: Pick<Phase, "callback" | "direction">): string {
  return `${callback} ${direction === "reverse" ? "↓" : "↑"}`;
}

/** The phases in which somebody is told something, such as `ServeVolume ↑, 6 steps`. */
export function phasesInWords(plan: Plan): readonly string[] {
  return plan.phases
    .filter(({ participants }) => participants.length > 0)
    .map((phase) => {
      const steps = phase.deliveries.reduce(
        (sum, { events, implemented }) => sum + (implemented ? events.length : 0),
        0,
      );
      return `${phaseName(phase)}, ${steps} ${steps === 1 ? "step" : "steps"}`;
    });
}

/** Subjects that are named one by one. */
const SUBJECTS_AT_MOST = 8;

/** What the events from one position to another are about, the first few by name; undefined where they are about nobody. */
export function subjectWords(
  { events }: Delivery,
  [from, to]: readonly [number, number],
): readonly string[] | undefined {
  if (events.subject(from) === "") return undefined;
  const names: string[] = [];
  for (let i = from; i < to && names.length < SUBJECTS_AT_MOST; i++) names.push(events.subject(i));
  const more = to - from - names.length;
  return more === 0 ? names : [...names, `… ${more} more`];
}
