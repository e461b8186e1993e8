/**
 * What differs between two plans, as people compare them: events that only one of them has, and who is told of them.
 */
import type { LifecycleEvent } from "../plan/lifecycle-event.ts";
import type { PlanJson } from "../service/plan-json.ts";
import { subjectText } from "./plan-text.ts";

/** Lines that are shown of each kind. */
const SHOWN = 20;

/** One line for each difference: `-` stands in the first plan only, `+` in the second only. */
export function planChanges(first: PlanJson, second: PlanJson): readonly string[] {
  const changes: string[] = [];
  for (const field of ["command", "order"] as const) {
    if (first[field] !== second[field]) changes.push(`${field}: ${first[field]}, now ${second[field]}`);
  }
  const [before, after] = [tellingsOf(first), tellingsOf(second)];
  changes.push(...shown("-", before, after), ...shown("+", after, before));
  if (changes.length > 0) return changes;
  const sequence = (plan: PlanJson) => JSON.stringify(plan.phases.map(({ callback, events }) => [callback, events]));
  return sequence(first) === sequence(second)
    ? ["the events are the same; the settings behind them, or what participants know already, are not"]
    : ["the events are the same, in another order"];
}

function shown(sign: string, these: ReadonlySet<string>, others: ReadonlySet<string>): readonly string[] {
  const only = [...these].filter((each) => !others.has(each)).map((each) => `${sign} ${each}`);
  const more = only.length - SHOWN;
  return more > 0 ? [...only.slice(0, SHOWN), `${sign} and ${more} more`] : only;
}

/** Each event with who is told of it. */
function tellingsOf({ phases }: PlanJson): ReadonlySet<string> {
  const tell = (event: LifecycleEvent): string => `${event.type} ${subjectText(event)}`.trim();
  return new Set(
    phases.flatMap(({ events, participants }) => events.map((event) => `${tell(event)} to ${participants.join(" ")}`)),
  );
}
