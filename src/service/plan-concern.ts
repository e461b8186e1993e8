/**
 * What a plan is about: whether it tells a participant something, or tells of a volume or group.
 */
import type { EventList } from "../plan/event-list.ts";
import type { Plan } from "../plan/plan.ts";

/** What is looked for; undefined: anything. */
export interface Concern {
  /** A volume, or a group, whose name stands for its volumes, too. */
  readonly subject?: string | undefined;
  readonly group?: string | undefined;
  readonly participant?: string | undefined;
}

export function planConcerns(plan: Plan, { subject, group, participant }: Concern): boolean {
  return plan.deliveries.some(
    (delivery) =>
      delivery.implemented &&
      (participant === undefined || delivery.participant === participant) &&
      (subject === undefined || isAbout(delivery.events, subject)) &&
      (group === undefined || isAbout(delivery.events, group)),
  );
}

function isAbout(events: EventList, subject: string): boolean {
  for (let i = 0; i < events.length; i++) if (events.subject(i) === subject || events.group(i) === subject) return true;
  return false;
}

/** Steps that somebody implements. */
export function stepsOfPlan({ deliveries }: Plan): number {
  return deliveries.reduce((sum, { events, implemented }) => sum + (implemented ? events.length : 0), 0);
}
