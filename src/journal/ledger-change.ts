/**
 * The small changes that folding a fact is made of.
 */
import { invariant } from "../error.ts";
import type { Delivery } from "../plan/plan.ts";
import type { Progress } from "../plan/progress.ts";
import { type DoubtfulStep, idempotencyKeyOf } from "./fact.ts";
import { currentStates, type Ledger, type OpenTransition, openTransition } from "./ledger.ts";

export function withTransition(ledger: Ledger, change: (open: OpenTransition) => OpenTransition): Ledger {
  const changed = copyOfLedger(ledger);
  changed.transition = change(openTransition(ledger));
  return changed;
}

export function withProgress(ledger: Ledger, change: (progress: Progress) => Progress): Ledger {
  return withTransition(ledger, (open) => {
    invariant(open.progress !== undefined, "this fact needs a plan");
    const changed = copyOfTransition(open);
    changed.progress = change(open.progress);
    return changed;
  });
}

/** `after`, which a fact has made of `before`, with that fact counted. Where it is a new one nobody else has it: it is not copied again. */
export function counted(before: Ledger, after: Ledger): Ledger {
  const changed: Changeable<Ledger> = after === before ? copyOfLedger(before) : after;
  changed.seq = before.seq + 1;
  return changed;
}

type Changeable<Value> = { -readonly [Field in keyof Value]: Value[Field] };

/**
 * The same, field by field: every batch of steps makes some of these, and spreading one that was made by spreading takes
 * twenty times as long.
 */
function copyOfLedger(ledger: Ledger): Changeable<Ledger> {
  const { seq, streamId, epoch, whoAmI, participants, confs, transitions } = ledger;
  const { current, transition, states, inDoubt } = ledger;
  return {
    seq,
    streamId,
    epoch,
    whoAmI,
    participants,
    confs,
    transitions,
    current,
    transition,
    states,
    inDoubt,
  };
}

function copyOfTransition(open: OpenTransition): Changeable<OpenTransition> {
  const { id, kind, order, confMap, target, participant } = open;
  const { cause, progress, failed, held, paused, without } = open;
  return { id, kind, order, confMap, target, participant, cause, progress, failed, held, paused, without };
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
