/**
 * The small changes that folding a fact is made of.
 */
import { invariant } from "../error.ts";
import type { Delivery } from "../plan/plan.ts";
import type { Progress } from "../plan/progress.ts";
import { type DoubtfulStep, idempotencyKeyOf } from "./fact.ts";
import { currentStates, type Ledger, type OpenTransition, openTransition } from "./ledger.ts";

export function withTransition(ledger: Ledger, change: (open: OpenTransition) => OpenTransition): Ledger {
  return { ...ledger, transition: change(openTransition(ledger)) };
}

export function withProgress(ledger: Ledger, change: (progress: Progress) => Progress): Ledger {
  return withTransition(ledger, (open) => {
    invariant(open.progress !== undefined, "this fact needs a plan");
    return { ...open, progress: change(open.progress) };
  });
}

/** Works the running plan's progress into the states, so that another plan can set out from them. */
export function settleProgress(ledger: Ledger): Ledger {
  const open = ledger.transition;
  if (open?.progress === undefined) return ledger;
  return { ...ledger, states: currentStates(ledger), transition: { ...open, progress: undefined } };
}

export function withoutDoubt(ledger: Ledger, key: string): Ledger {
  if (!ledger.inDoubt.some((step) => step.idempotencyKey === key)) return ledger;
  return { ...ledger, inDoubt: ledger.inDoubt.filter((step) => step.idempotencyKey !== key) };
}

/** A step of the running plan as it must be delivered again. */
export function doubtOf(open: OpenTransition, delivery: Delivery, index: number, attempts: number): DoubtfulStep {
  return {
    idempotencyKey: idempotencyKeyOf(open.id, delivery.participant, delivery.callback, delivery.events.subject(index)),
    transitionId: open.id,
    participant: delivery.participant,
    callback: delivery.callback,
    event: delivery.events.at(index),
    confMap: open.confMap,
    target: open.target,
    attempts,
  };
}
