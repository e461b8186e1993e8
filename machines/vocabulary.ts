/**
 * The words of the lifecycle: what it holds, what it hears and what it emits.
 */
import type { ConfMap } from "../src/conf/conf-map.ts";
import type { OrderName } from "../src/plan/order.ts";
import type { Phase, Plan, PlannedParticipant } from "../src/plan/plan.ts";
import type { Topology } from "../src/topology/topology.ts";

/** What a lifecycle begins with. */
export interface LifecycleInput {
  /** Default `documented`. */
  readonly order?: OrderName | undefined;
  /** In registration order. Default: one called `logger`. */
  readonly participants?: readonly (string | PlannedParticipant)[] | undefined;
}

/** A conf and the topology that was read from it. */
export interface LifecyclePlace {
  readonly confMap: ConfMap;
  readonly topology: Topology;
}

/** The transition that is under way or held. */
export interface LifecycleTransition {
  readonly transitionId: string;
  readonly kind: RequestEvent["type"];
  readonly confMap: ConfMap | undefined;
  /** Undefined: down. */
  readonly target: Topology | undefined;
  /** The participant that ADMIT brings up or UNREGISTER takes down. */
  readonly participant: string | undefined;
}

/** Why a transition is held. */
export interface LifecycleFailure {
  readonly code: string;
  readonly message: string;
  readonly participant?: string | undefined;
  readonly callback?: string | undefined;
  readonly subject?: string | undefined;
}

export interface LifecycleContext {
  readonly order: OrderName;
  readonly participants: readonly (string | PlannedParticipant)[];
  /** Where the last finished transition led; undefined: down. */
  readonly current: LifecyclePlace | undefined;
  readonly transition: LifecycleTransition | undefined;
  readonly plan: Plan | undefined;
  /** Position of the present phase in the plan. */
  readonly phase: number;
  /** Raised by everything that makes reports of earlier dispatches stale. */
  readonly attempt: number;
  readonly failure: LifecycleFailure | undefined;
  /** Number of transitions begun. */
  readonly transitions: number;
}

interface RequestFields {
  /** The plan, made from the participants' own states. Default: planned here. */
  readonly plan?: Plan | undefined;
  /** Steps in doubt have to be settled first: the plan comes with PLANNED. */
  readonly planFollows?: boolean | undefined;
  /** The topology of `confMap`, where it has been read already. */
  readonly target?: Topology | undefined;
  /** Default: counted. */
  readonly transitionId?: string | undefined;
}

/** A transition is asked for. */
export type RequestEvent =
  | ({ readonly type: "UP" | "SIGNALED"; readonly confMap: ConfMap } & RequestFields)
  | ({ readonly type: "DOWN"; readonly confMap?: ConfMap | undefined } & RequestFields)
  | ({ readonly type: "ROLLBACK" } & RequestFields)
  | ({ readonly type: "ADMIT" | "UNREGISTER"; readonly participant: string } & RequestFields);

/** What the lifecycle hears. Reports name the attempt that they belong to; those of an earlier one are ignored. */
export type LifecycleEventIn =
  | RequestEvent
  | { readonly type: "PLANNED"; readonly plan: Plan }
  | { readonly type: "PHASE_FINISHED"; readonly phase: number; readonly attempt: number }
  | ({ readonly type: "STEP_FAILED"; readonly attempt: number } & LifecycleFailure)
  | { readonly type: "RETRY" }
  | { readonly type: "SKIP"; readonly as: "applied" | "not-applied"; readonly reason?: string | undefined }
  | { readonly type: "PAUSE" }
  | { readonly type: "RESUME" };

/** What the lifecycle emits, in order. */
export type LifecycleEmitted =
  /** A request was taken. `kind` is the type of its event. */
  | { readonly type: "transitionStarted"; readonly transitionId: string; readonly kind: RequestEvent["type"] }
  /** A phase is due. A duty: whoever dispatches delivers it and reports its end, or the step that failed, with the attempt. */
  | {
      readonly type: "phaseStarted";
      readonly transitionId: string;
      readonly attempt: number;
      /** Position of the phase in the plan. */
      readonly index: number;
      readonly phase: Phase;
      readonly confMap: ConfMap | undefined;
      /** The phase is gone on with, where it stopped: the failed step is tried again, or passed over. */
      readonly goesOn?: "retry" | "skip" | undefined;
    }
  /** A step failed. The lifecycle is in `failed` until RETRY, SKIP or another request. */
  | { readonly type: "transitionHeld"; readonly transitionId: string; readonly failure: LifecycleFailure }
  /** Everybody is there, and the lifecycle is up or down. */
  | { readonly type: "transitionFinished"; readonly transitionId: string; readonly state: "up" | "down" };
