/**
 * StepOutcome: how the ledger takes in what became of a step: it failed, it succeeded after all, a doubt of it was settled,
 * or an operator has settled it.
 */
import { invariant } from "../error.ts";
import { afterEvents, UNTOLD } from "../plan/participant-state.ts";
import { inRanges, type Progress, withRanges } from "../plan/progress.ts";
import type { StepFailed } from "./fact.ts";
import { keyOfStep, type Ledger, openTransition, placeInPlan } from "./ledger.ts";
import { doubtOf, withoutDoubt, withProgress, withTransition } from "./ledger-change.ts";

/** Steps took effect: if the one that failed is among them, it has not. */
export function clearFailure(ledger: Ledger, delivery: number, ranges: Progress["applied"]): Ledger {
  const failed = ledger.transition?.failed;
  if (failed === undefined || failed.delivery !== delivery || !inRanges(ranges, failed.index)) return ledger;
  return withoutDoubt(
    withTransition(ledger, (open) => ({ ...open, failed: undefined })),
    keyOfStep(ledger, failed.delivery, failed.index),
  );
}

export function afterFailure(ledger: Ledger, fact: StepFailed): Ledger {
  const outcome = fact.inDoubt ? "in-doubt" : fact.dropped ? "dropped" : "not-applied";
  const failed = withProgress(
    withTransition(ledger, (open) => ({ ...open, failed: open.failed ?? fact })),
    (progress) => ({
      ...progress,
      exceptions: [
        ...progress.exceptions.filter(
          (exception) => exception.delivery !== fact.delivery || exception.index !== fact.index,
        ),
        { delivery: fact.delivery, index: fact.index, outcome, attempts: fact.attempts },
      ],
    }),
  );
  const open = openTransition(failed);
  const delivery = open.progress?.plan.deliveries[fact.delivery];
  invariant(delivery !== undefined, "a failed step is a step of the plan");
  const doubt = doubtOf(open, delivery, fact.index, fact.attempts);
  const others = failed.inDoubt.filter((step) => step.idempotencyKey !== doubt.idempotencyKey);
  return { ...failed, inDoubt: fact.inDoubt ? [...others, doubt] : others };
}

/** A doubt of the running plan becomes progress, one from before it becomes part of the states. */
export function settleDoubt(ledger: Ledger, key: string, outcome: "applied" | "not-applied"): Ledger {
  const step = ledger.inDoubt.find((each) => each.idempotencyKey === key);
  if (step === undefined) return ledger;
  const rest = withoutDoubt(ledger, key);
  const own = placeInPlan(ledger, key);
  if (own !== undefined) {
    const { failed } = openTransition(ledger);
    const over = outcome === "applied" && failed?.delivery === own.delivery && failed.index === own.index;
    const settled = over ? withTransition(rest, (open) => ({ ...open, failed: undefined })) : rest;
    return withProgress(settled, (before) => {
      const others = before.exceptions.filter((exception) => exception !== own);
      if (outcome === "not-applied") {
        return { ...before, exceptions: [...others, { ...own, outcome: "not-applied" }] };
      }
      const here = own.delivery === before.cursor;
      return {
        ...before,
        exceptions: others,
        applied: here ? withRanges(before.applied, [[own.index, own.index + 1]]) : before.applied,
      };
    });
  }
  if (outcome === "not-applied") return rest;
  const states = new Map(rest.states);
  const state = states.get(step.participant) ?? UNTOLD;
  const applied = [{ callback: step.callback, events: [step.event] }];
  states.set(step.participant, afterEvents(state, applied, { confMap: step.confMap, target: step.target }));
  return { ...rest, states };
}

export function afterSkip(ledger: Ledger, as: "applied" | "not-applied"): Ledger {
  const open = openTransition(ledger);
  const { failed } = open;
  invariant(failed !== undefined, "a skip settles a failed step");
  const key = keyOfStep(ledger, failed.delivery, failed.index);
  const settled = withoutDoubt(
    withTransition(ledger, (before) => ({ ...before, failed: undefined })),
    key,
  );
  return withProgress(settled, (progress) => {
    const others = progress.exceptions.filter(
      (exception) => exception.delivery !== failed.delivery || exception.index !== failed.index,
    );
    if (as === "not-applied") {
      return {
        ...progress,
        exceptions: [
          ...others,
          { delivery: failed.delivery, index: failed.index, outcome: "dropped", attempts: failed.attempts },
        ],
      };
    }
    return {
      ...progress,
      exceptions: others,
      applied: withRanges(progress.applied, [[failed.index, failed.index + 1]]),
    };
  });
}
