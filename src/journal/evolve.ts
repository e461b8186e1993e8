/**
 * Evolve: the fold of facts into the ledger.
 *
 * One fold serves the running service, the start after a crash, replay and the tests.
 */
import { announce, applyRanges, beginProgress, type Exception } from "../plan/progress.ts";
import type { Fact } from "./fact.ts";
import { type Ledger, openTransition } from "./ledger.ts";
import { counted, settleProgress, withProgress, withTransition } from "./ledger-change.ts";
import { afterDeclaration, afterProcessStart } from "./process-restart.ts";
import { afterFailure, afterSkip, clearFailure, settleDoubt } from "./step-outcome.ts";
import { afterFinish, afterUpPhase } from "./transition-end.ts";

/** The ledger after one more fact. Pure. */
export function evolve(ledger: Ledger, fact: Fact): Ledger {
  return counted(ledger, applyFact(ledger, fact));
}

function applyFact(ledger: Ledger, fact: Fact): Ledger {
  switch (fact.type) {
    case "ProcessStarted":
      return afterProcessStart(ledger, fact);
    case "ParticipantsDeclared":
      return afterDeclaration(ledger, fact.participants);
    case "ConfRecorded":
      return { ...ledger, confs: new Set([...ledger.confs, fact.hash]) };
    case "RequestRefused":
    case "LateAnswerHeard":
      return ledger;
    case "TransitionStarted": {
      const participants =
        fact.kind === "admit" && fact.declared !== undefined
          ? [...ledger.participants, fact.declared]
          : ledger.participants;
      return {
        ...settleProgress(ledger),
        participants,
        whoAmI: fact.target?.whoAmI ?? ledger.whoAmI,
        transitions: ledger.transitions + 1,
        transition: {
          id: fact.transitionId,
          kind: fact.kind,
          order: fact.order,
          confMap: fact.confMap,
          target: fact.target,
          participant: fact.declared?.name ?? fact.participant,
          cause: fact.cause,
          progress: undefined,
          failed: undefined,
          held: undefined,
          paused: false,
          without: [],
        },
      };
    }
    case "DoubtRedelivered":
      return {
        ...ledger,
        inDoubt: ledger.inDoubt.map((step) =>
          step.idempotencyKey === fact.idempotencyKey ? { ...step, attempts: step.attempts + 1 } : step,
        ),
      };
    case "DoubtSettled":
      return settleDoubt(ledger, fact.idempotencyKey, fact.outcome);
    case "PlanMade": {
      const settled = settleProgress(ledger);
      const open = openTransition(settled);
      return {
        ...settled,
        transition: { ...open, failed: undefined, progress: beginProgress(fact.plan, open.confMap) },
      };
    }
    case "StepsAnnounced":
      return withProgress(ledger, (progress) => announce(progress, fact.delivery, fact.range));
    case "StepsApplied":
      return withProgress(clearFailure(ledger, fact.delivery, fact.ranges), (progress) =>
        applyRanges(progress, fact.delivery, fact.ranges),
      );
    case "StepFailed":
      return afterFailure(ledger, fact);
    case "StepsWithdrawn":
      return withProgress(ledger, (progress) => ({ ...progress, announced: undefined }));
    case "StepsDropped":
      return withProgress(ledger, (progress) => ({
        ...progress,
        exceptions: [
          ...progress.exceptions,
          ...fact.indexes.map(
            (index): Exception => ({ delivery: fact.delivery, index, outcome: "dropped", attempts: 0 }),
          ),
        ],
      }));
    case "StepSkipped":
      return afterSkip(ledger, fact.as);
    case "PlanCarriedOut":
      return afterUpPhase(ledger);
    case "TransitionHeld":
      return withTransition(ledger, (open) => ({ ...open, held: fact.failure }));
    case "TransitionResumed":
      return withTransition(ledger, (open) => ({ ...open, held: undefined, paused: false, failed: undefined }));
    case "TransitionPaused":
      return withTransition(ledger, (open) => ({ ...open, paused: true }));
    case "TransitionAbandoned":
      return withTransition(ledger, (open) => ({ ...open, held: { code: "SUPERSEDED", message: fact.reason } }));
    case "TransitionFinished":
      return afterFinish(ledger);
  }
}
