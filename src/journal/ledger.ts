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
import { afterEvents, knowsNothing, type ParticipantState, UNTOLD } from "../plan/participant-state.ts";
import type { Delivery } from "../plan/plan.ts";
import {
  announce,
  beginProgress,
  type Exception,
  exceptionOf,
  inRanges,
  type Progress,
  stateAfter,
  statesAfter,
  withRanges,
} from "../plan/progress.ts";
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
  return progress === undefined ? ledger.states : new Map([...ledger.states, ...statesAfter(progress)]);
}

export function stateOfParticipant(ledger: Ledger, name: string): ParticipantState {
  const progress = ledger.transition?.progress;
  return (progress === undefined ? undefined : stateAfter(progress, name)) ?? ledger.states.get(name) ?? UNTOLD;
}

/** The ledger after one more fact. Pure. */
export function evolve(ledger: Ledger, fact: Fact): Ledger {
  return { ...applyFact(ledger, fact), seq: ledger.seq + 1 };
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

/** Nothing outlives the process but what durable participants did; what was announced and not answered is in doubt. */
function afterProcessStart(ledger: Ledger, fact: { streamId: string; epoch: number }): Ledger {
  const settled = settleProgress(inDoubtAfterCrash(ledger));
  // Whom the last process did without was durable when it was here: of the others nothing had outlived their process.
  const volatile = new Set(ledger.participants.filter((participant) => !participant.durable).map(({ name }) => name));
  const states = new Map<string, ParticipantState>();
  for (const [name, state] of settled.states) {
    if (!volatile.has(name)) states.set(name, { ...state, up: false, quiesced: false });
  }
  return {
    ...settled,
    streamId: fact.streamId,
    epoch: fact.epoch,
    current: undefined,
    transition: undefined,
    states,
    // A gate is in a process's memory: an Up or SignaledStart in doubt died with it. Volatile participants died altogether.
    inDoubt: settled.inDoubt.filter((step) => !volatile.has(step.participant) && step.event.type in OUTLIVES_PROCESS),
  };
}

/** Who was durable before and is volatile now begins with nothing, like every volatile participant. */
function afterDeclaration(ledger: Ledger, participants: readonly DeclaredParticipant[]): Ledger {
  const forgotten = new Set(
    participants
      .filter(({ name, durable }) => !durable && ledger.states.get(name)?.up !== true)
      .map(({ name }) => name),
  );
  return {
    ...ledger,
    participants,
    states: new Map([...ledger.states].filter(([name]) => !forgotten.has(name))),
    inDoubt: ledger.inDoubt.filter((step) => !forgotten.has(step.participant)),
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
    const before = exceptionOf(progress, progress.cursor, index);
    if (before !== undefined && before.again !== true) continue;
    const attempts = before?.attempts ?? 0;
    doubts.push(doubtOf(open, delivery, index, attempts));
    exceptions.push({ delivery: progress.cursor, index, outcome: "in-doubt", attempts });
  }
  const others = progress.exceptions.filter(
    (each) => !exceptions.some((doubt) => doubt.delivery === each.delivery && doubt.index === each.index),
  );
  return {
    ...ledger,
    inDoubt: [...ledger.inDoubt, ...doubts],
    transition: { ...open, progress: { ...progress, announced: undefined, exceptions: [...others, ...exceptions] } },
  };
}

/** A step of the running plan as it must be delivered again. */
function doubtOf(open: OpenTransition, delivery: Delivery, index: number, attempts: number): DoubtfulStep {
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

/** The step in doubt as a step of the running plan, if it is one. */
export function placeInPlan(ledger: Ledger, idempotencyKey: string): Exception | undefined {
  return ledger.transition?.progress?.exceptions.find(
    ({ delivery, index, outcome }) => outcome === "in-doubt" && keyOfStep(ledger, delivery, index) === idempotencyKey,
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
function settleDoubt(ledger: Ledger, key: string, outcome: "applied" | "not-applied"): Ledger {
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

function afterFinish(ledger: Ledger): Ledger {
  const open = openTransition(ledger);
  const tookDown = open.progress === undefined ? new Set<string>() : tookDownBy(open.progress);
  const settled = settleProgress(open.progress === undefined ? ledger : withProgress(ledger, carriedOut));
  const states = new Map(settled.states);
  // Down ends everything that a participant was told, doubts included; who could not be told keeps them.
  const inDoubt = settled.inDoubt.filter((step) => !tookDown.has(step.participant));
  const arrived = { ...settled, states, inDoubt, transition: undefined };
  if (open.participant !== undefined) {
    // Of one participant alone: the others are where they were. Who was to go, or never came, is forgotten.
    if (open.target !== undefined) return arrived;
    states.delete(open.participant);
    return {
      ...arrived,
      participants: settled.participants.filter(({ name }) => name !== open.participant),
      inDoubt: inDoubt.filter((step) => step.participant !== open.participant),
    };
  }
  if (open.target !== undefined) return { ...arrived, current: { confMap: open.confMap, topology: open.target } };
  // A name can be given up only with everything that was done under it.
  const ended = inDoubt.length === 0 && [...states.values()].every((state) => !state.up && knowsNothing(state.known));
  return { ...arrived, current: undefined, whoAmI: ended ? undefined : settled.whoAmI };
}

/** A plan of the Up phase alone is over: what follows sets out from where it led. */
function afterUpPhase(ledger: Ledger): Ledger {
  const { plan, exceptions } = openTransition(ledger).progress as Progress;
  const dropped = exceptions.filter(({ outcome }) => outcome === "dropped");
  const without = dropped.flatMap(({ delivery }) => plan.deliveries[delivery]?.participant ?? []);
  return settleProgress(withTransition(withProgress(ledger, carriedOut), (open) => ({ ...open, without })));
}

/** Who was told Down by this plan. */
function tookDownBy({ plan, exceptions }: Progress): ReadonlySet<string> {
  const downs = plan.deliveries.filter(({ callback }) => callback === "Down");
  const told = downs.filter(({ index }) => !exceptions.some((exception) => exception.delivery === index));
  return new Set(told.map(({ participant }) => participant));
}

function carriedOut(progress: Progress): Progress {
  return { ...progress, cursor: progress.plan.deliveries.length, applied: [], announced: undefined };
}
