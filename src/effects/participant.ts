/**
 * What a participant is: a name, the callbacks it implements, and what it asks of the dispatcher.
 *
 * This is the interface that users write against, so its docstrings say what a callback may assume and what it owes.
 */
import type { z } from "zod";
import type { ConfMap } from "../conf/conf-map.ts";
import type { Problem } from "../error.ts";
import type { CALLBACKS, CallbackName, EventOf, LifecycleEvent } from "../plan/lifecycle-event.ts";
import type { Topology } from "../topology/topology.ts";
import type { Log } from "./log.ts";

/** The participant's method that hears a callback: the contract's name in camelCase. */
export type CallbackMethod<Name extends CallbackName = CallbackName> = (typeof CALLBACKS)[Name]["method"];

/** What is known of a durable participant from before this process, given with its Up. */
export interface Recovered {
  /** Volume groups that it had been told of, with the peer it knew as active (empty: nobody). */
  readonly groups: ReadonlyMap<string, { readonly activePeer: string }>;
  /** Volumes that it had been told of, each with its group. */
  readonly volumes: ReadonlyMap<string, { readonly volumeGroupName: string }>;
  /** Volumes that it was serving. */
  readonly served: ReadonlySet<string>;
  /** Volumes announced by VolumeToBeUnserved that were still served. */
  readonly noticed: ReadonlySet<string>;
  /** Steps whose outcome is unknown; each is redelivered under its old key before anything new. */
  readonly inDoubt: readonly { readonly event: LifecycleEvent; readonly idempotencyKey: string }[];
}

/** What a callback is given beside its event. Belongs to one step and may be kept. */
export interface StepContext {
  /** The configuration that the transition goes to; on the way down the current one. */
  readonly confMap: ConfMap;
  /** The topology that the transition goes to; undefined where this participant goes down. */
  readonly target: Topology | undefined;
  /**
   * The configuration under which this participant was last told of this event's subject, before this transition;
   * of an event without subject, the one of the last transition that reached it. Undefined where there was none.
   * A leaving subject's section stands here when it is gone from `confMap`.
   */
  readonly previousConfMap: ConfMap | undefined;
  /** Aborted when the step's deadline has passed or the service stops waiting; what still runs should end. */
  readonly signal: AbortSignal;
  /** `transition/participant/callback/subject`: the same on every redelivery and retry of the step. */
  readonly idempotencyKey: string;
  readonly transitionId: string;
  /** Counted from 1; greater on redelivery and retry. */
  readonly attempt: number;
  /** Epoch of the journal's writer: a resource that compares it can refuse a process that was taken over. */
  readonly fencingToken: number;
  readonly log: Log;
  /** The same as `log`, under the name that the documentation of the contract uses. */
  readonly logger: Log;
  /** Only with Up of a durable participant that was known before this process: what was known. */
  readonly recovered: Recovered | undefined;
  /** Reports how far a long callback has come, from 0 to 1, with a word for people. Shown in status; never waited for. */
  readonly progress: (fraction: number, text?: string) => void;
}

/**
 * The callbacks of a participant, all optional, synchronous or not. One is called only after the one before has
 * answered, except where `concurrency` allows more. A throw asserts that nothing of the step is in effect now; who cannot
 * say throws `InDoubtError`. Source: the contract's 13 callbacks; `volumeChanged` and `volumeGroupChanged` are further ones.
 */
export type ParticipantCallbacks = {
  readonly [Name in CallbackName as CallbackMethod<Name>]?: (
    event: EventOf<Name>,
    context: StepContext,
  ) => void | PromiseLike<void>;
};

/** Asked before anything moves. An objection is a text, several texts, or a throw; nothing means consent. */
export type Validate = (
  next: ConfMap,
  previous: ConfMap | undefined,
  context: { readonly signal: AbortSignal; readonly log: Log },
) => Objection | PromiseLike<Objection>;
// biome-ignore lint/suspicious/noConfusingVoidType: a validate that returns nothing consents.
export type Objection = void | undefined | string | readonly string[] | readonly Problem[];

/** What the driver does when a step fails. */
export type FailurePolicy =
  /** Stop there; the transition is held until someone acts. The default. */
  | "hold"
  /** Plan back to the state after the last finished transition. */
  | "rollback"
  /** Try the step again under the same key, then fall back. */
  | RetryPolicy;

export interface RetryPolicy {
  /** Attempts after the first. */
  readonly retries: number;
  /** Milliseconds before the first retry; doubles each time, with jitter. Default 100. */
  readonly minTimeout?: number | undefined;
  /** Milliseconds between two attempts at most. Default 30,000. */
  readonly maxTimeout?: number | undefined;
  /** What follows when all attempts failed. Default `hold`. */
  readonly then?: "hold" | "rollback" | undefined;
}

/** One value for all callbacks, or one per method with `default` for the rest. */
export type PerCallback<Value> =
  | Value
  | ({ readonly [Method in CallbackMethod]?: Value } & { readonly default?: Value });

/** What a participant asks for when it registers. */
export interface ParticipantOptions {
  /** Names that must be registered before this one: it hears forward callbacks after them, reverse ones before them. */
  readonly after?: readonly string[] | undefined;
  /** What it did outlives the process (mounts, addresses): after a crash it goes on from where it was. Default false. */
  readonly durable?: boolean | undefined;
  /** How many steps of one callback may run at once. Default 1. */
  readonly concurrency?: PerCallback<number> | undefined;
  /** Milliseconds that an asynchronous callback may take. Default: the instance's, 60,000. */
  readonly deadline?: PerCallback<number> | undefined;
  /** What to do when a callback fails. Default: the instance's, `hold`. */
  readonly policy?: PerCallback<FailurePolicy> | undefined;
  /** Every outcome is durable before the next step is delivered, in place of batches. Default false. */
  readonly durableSteps?: boolean | undefined;
  /** Asked before anything moves; an objection refuses the change. */
  readonly validate?: Validate | undefined;
  /**
   * Schemas of the sections that it reads, by section name or by prefix with `*` (`Volume:*`): each matching section is
   * checked, as `{option: [values]}`, before anything moves.
   */
  readonly schemas?: Readonly<Record<string, z.ZodType>> | undefined;
}
