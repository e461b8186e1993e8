/**
 * The fact vocabulary: everything that can happen to a lifecycle, in the past tense.
 *
 * Facts are the truth; every state is a fold of them. In the running process a fact holds what it speaks of (a ConfMap, a
 * Plan); `fact-codec.ts` turns it into the text that a journal keeps, and back.
 */
import type { ConfMap } from "../conf/conf-map.ts";
import type { ErrorCode, Problem } from "../error.ts";
import type { CallbackName, LifecycleEvent } from "../plan/lifecycle-event.ts";
import type { OrderName } from "../plan/order.ts";
import type { Plan } from "../plan/plan.ts";
import type { Range } from "../plan/progress.ts";
import type { Topology } from "../topology/topology.ts";

/** What a transition is for. `rollback` goes back to the state after the last finished transition. */
export type TransitionKind = "up" | "signaled" | "down" | "rollback" | "admit" | "unregister";

/** Who asked for something, and how. */
export interface Cause {
  /** `api`, `signal`, `operator`, `watch` or `policy`. */
  readonly how: string;
  /** A user, a signal's name, a participant: whoever it was, as far as is known. */
  readonly who?: string | undefined;
  /** Why, in their words. */
  readonly reason?: string | undefined;
}

/** A participant as the journal knows it. */
export interface DeclaredParticipant {
  readonly name: string;
  readonly callbacks: readonly CallbackName[];
  readonly after: readonly string[];
  readonly durable: boolean;
}

/** One step, named as its plan has it. */
export interface StepPlace {
  /** Position of the delivery in the plan. */
  readonly delivery: number;
  /** Position of the event in the delivery. */
  readonly index: number;
}

/** Why a step failed, in words that survive the process. */
export interface FailureText {
  readonly code: ErrorCode;
  readonly message: string;
}

/** A process took the stream over. What volatile participants knew is gone with the one before. */
export interface ProcessStarted {
  readonly type: "ProcessStarted";
  /** Chosen at random when the stream begins and the same ever after: transition ids begin with it. */
  readonly streamId: string;
  readonly program: string;
  readonly pid: number;
  readonly host: string;
  readonly epoch: number;
}

/** The participants of this process, in registration order, at the first transition. */
export interface ParticipantsDeclared {
  readonly type: "ParticipantsDeclared";
  readonly participants: readonly DeclaredParticipant[];
}

/** A configuration was seen for the first time. */
export interface ConfRecorded {
  readonly type: "ConfRecorded";
  /** {@link ConfMap.hash} */
  readonly hash: string;
  readonly confMap: ConfMap;
  /** One that was recorded before and is much alike: what is different from it may be all that is kept. */
  readonly base?: ConfMap | undefined;
}

export interface TransitionStarted {
  readonly type: "TransitionStarted";
  readonly transitionId: string;
  readonly kind: TransitionKind;
  readonly order: OrderName;
  /** What the callbacks are given: the conf to go to, as it was given; on the way down the one that is left. */
  readonly confMap: ConfMap;
  /** The topology to go to; undefined: down. */
  readonly target: Topology | undefined;
  /** The one participant that `unregister` takes down. */
  readonly participant?: string | undefined;
  /** The newcomer that `admit` brings up. */
  readonly declared?: DeclaredParticipant | undefined;
  readonly cause: Cause;
}

/** The way was worked out: from the states at this fact to the transition's target. */
export interface PlanMade {
  readonly type: "PlanMade";
  readonly plan: Plan;
}

/** A batch of steps is about to be delivered: durable before the first of them, unless its plan, which is, is announcement enough. */
export interface StepsAnnounced {
  readonly type: "StepsAnnounced";
  readonly delivery: number;
  readonly range: Range;
}

/** Steps of the delivery took effect; without a {@link StepsAnnounced} where all of a batch has that the plan announced. */
export interface StepsApplied {
  readonly type: "StepsApplied";
  readonly delivery: number;
  readonly ranges: readonly Range[];
}

/** A step did not succeed: it has no effect, or (in doubt) nobody knows. */
export interface StepFailed extends StepPlace {
  readonly type: "StepFailed";
  readonly inDoubt: boolean;
  readonly failure: FailureText;
  /** Attempts made so far, this one included. */
  readonly attempts: number;
  /** A termination goes on without this subject. */
  readonly dropped: boolean;
}

/** The steps of the announced batch without an outcome were not started, and are not under way: a crash leaves no doubt of them. */
export interface StepsWithdrawn {
  readonly type: "StepsWithdrawn";
  readonly delivery: number;
}

/** A step was passed over without being delivered, since one that it rests on was dropped. */
export interface StepsDropped {
  readonly type: "StepsDropped";
  readonly delivery: number;
  readonly indexes: readonly number[];
}

/** An operator settled a failed step by word of mouth. */
export interface StepSkipped {
  readonly type: "StepSkipped";
  readonly as: "applied" | "not-applied";
  readonly cause: Cause;
}

/** A step in doubt was delivered again under its old key: durable before it is. */
export interface DoubtRedelivered {
  readonly type: "DoubtRedelivered";
  readonly idempotencyKey: string;
}

/** A step in doubt is so no more. */
export interface DoubtSettled {
  readonly type: "DoubtSettled";
  readonly idempotencyKey: string;
  readonly outcome: "applied" | "not-applied";
  /** `redelivery`, `late-answer` or `operator`. */
  readonly by: string;
}

/** A late answer of an attempt that had been given up, where it settles nothing any more. */
export interface LateAnswerHeard {
  readonly type: "LateAnswerHeard";
  readonly idempotencyKey: string;
  readonly outcome: "applied" | "not-applied" | "in-doubt";
}

/** The transition stopped at a failure and waits for somebody. */
export interface TransitionHeld {
  readonly type: "TransitionHeld";
  readonly failure: FailureText;
  readonly participant?: string | undefined;
  readonly callback?: CallbackName | undefined;
  readonly subject?: string | undefined;
}

/** A held or paused transition goes on where it stopped. */
export interface TransitionResumed {
  readonly type: "TransitionResumed";
  readonly cause: Cause;
}

export interface TransitionPaused {
  readonly type: "TransitionPaused";
  readonly cause: Cause;
}

/** The transition was left where it was, for another: everybody stays where they are until that one, or somebody, goes on. */
export interface TransitionAbandoned {
  readonly type: "TransitionAbandoned";
  readonly reason: string;
}

/** All deliveries of a plan that does not arrive are over: the next plan follows. */
export interface PlanCarriedOut {
  readonly type: "PlanCarriedOut";
}

/** The transition's target is current now. */
export interface TransitionFinished {
  readonly type: "TransitionFinished";
  readonly outcome: "finished" | "unchanged";
}

/** A request was refused before anything was dispatched. */
export interface RequestRefused {
  readonly type: "RequestRefused";
  readonly kind: TransitionKind;
  readonly code: ErrorCode;
  readonly message: string;
  readonly problems: readonly Problem[];
  readonly cause: Cause;
}

/** A fact. */
export type Fact =
  | ProcessStarted
  | ParticipantsDeclared
  | ConfRecorded
  | TransitionStarted
  | PlanMade
  | StepsAnnounced
  | StepsApplied
  | StepFailed
  | StepsWithdrawn
  | StepsDropped
  | StepSkipped
  | DoubtRedelivered
  | DoubtSettled
  | LateAnswerHeard
  | TransitionHeld
  | TransitionResumed
  | TransitionPaused
  | TransitionAbandoned
  | PlanCarriedOut
  | TransitionFinished
  | RequestRefused;

/** A step whose outcome is unknown, with everything that is needed to deliver it as it was. */
export interface DoubtfulStep {
  readonly idempotencyKey: string;
  readonly transitionId: string;
  readonly participant: string;
  readonly callback: CallbackName;
  readonly event: LifecycleEvent;
  readonly confMap: ConfMap | undefined;
  readonly target: Topology | undefined;
  /** Attempts made so far; 0 where it may never have been delivered. */
  readonly attempts: number;
}

/** The key of a step: the same on every redelivery and retry. A participant's name cannot run into the callback's. */
export function idempotencyKeyOf(
  transitionId: string,
  participant: string,
  callback: CallbackName,
  subject: string,
): string {
  const name = /[/%]/.test(participant) ? participant.replace(/[/%]/g, encodeURIComponent) : participant;
  const whole = `${transitionId}/${name}/${callback}`;
  return subject === "" ? whole : `${whole}/${subject}`;
}
