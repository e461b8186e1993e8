/**
 * Narration: the facts of a lifecycle as lines of the log, so that what is in the journal can also be read as it happens.
 */
import { type Log, labelledLog } from "../effects/log.ts";
import type { FactListener } from "../effects/recorder.ts";
import type { Cause, Fact, TransitionKind } from "../journal/fact.ts";

/** The words that people use for what a transition is for. */
export const KIND_WORDS: Readonly<Record<TransitionKind, string>> = {
  up: "start",
  signaled: "reload",
  down: "shutdown",
  rollback: "rollback",
  admit: "admission",
  unregister: "removal",
};

/** A listener that tells every fact that an operator wants to hear of. */
export function narrate(log: Log): FactListener {
  let kind: TransitionKind = "up";
  let transitionId: string | undefined;
  return (fact, { transition }) => {
    if (fact.type === "TransitionStarted") kind = fact.kind;
    // What ends a transition is of it, too, though the ledger has none any more.
    transitionId = transition?.id ?? transitionId;
    tell(fact, KIND_WORDS[kind], labelledWith(log, transitionId));
    if (transition === undefined) transitionId = undefined;
  };
}

/** The same log, every line with the transition that it is about. */
function labelledWith(log: Log, transitionId: string | undefined): Log {
  return transitionId === undefined ? log : labelledLog(log, { transitionId });
}

function tell(fact: Fact, what: string, log: Log): void {
  switch (fact.type) {
    case "TransitionStarted":
      log.info(causeFields(fact.cause), `${what} begins`);
      return;
    case "TransitionFinished":
      log.info({ outcome: fact.outcome }, `${what} finished`);
      return;
    case "TransitionAbandoned":
      log.info({ reason: fact.reason }, `${what} was left where it is`);
      return;
    case "TransitionHeld":
      log.warn({ code: fact.failure.code, callback: fact.callback, subject: fact.subject }, `${what} stops there`);
      return;
    case "TransitionPaused":
      log.warn(causeFields(fact.cause), `${what} is paused`);
      return;
    case "TransitionResumed":
      log.info(causeFields(fact.cause), `${what} goes on`);
      return;
    case "StepFailed":
      log.error({ code: fact.failure.code, attempts: fact.attempts, inDoubt: fact.inDoubt }, fact.failure.message);
      return;
    case "StepSkipped":
      log.warn({ as: fact.as, ...causeFields(fact.cause) }, "a failed step was settled by an operator");
      return;
    case "DoubtRedelivered":
      log.info({ idempotencyKey: fact.idempotencyKey }, "a step in doubt is delivered again");
      return;
    case "DoubtSettled":
      log.info(
        { idempotencyKey: fact.idempotencyKey, outcome: fact.outcome, by: fact.by },
        "a step is in doubt no more",
      );
      return;
    case "LateAnswerHeard":
      log.warn(
        { idempotencyKey: fact.idempotencyKey, outcome: fact.outcome },
        "an attempt that was given up has answered",
      );
      return;
    case "RequestRefused":
      // Whoever asked is told, and says it with the place: once is enough.
      log.debug({ code: fact.code, ...causeFields(fact.cause) }, `recorded: ${KIND_WORDS[fact.kind]} refused`);
      return;
    case "ProcessStarted":
    case "ParticipantsDeclared":
    case "ConfRecorded":
    case "PlanMade":
    case "PlanCarriedOut":
    case "StepsAnnounced":
    case "StepsApplied":
    case "StepsDropped":
      return;
  }
}

function causeFields({ how, who, reason }: Cause): object {
  return { how, ...(who === undefined ? {} : { who }), ...(reason === undefined ? {} : { reason }) };
}
