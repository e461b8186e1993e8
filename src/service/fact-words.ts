/**
 * Facts in words: one sentence for each, the same whether it has just happened or is read back from a journal.
 */
import type { Cause, Fact, TransitionKind } from "../journal/fact.ts";
import type { Plan } from "../plan/plan.ts";
import type { Range } from "../plan/progress.ts";
import { KIND_WORDS } from "./narration.ts";

/** What a fact's words need to know of what came before it. */
export interface FactContext {
  readonly kind: TransitionKind | undefined;
  /** The plan that is being carried out. */
  readonly plan: Plan | undefined;
}

export function factWords(fact: Fact, context: FactContext): string {
  const what = context.kind === undefined ? "the transition" : `the ${KIND_WORDS[context.kind]}`;
  const at = (delivery: number): string => {
    const found = context.plan?.deliveries[delivery];
    return found === undefined ? `delivery ${delivery}` : `${found.callback} of ${found.participant}`;
  };
  switch (fact.type) {
    case "ProcessStarted":
      return `process ${fact.pid} on ${fact.host} took the journal over, as epoch ${fact.epoch}`;
    case "ParticipantsDeclared":
      return `participants: ${fact.participants.map(({ name }) => name).join(", ")}`;
    case "ConfRecorded":
      return `a configuration was seen for the first time: ${fact.hash.slice(0, 12)}`;
    case "TransitionStarted":
      return `${KIND_WORDS[fact.kind]} ${fact.transitionId} begins, by ${causeWords(fact.cause)}`;
    case "PlanMade":
      return `the plan: ${planWords(fact.plan)}`;
    case "StepsAnnounced":
      return `${at(fact.delivery)} is about to be delivered: ${rangeWords([fact.range])}`;
    case "StepsApplied":
      return `${at(fact.delivery)} has taken effect: ${rangeWords(fact.ranges)}`;
    case "StepFailed":
      return `${at(fact.delivery)} ${fact.inDoubt ? "is in doubt" : "failed"}${fact.dropped ? ", and is passed over" : ""}: ${fact.failure.message}`;
    case "StepsWithdrawn":
      return `what was announced of ${at(fact.delivery)} and not begun will not be`;
    case "StepsDropped":
      return `${fact.indexes.length} steps of ${at(fact.delivery)} are passed over`;
    case "StepSkipped":
      return `the failed step was settled as ${fact.as}, by ${causeWords(fact.cause)}`;
    case "DoubtRedelivered":
      return `a step in doubt is delivered again: ${fact.idempotencyKey}`;
    case "DoubtSettled":
      return `in doubt no more: ${fact.idempotencyKey} is ${fact.outcome}, by ${fact.by}`;
    case "LateAnswerHeard":
      return `an attempt that was given up has answered: ${fact.idempotencyKey} is ${fact.outcome}`;
    case "TransitionHeld":
      return `${what} stops there: ${fact.failure.message}`;
    case "TransitionResumed":
      return `${what} goes on, by ${causeWords(fact.cause)}`;
    case "TransitionPaused":
      return `${what} is paused, by ${causeWords(fact.cause)}`;
    case "TransitionAbandoned":
      return `${what} was left where it is: ${fact.reason}`;
    case "PlanCarriedOut":
      return "everybody has been brought up; the next plan follows";
    case "TransitionFinished":
      return `${what} ${fact.outcome === "finished" ? "finished" : "finished: nothing had changed"}`;
    case "RequestRefused":
      return `${KIND_WORDS[fact.kind]} refused, asked for by ${causeWords(fact.cause)}: ${fact.message}`;
  }
}

function causeWords({ how, who, reason }: Cause): string {
  const by = who === undefined ? how : `${how} ${who}`;
  return reason === undefined ? by : `${by} (${reason})`;
}

function planWords({ phases, deliveries }: Plan): string {
  const steps = deliveries.reduce((sum, { events, implemented }) => sum + (implemented ? events.length : 0), 0);
  return `${steps} steps in ${phases.length} phases`;
}

function rangeWords(ranges: readonly Range[]): string {
  return ranges.map(([from, to]) => (to - from === 1 ? `step ${to}` : `steps ${from + 1} to ${to}`)).join(", ");
}
