/**
 * Ledger: the state that follows from the facts.
 *
 * One fold serves the running service, the start after a crash, replay and the tests: whoever wants to know where
 * everybody is folds the facts, and there is no second idea of it anywhere. Only the driver's promises and timers are
 * outside.
 */
import type { ConfMap } from "../conf/conf-map.ts";
import { invariant } from "../error.ts";
import type { OrderName } from "../plan/order.ts";
import { afterEvents, type ParticipantState, UNTOLD } from "../plan/participant-state.ts";
import type { Delivery } from "../plan/plan.ts";
import { beginProgress, type Exception, inRanges, type Progress, statesAfter, withRanges } from "../plan/progress.ts";
import type { Topology } from "../topology/topology.ts";
import {
  type Cause,
  type DeclaredParticipant,
  type DoubtfulStep,
  type Fact,
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
  /** The step that failed last and is not settled. */
  readonly failed: StepFailed | undefined;
  readonly held: FailureText | undefined;
  readonly paused: boolean;
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
  return progress === undefined ? ledger.states : new Map([...ledger.states, ...statesAfter(progress)]);
}

export function stateOfParticipant(ledger: Ledger, name: string): ParticipantState {
  return currentStates(ledger).get(name) ?? UNTOLD;
}

/** The ledger after one more fact. Pure. */
export function evolve(ledger: Ledger, fact: Fact): Ledger {
  return { ...applyFact(ledger, fact), seq: ledger.seq + 1 };
}

export function foldFacts(facts: Iterable<Fact>, from: Ledger = EMPTY_LEDGER): Ledger {
  let ledger = from;
  for (const fact of facts) ledger = evolve(ledger, fact);
  return ledger;
}

function applyFact(ledger: Ledger, fact: Fact): Ledger {
  switch (fact.type) {
    case "ProcessStarted":
      return afterProcessStart(ledger, fact);
    case "ParticipantsDeclared":
      return { ...ledger, participants: fact.participants };
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
      return withProgress(ledger, (progress) => {
        const here = progress.cursor === fact.delivery ? progress : { ...progress, cursor: fact.delivery, applied: [] };
        return { ...here, announced: fact.range };
      });
    case "StepsApplied":
      return withProgress(clearFailure(ledger, fact.delivery, fact.ranges), (progress) => ({
        ...progress,
        applied: withRanges(progress.cursor === fact.delivery ? progress.applied : [], fact.ranges),
        cursor: fact.delivery,
        exceptions: progress.exceptions.filter(
          (exception) => !(exception.delivery === fact.delivery && inRanges(fact.ranges, exception.index)),
        ),
      }));
    case "StepFailed":
      return afterFailure(ledger, fact);
    case "StepsDropped":
      return withProgress(ledger, (progress) => ({
        ...progress,
        exceptions: [
          ...progress.exceptions,
          ...fact.indexes.map((index): Exception => ({ delivery: fact.delivery, index, outcome: "dropped" })),
        ],
      }));
    case "StepSkipped":
      return afterSkip(ledger, fact.as);
    case "PlanCarriedOut":
      return withProgress(ledger, carriedOut);
    case "TransitionHeld":
      return withTransition(ledger, (open) => ({ ...open, held: fact.failure }));
    case "TransitionResumed":
      return withTransition(ledger, (open) => ({ ...open, held: undefined, paused: false }));
    case "TransitionPaused":
      return withTransition(ledger, (open) => ({ ...open, paused: true }));
    case "TransitionAbandoned":
      return withTransition(ledger, (open) => ({ ...open, held: { code: "SUPERSEDED", message: fact.reason } }));
    case "TransitionFinished":
      return afterFinish(ledger);
  }
}

/** Nothing outlives the process but what durable participants did; what was announced and not answered is in doubt. */
function afterProcessStart(ledger: Ledger, fact: { streamId: string; epoch: number }): Ledger {
  const settled = settleProgress(inDoubtAfterCrash(ledger));
  const durable = new Set(ledger.participants.filter((participant) => participant.durable).map(({ name }) => name));
  const states = new Map<string, ParticipantState>();
  for (const [name, state] of settled.states) {
    if (durable.has(name)) states.set(name, { ...state, up: false, quiesced: false });
  }
  return {
    ...settled,
    streamId: fact.streamId,
    epoch: fact.epoch,
    current: undefined,
    transition: undefined,
    states,
    // A gate is in a process's memory: an Up or SignaledStart in doubt died with it. Volatile participants died altogether.
    inDoubt: settled.inDoubt.filter((step) => durable.has(step.participant) && step.event.type in OUTLIVES_PROCESS),
  };
}

const OUTLIVES_PROCESS: Partial<Record<string, true>> = {
  VolumeGroupCreated: true,
  VolumeGroupMoved: true,
  VolumeGroupChanged: true,
  VolumeGroupDestroyed: true,
  VolumeCreated: true,
  VolumeMoved: true,
  VolumeChanged: true,
  VolumeDestroyed: true,
  ServeVolume: true,
  UnserveVolume: true,
  VolumeToBeUnserved: true,
};

/** Steps announced, not known to have taken effect, and not failed: the process died with them. */
function inDoubtAfterCrash(ledger: Ledger): Ledger {
  const open = ledger.transition;
  const progress = open?.progress;
  if (open === undefined || progress?.announced === undefined) return ledger;
  const delivery = progress.plan.deliveries[progress.cursor];
  if (delivery === undefined || !delivery.implemented) return ledger;
  const [from, to] = progress.announced;
  const doubts: DoubtfulStep[] = [];
  const exceptions: Exception[] = [];
  for (let index = from; index < to; index++) {
    if (inRanges(progress.applied, index)) continue;
    if (progress.exceptions.some((exception) => exception.delivery === progress.cursor && exception.index === index))
      continue;
    doubts.push(doubtOf(open, delivery, index, 0));
    exceptions.push({ delivery: progress.cursor, index, outcome: "in-doubt" });
  }
  return {
    ...ledger,
    inDoubt: [...ledger.inDoubt, ...doubts],
    transition: {
      ...open,
      progress: { ...progress, announced: undefined, exceptions: [...progress.exceptions, ...exceptions] },
    },
  };
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

function openTransition(ledger: Ledger): OpenTransition {
  invariant(ledger.transition !== undefined, "this fact needs an open transition");
  return ledger.transition;
}

function withTransition(ledger: Ledger, change: (open: OpenTransition) => OpenTransition): Ledger {
  return { ...ledger, transition: change(openTransition(ledger)) };
}

function withProgress(ledger: Ledger, change: (progress: Progress) => Progress): Ledger {
  return withTransition(ledger, (open) => {
    invariant(open.progress !== undefined, "this fact needs a plan");
    return { ...open, progress: change(open.progress) };
  });
}

/** Works the running plan's progress into the states, so that another plan can set out from them. */
function settleProgress(ledger: Ledger): Ledger {
  const open = ledger.transition;
  if (open?.progress === undefined) return ledger;
  return { ...ledger, states: currentStates(ledger), transition: { ...open, progress: undefined } };
}

function clearFailure(ledger: Ledger, delivery: number, ranges: Progress["applied"]): Ledger {
  const failed = ledger.transition?.failed;
  if (failed === undefined || failed.delivery !== delivery || !inRanges(ranges, failed.index)) return ledger;
  return withoutDoubt(
    withTransition(ledger, (open) => ({ ...open, failed: undefined })),
    keyOfStep(ledger, failed.delivery, failed.index),
  );
}

function keyOfStep(ledger: Ledger, delivery: number, index: number): string {
  const open = openTransition(ledger);
  const at = open.progress?.plan.deliveries[delivery];
  return at === undefined ? "" : idempotencyKeyOf(open.id, at.participant, at.callback, at.events.subject(index));
}

function withoutDoubt(ledger: Ledger, key: string): Ledger {
  if (!ledger.inDoubt.some((step) => step.idempotencyKey === key)) return ledger;
  return { ...ledger, inDoubt: ledger.inDoubt.filter((step) => step.idempotencyKey !== key) };
}

function afterFailure(ledger: Ledger, fact: StepFailed): Ledger {
  const outcome = fact.inDoubt ? "in-doubt" : fact.dropped ? "dropped" : "not-applied";
  const failed = withProgress(
    withTransition(ledger, (open) => ({ ...open, failed: fact })),
    (progress) => ({
      ...progress,
      exceptions: [
        ...progress.exceptions.filter(
          (exception) => exception.delivery !== fact.delivery || exception.index !== fact.index,
        ),
        { delivery: fact.delivery, index: fact.index, outcome },
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
function settleDoubt(ledger: Ledger, key: string, outcome: "applied" | "not-applied"): Ledger {
  const step = ledger.inDoubt.find((each) => each.idempotencyKey === key);
  if (step === undefined) return ledger;
  const rest = withoutDoubt(ledger, key);
  const progress = ledger.transition?.progress;
  const own = progress?.exceptions.find(
    (exception) => exception.outcome === "in-doubt" && keyOfStep(ledger, exception.delivery, exception.index) === key,
  );
  if (own !== undefined) {
    return withProgress(rest, (before) => {
      const others = before.exceptions.filter((exception) => exception !== own);
      if (outcome === "not-applied") return { ...before, exceptions: [...others, { ...own, outcome: "not-applied" }] };
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

function afterSkip(ledger: Ledger, as: "applied" | "not-applied"): Ledger {
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
        exceptions: [...others, { delivery: failed.delivery, index: failed.index, outcome: "dropped" }],
      };
    }
    return {
      ...progress,
      exceptions: others,
      applied: withRanges(progress.applied, [[failed.index, failed.index + 1]]),
    };
  });
}

function afterFinish(ledger: Ledger): Ledger {
  const open = openTransition(ledger);
  const settled = settleProgress(open.progress === undefined ? ledger : withProgress(ledger, carriedOut));
  const states = new Map(settled.states);
  let { participants, current, whoAmI } = settled;
  if (open.kind === "unregister" && open.participant !== undefined) {
    states.delete(open.participant);
    participants = participants.filter(({ name }) => name !== open.participant);
  } else if (open.kind !== "admit") {
    current = open.target === undefined ? undefined : { confMap: open.confMap, topology: open.target };
    if (open.target === undefined) whoAmI = undefined;
  }
  // Down ends everything that a participant was told, doubts included.
  const inDoubt = settled.inDoubt.filter(
    (step) => open.target !== undefined || states.get(step.participant)?.up === true,
  );
  return { ...settled, participants, states, current, whoAmI, inDoubt, transition: undefined };
}

function carriedOut(progress: Progress): Progress {
  return { ...progress, cursor: progress.plan.deliveries.length, applied: [], announced: undefined };
}
