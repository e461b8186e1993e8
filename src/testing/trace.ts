/**
 * Trace: what was delivered to whom, in order.
 *
 * An assertion inside a participant would be a failure to the dispatcher, which then does something else than what was to
 * be tested. So participants only record, into one list that they share (the order between participants is half of the
 * contract), and the laws look at the list afterwards.
 */
import type { ParticipantCallbacks, StepContext } from "../effects/participant.ts";
import {
  CALLBACK_NAMES,
  CALLBACKS,
  type CallbackName,
  CONTRACT_CALLBACKS,
  type LifecycleEvent,
} from "../plan/lifecycle-event.ts";
import type { Command } from "../plan/order.ts";

/** One event that one participant was given. */
export interface Delivery {
  readonly participant: string;
  readonly event: LifecycleEvent;
  /** Of the step: the same on redelivery and retry. Absent where the trace comes from elsewhere. */
  readonly idempotencyKey?: string | undefined;
  /** Of the transition that ran. A redelivered step keeps its old key, so its key begins with another id. */
  readonly transitionId?: string | undefined;
  /** Counted from 1. */
  readonly attempt?: number | undefined;
  /** `pending` until the callback has answered; absent where the trace comes from elsewhere. */
  readonly outcome?: DeliveryOutcome | undefined;
}

export type DeliveryOutcome = "pending" | "applied" | "threw";

/** Deliveries in the order in which the callbacks were called. */
export type Trace = readonly Delivery[];

/** An event with its subject, as it is named in sentences. */
export function eventText(event: LifecycleEvent): string {
  if ("volumeName" in event) return `${event.type} ${event.volumeName}`;
  return "volumeGroupName" in event ? `${event.type} ${event.volumeGroupName}` : event.type;
}

/** A part of a trace: what was delivered since one mark and before the next. */
export interface TracePart<Info = unknown> {
  /** What was said at the mark. */
  readonly info: Info;
  readonly deliveries: Trace;
}

/** Callbacks with the name to register them under. */
export interface NamedCallbacks {
  readonly name: string;
  readonly callbacks: ParticipantCallbacks;
}

/** Records what participants are given into one trace. */
export interface TraceRecorder<Info = { readonly command: Command }> {
  /** Everything recorded so far. The same array all the time. */
  readonly trace: Trace;
  /**
   * Callbacks that record under this name. With callbacks of your own, exactly those are recorded and then called, and
   * their answer is the outcome; without, all 13 are there and do nothing.
   */
  participant(name: string, own?: ParticipantCallbacks): ParticipantCallbacks;
  /** Begins a part: call it before each transition. */
  mark(info: Info): void;
  /** The parts since the first mark, one per mark, empty ones included. */
  parts(): readonly TracePart<Info>[];
  /** Forgets deliveries and marks. */
  clear(): void;
}

/** A recorder with nothing in it. */
export function traceRecorder<Info = { readonly command: Command }>(): TraceRecorder<Info> {
  const trace: Delivery[] = [];
  const marks: { readonly at: number; readonly info: Info }[] = [];
  return {
    trace,
    participant: (name, own = SILENT) => recordingCallbacks(name, own, trace),
    mark: (info) => void marks.push({ at: trace.length, info }),
    parts: () => marks.map(({ at, info }, i) => ({ info, deliveries: trace.slice(at, marks[i + 1]?.at) })),
    clear: () => {
      trace.length = 0;
      marks.length = 0;
    },
  };
}

/** Participants of these names that record all 13 callbacks (or the ones named) into one list, and do nothing else. */
export function recordingParticipants(
  names: readonly string[],
  log: Delivery[],
  callbacks: readonly CallbackName[] = CONTRACT_CALLBACKS,
): readonly NamedCallbacks[] {
  const silent = silentCallbacks(callbacks);
  return names.map((name) => ({ name, callbacks: recordingCallbacks(name, silent, log) }));
}

/** Callbacks that do nothing, for those named. */
export function silentCallbacks(callbacks: readonly CallbackName[]): ParticipantCallbacks {
  return Object.fromEntries(callbacks.map((name) => [CALLBACKS[name].method, () => {}]));
}

const SILENT = silentCallbacks(CONTRACT_CALLBACKS);

/** One callback, whatever its event: what all 15 have in common. */
type AnyCallback = (event: LifecycleEvent, context: StepContext) => void | PromiseLike<void>;

function recordingCallbacks(participant: string, own: ParticipantCallbacks, log: Delivery[]): ParticipantCallbacks {
  // `this` stays the participant's own object, which may be an instance of a class with its callbacks on the prototype.
  return mapCallbacks(own, (callback) => (event, context) => {
    const delivery: { -readonly [Key in keyof Delivery]: Delivery[Key] } = { participant, event, outcome: "pending" };
    // A context is optional so that callbacks can be called by hand.
    if (context !== undefined) {
      delivery.idempotencyKey = context.idempotencyKey;
      delivery.transitionId = context.transitionId;
      delivery.attempt = context.attempt;
    }
    log.push(delivery);
    return settling(
      () => callback(event, context),
      (outcome) => {
        delivery.outcome = outcome;
      },
    );
  });
}

/**
 * The same callbacks, each seen through `wrap`; `callback` is bound to the object that it came from. What else an object
 * literal has is kept, so that a misspelt callback is refused when it is registered, wrapped or not.
 */
export function mapCallbacks(
  own: ParticipantCallbacks,
  wrap: (callback: AnyCallback, name: CallbackName) => AnyCallback,
): ParticipantCallbacks {
  const isLiteral = Object.getPrototypeOf(own) === Object.prototype;
  const wrapped: Record<string, unknown> = isLiteral ? { ...own } : {};
  for (const name of CALLBACK_NAMES) {
    const { method } = CALLBACKS[name];
    const callback = own[method] as AnyCallback | undefined;
    if (typeof callback === "function") wrapped[method] = wrap(callback.bind(own), name);
    else if (callback !== undefined) wrapped[method] = callback;
  }
  return wrapped;
}

/** Runs the callback and tells how it ended, then or later; the answer itself is passed on untouched. */
function settling(
  run: () => void | PromiseLike<void>,
  tell: (outcome: DeliveryOutcome) => void,
): void | PromiseLike<void> {
  try {
    const answer = run();
    if (answer === undefined || typeof answer?.then !== "function") {
      tell("applied");
      return answer;
    }
    return answer.then(
      () => tell("applied"),
      (error: unknown) => {
        tell("threw");
        throw error;
      },
    );
  } catch (error) {
    tell("threw");
    throw error;
  }
}
