/**
 * The board: a transition as participants × phases, each cell with how far it is.
 */

import { idempotencyKeyOf } from "../../journal/fact.ts";
import type { LifecycleEvent } from "../../plan/lifecycle-event.ts";
import type { Delivery, Phase, Plan } from "../../plan/plan.ts";
import type { Exception, Progress } from "../../plan/progress.ts";
import { type Course, stepOutcome, type TransitionChapter } from "../history.ts";
import type { Board, Cell, Running, Steps } from "./answers.ts";

/** Subjects that a phase is shown with. */
const FIRST_AT_MOST = 20;

type CourseAnswer = Board["courses"][number];
type PhaseAnswer = CourseAnswer["phases"][number];

/** What is going on in the last of the courses. */
export interface Going {
  /** It goes on, and is not held. */
  readonly active: boolean;
  readonly running: readonly Running[];
}

export const NOTHING_GOING: Going = { active: false, running: [] };

export function courseAnswer(course: Course, going: Going): CourseAnswer {
  const { plan } = course;
  return {
    participants: plan.participants.map(({ name }) => name),
    phases: phasesOf(plan),
    cells: cellsOf(course, going),
  };
}

const phaseAnswers = new WeakMap<Plan, PhaseAnswer[]>();

function phasesOf(plan: Plan): PhaseAnswer[] {
  let phases = phaseAnswers.get(plan);
  if (phases === undefined) {
    phases = plan.phases.map(phaseAnswer);
    phaseAnswers.set(plan, phases);
  }
  return phases;
}

function phaseAnswer({ callback, direction, cohorts }: Phase): PhaseAnswer {
  const subjects = new Set<string>();
  const first: PhaseAnswer["first"] = [];
  for (const { events } of cohorts) {
    for (let i = 0; i < events.length; i++) {
      const subject = events.subject(i);
      if (subjects.has(subject)) continue;
      subjects.add(subject);
      if (first.length < FIRST_AT_MOST) first.push({ subject, event: plainEvent(events.at(i)) });
    }
  }
  return { callback, direction, subjects: subjects.size, first };
}

export function cellsOf({ plan, progress }: Course, going: Going): Cell[] {
  const exceptions = new Map<number, Exception[]>();
  for (const exception of progress.exceptions) {
    const own = exceptions.get(exception.delivery);
    if (own === undefined) exceptions.set(exception.delivery, [exception]);
    else own.push(exception);
  }
  return plan.deliveries.map((delivery) => cellOf(delivery, progress, exceptions.get(delivery.index) ?? [], going));
}

function cellOf(delivery: Delivery, progress: Progress, exceptions: readonly Exception[], going: Going): Cell {
  const { phase, participant, events, index, implemented } = delivery;
  const count = (outcome: Exception["outcome"]) => exceptions.filter((each) => each.outcome === outcome).length;
  const [failed, dropped, inDoubt] = [count("not-applied"), count("dropped"), count("in-doubt")];
  const over = index < progress.cursor;
  const applied = index === progress.cursor ? progress.applied.reduce((sum, [from, to]) => sum + to - from, 0) : 0;
  const done = over ? events.length - failed - dropped - inDoubt : applied;
  const numbers = { phase, participant, total: events.length, done, failed, dropped, inDoubt };
  if (!implemented) return { ...numbers, state: "not-implemented" };
  return { ...numbers, state: stateOf(numbers, { over, here: index === progress.cursor, going }) };
}

function stateOf(
  { total, done, failed, inDoubt, participant }: Omit<Cell, "state">,
  at: { readonly over: boolean; readonly here: boolean; readonly going: Going },
): Cell["state"] {
  if (failed + inDoubt > 0) return "failed";
  if (at.over || (at.here && done === total)) return "done";
  if (!at.here || !at.going.active) return "waiting";
  return at.going.running.some((step) => step.participant === participant && step.overdue) ? "overdue" : "running";
}

/** Steps of one cell, in the order in which they are delivered. */
export function stepsOf(
  chapter: TransitionChapter,
  course: Course,
  range: { readonly phase: number; readonly participant: string; readonly offset: number; readonly limit: number },
): Steps | undefined {
  const delivery = course.plan.deliveries.find(
    ({ phase, participant }) => phase === range.phase && participant === range.participant,
  );
  if (delivery === undefined) return undefined;
  const { events, participant, callback } = delivery;
  const steps: Steps["steps"] = [];
  for (let i = range.offset; i < Math.min(events.length, range.offset + range.limit); i++) {
    const subject = events.subject(i);
    steps.push({
      subject,
      event: plainEvent(events.at(i)),
      outcome: stepOutcome(course, delivery, i),
      idempotencyKey: idempotencyKeyOf(chapter.transitionId, participant, callback, subject),
    });
  }
  return { total: events.length, steps };
}

function plainEvent(event: LifecycleEvent): { type: LifecycleEvent["type"] } & Record<string, unknown> {
  return { ...event };
}
