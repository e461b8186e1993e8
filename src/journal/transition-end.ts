/**
 * TransitionEnd: how the ledger takes in that a transition has arrived, or that a plan on the way there is over.
 */

import { knowsNothing } from "../plan/participant-state.ts";
import type { Progress } from "../plan/progress.ts";
import type { DoubtfulStep } from "./fact.ts";
import { type Ledger, openTransition } from "./ledger.ts";
import { settleProgress, withProgress, withTransition } from "./ledger-change.ts";

export function afterFinish(ledger: Ledger): Ledger {
  const open = openTransition(ledger);
  const settled = settleProgress(open.progress === undefined ? ledger : withProgress(ledger, carriedOut));
  // Down ends everything that a participant was told, doubts included; who could not be told keeps them.
  const { inDoubt: doubts } = settled;
  const inDoubt = doubts.length === 0 ? doubts : withoutThoseOf(tookDownBy(open.progress), doubts);
  const arrived = { ...settled, inDoubt, transition: undefined };
  if (open.participant !== undefined) {
    // Of one participant alone: the others are where they were. Who was to go, or never came, is forgotten.
    if (open.target !== undefined) return arrived;
    const states = new Map(settled.states);
    states.delete(open.participant);
    return {
      ...arrived,
      states,
      participants: settled.participants.filter(({ name }) => name !== open.participant),
      inDoubt: inDoubt.filter((step) => step.participant !== open.participant),
    };
  }
  if (open.target !== undefined) return { ...arrived, current: { confMap: open.confMap, topology: open.target } };
  // A name can be given up only with everything that was done under it.
  const ended = inDoubt.length === 0 && isAllDown(settled.states);
  return { ...arrived, current: undefined, whoAmI: ended ? undefined : settled.whoAmI };
}

function isAllDown(states: Ledger["states"]): boolean {
  for (const { up, known } of states.values()) if (up || !knowsNothing(known)) return false;
  return true;
}

/** A plan of the Up phase alone is over: what follows sets out from where it led. */
export function afterUpPhase(ledger: Ledger): Ledger {
  const { plan, exceptions } = openTransition(ledger).progress as Progress;
  const dropped = exceptions.filter(({ outcome }) => outcome === "dropped");
  const without = dropped.flatMap(({ delivery }) => plan.deliveries[delivery]?.participant ?? []);
  return settleProgress(withTransition(withProgress(ledger, carriedOut), (open) => ({ ...open, without })));
}

/** Who was told Down by this plan. */
function tookDownBy(progress: Progress | undefined): ReadonlySet<string> {
  if (progress === undefined) return new Set();
  const { plan, exceptions } = progress;
  const downs = plan.deliveries.filter(({ callback }) => callback === "Down");
  const told = downs.filter(({ index }) => !exceptions.some((exception) => exception.delivery === index));
  return new Set(told.map(({ participant }) => participant));
}

function withoutThoseOf(participants: ReadonlySet<string>, doubts: readonly DoubtfulStep[]): readonly DoubtfulStep[] {
  return doubts.filter(({ participant }) => !participants.has(participant));
}

function carriedOut(progress: Progress): Progress {
  return { ...progress, cursor: progress.plan.deliveries.length, applied: [], announced: undefined };
}
