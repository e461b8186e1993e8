/**
 * Ledger: the state that follows from the facts.
 *
 * Whoever wants to know where everybody is folds the facts (`evolve.ts`), and there is no second idea of it anywhere. Only
 * the driver's promises and timers are outside.
 */
import type { ConfMap } from "../conf/conf-map.ts";
import { invariant } from "../error.ts";
import type { OrderName } from "../plan/order.ts";
import { type ParticipantState, UNTOLD } from "../plan/participant-state.ts";
import { type Exception, type Progress, stateAfter, statesAfter } from "../plan/progress.ts";
import type { Topology } from "../topology/topology.ts";
import {
  type Cause,
  type DeclaredParticipant,
  type DoubtfulStep,
  type FailureText,
  idempotencyKeyOf,
  type StepFailed,
  type TransitionKind,
} from "./fact.ts";

/** Where a lifecycle is, as far as its facts go. Immutable. */
export interface Ledger {
  /** Number of facts folded. */
  readonly seq: number;
  /** Empty until the first process. */
  readonly streamId: string;
  readonly epoch: number;
  /** Who this lifecycle is, from its first up until it has ended down: another conf's WhoAmI is refused meanwhile. */
  readonly whoAmI: string | undefined;
  /** In registration order. */
  readonly participants: readonly DeclaredParticipant[];
  /** Hashes of the ConfMaps that the journal holds. */
  readonly confs: ReadonlySet<string>;
  /** Number of transitions begun. */
  readonly transitions: number;
  /** Where the last finished transition led; undefined: down. */
  readonly current: Place | undefined;
  /** The transition that is under way, held or paused. */
  readonly transition: OpenTransition | undefined;
  /** Where everybody was when the present plan was made; between transitions, where everybody is. */
  readonly states: ReadonlyMap<string, ParticipantState>;
  /** Oldest first. */
  readonly inDoubt: readonly DoubtfulStep[];
}

/** A configuration that was reached, or shall be. */
export interface Place {
  readonly confMap: ConfMap;
  readonly topology: Topology;
}

/** A transition that has begun and not ended. */
export interface OpenTransition {
  readonly id: string;
  readonly kind: TransitionKind;
  readonly order: OrderName;
  /** What the callbacks are given. */
  readonly confMap: ConfMap;
  /** Undefined: down. */
  readonly target: Topology | undefined;
  readonly participant: string | undefined;
  readonly cause: Cause;
  /** Undefined until the first plan. */
  readonly progress: Progress | undefined;
  /** The step that it is held at: the first that failed since somebody last went on, while it is not settled. */
  readonly failed: StepFailed | undefined;
  readonly held: FailureText | undefined;
  readonly paused: boolean;
  /** Whose Up was skipped in the plan of the Up phase: they can be told nothing, and take no part in the rest. */
  readonly without: readonly string[];
}

export const EMPTY_LEDGER: Ledger = {
  seq: 0,
  streamId: "",
  epoch: 0,
  whoAmI: undefined,
  participants: [],
  confs: new Set(),
  transitions: 0,
  current: undefined,
  transition: undefined,
  states: new Map(),
  inDoubt: [],
};

/** What the lifecycle is in, in the words of the machine. */
export type LifecycleState = "down" | "signaling" | "up" | "failed";

export function lifecycleStateOf(ledger: Ledger): LifecycleState {
  if (ledger.transition === undefined) return ledger.current === undefined ? "down" : "up";
  return ledger.transition.held === undefined ? "signaling" : "failed";
}

/** Where everybody is now, the running plan's progress included. */
export function currentStates(ledger: Ledger): ReadonlyMap<string, ParticipantState> {
  const progress = ledger.transition?.progress;
  if (progress === undefined) return ledger.states;
  const after = statesAfter(progress);
  if (hasAllOf(after, ledger.states)) return after;
  const states = new Map(ledger.states);
  for (const [name, state] of after) states.set(name, state);
  return states;
}

function hasAllOf(states: Ledger["states"], others: Ledger["states"]): boolean {
  if (states.size < others.size) return false;
  for (const name of others.keys()) if (!states.has(name)) return false;
  return true;
}

export function stateOfParticipant(ledger: Ledger, name: string): ParticipantState {
  const progress = ledger.transition?.progress;
  return (progress === undefined ? undefined : stateAfter(progress, name)) ?? ledger.states.get(name) ?? UNTOLD;
}

/** The open transition, which the fact at hand cannot do without. */
export function openTransition(ledger: Ledger): OpenTransition {
  invariant(ledger.transition !== undefined, "this fact needs an open transition");
  return ledger.transition;
}

/** The step in doubt as a step of the running plan, if it is one. */
export function placeInPlan(ledger: Ledger, idempotencyKey: string): Exception | undefined {
  return ledger.transition?.progress?.exceptions.find(
    ({ delivery, index, outcome }) => outcome === "in-doubt" && keyOfStep(ledger, delivery, index) === idempotencyKey,
  );
}

/** The key of a step of the running plan. */
export function keyOfStep(ledger: Ledger, delivery: number, index: number): string {
  const open = openTransition(ledger);
  const at = open.progress?.plan.deliveries[delivery];
  return at === undefined ? "" : idempotencyKeyOf(open.id, at.participant, at.callback, at.events.subject(index));
}
