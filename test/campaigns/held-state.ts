/**
 * HeldState: what a failure left behind, as far as what follows can depend on it.
 *
 * Many failures of many transitions lead to one and the same state, and what one way on leads to from there need not be
 * tried again. Equal are: the kind of transition and the step that failed in it; where every participant is, with what it
 * was told in which order; what is in doubt, and whether it has taken effect. Under which conf a participant was told of a
 * subject counts only where somebody hears of changed options; which conf `previousConfMap` shows is checked on the way
 * to each failure, and not told apart here.
 */
import { createHash } from "node:crypto";
import { currentStates, type Ledger } from "../../src/journal/ledger.ts";
import { driftedFrom, type ParticipantState } from "../../src/plan/participant-state.ts";
import type { Progress } from "../../src/plan/progress.ts";
import { eventText } from "../../src/testing/trace.ts";
import type { Call } from "./rig.ts";

export interface HeldState {
  /** Equal texts are equal states for who goes on with another plan. */
  readonly text: string;
  /** What of the plan is left, for who goes on with it. */
  readonly rest: string;
}

export function heldState(ledger: Ledger, failures: readonly Call[], isToldCounted: boolean): HeldState {
  const { transition, inDoubt } = ledger;
  const states = [...currentStates(ledger)].map(([name, state]) => [name, stateText(state, isToldCounted)]);
  const steps = failures.map(({ participant, event, fault, attempt }) => [
    participant,
    eventText(event),
    fault,
    attempt,
  ]);
  const doubts = inDoubt.map(({ participant, callback, event }) => [participant, callback, event && eventText(event)]);
  return {
    text: JSON.stringify([transition?.kind, transition?.without, steps, doubts, states]),
    rest: transition?.progress === undefined ? "" : restText(transition.progress),
  };
}

/** Where one participant is, in the order in which it was told. */
export function stateText({ up, quiesced, known }: ParticipantState, isToldCounted = false): unknown {
  const { groups, volumes } = driftedFrom(known);
  const told = (under: { readonly hash: string } | undefined) => (isToldCounted ? under?.hash : undefined);
  return [
    up,
    quiesced,
    [...groups].map(([name, group]) => [name, group.activePeer, told(group.told)]),
    [...volumes].map(([name, { group, served, noticed, ...rest }]) => [name, group, served, noticed, told(rest.told)]),
  ];
}

function restText({ plan, cursor, applied, announced, exceptions }: Progress): string {
  const deliveries = plan.deliveries
    .slice(cursor)
    .map(({ callback, participant, events }) => [callback, participant, [...events].map(eventText)]);
  const open = exceptions.map((exception) => ({ ...exception, delivery: exception.delivery - cursor }));
  return JSON.stringify([deliveries, applied, announced, open]);
}

/** Which ways on have been taken from which states. Digests, since there are millions of them. */
export class TakenWays {
  readonly #taken = new Set<string>();

  /** Whether the way is new; from now on it is not. */
  take(...parts: readonly string[]): boolean {
    const digest = createHash("md5").update(parts.join("\n")).digest("base64url");
    const { size } = this.#taken;
    return this.#taken.add(digest).size > size;
  }
}
