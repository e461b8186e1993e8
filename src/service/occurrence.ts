/**
 * Occurrences: one time that an event came about, with the setting and the rule behind it and who was told.
 */
import { type Explanation, explain } from "../plan/explain.ts";
import type { CallbackName, LifecycleEvent } from "../plan/lifecycle-event.ts";
import type { Plan } from "../plan/plan.ts";
import { type Course, type StepOutcome, stepOutcome, type TransitionChapter } from "./history.ts";

/** An event that is asked about. */
export interface EventInQuestion {
  readonly callback: CallbackName;
  /** Empty for a callback without one. */
  readonly subject: string;
}

export interface Occurrence {
  readonly chapter: TransitionChapter;
  readonly event: LifecycleEvent;
  readonly explanation: Explanation | undefined;
  readonly told: readonly { readonly participant: string; readonly outcome: StepOutcome }[];
}

/** The event in each of the chapter's plans that has it. */
export function occurrencesIn(chapter: TransitionChapter, question: EventInQuestion): readonly Occurrence[] {
  return chapter.courses.flatMap((course) => occurrenceIn(chapter, course, question) ?? []);
}

/** Whether a plan has the event. */
export function hasEvent({ deliveries }: Plan, question: EventInQuestion): boolean {
  return deliveries.some((delivery) => indexIn(delivery, question) !== undefined);
}

function occurrenceIn(chapter: TransitionChapter, course: Course, question: EventInQuestion): Occurrence | undefined {
  const { plan } = course;
  let event: LifecycleEvent | undefined;
  const told: { participant: string; outcome: StepOutcome }[] = [];
  for (const delivery of plan.deliveries) {
    const index = indexIn(delivery, question);
    if (index === undefined) continue;
    event ??= delivery.events.at(index);
    if (delivery.implemented) {
      told.push({ participant: delivery.participant, outcome: stepOutcome(course, delivery, index) });
    }
  }
  if (event === undefined) return undefined;
  return { chapter, event, explanation: explanationOf(chapter, plan, event), told };
}

function explanationOf({ from, to }: TransitionChapter, plan: Plan, event: LifecycleEvent): Explanation | undefined {
  const phases = plan.phases.filter(({ callback }) => callback === event.type);
  const only = {
    ...plan,
    phases: phases.map((phase) => ({ ...phase, callback: event.type, events: [event] })),
  } as Plan;
  const target = to.topology && { confMap: to.confMap, topology: to.topology };
  return explain({ plan: only, from, to: target })[0];
}

function indexIn({ callback, events }: Plan["deliveries"][number], question: EventInQuestion): number | undefined {
  if (callback !== question.callback) return undefined;
  for (let i = 0; i < events.length; i++) if (events.subject(i) === question.subject) return i;
  return undefined;
}
