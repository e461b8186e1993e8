/**
 * Faults: participants that throw, hang, answer late, cannot say or crash, at a chosen step.
 *
 * They wrap a user's own callbacks, so that what is tested is the user's participant: whether it is whole again after the
 * redelivery, the rollback or the new process that follows. A fault is plain data, so that fast-check can draw and shrink it.
 */
import type { Clock } from "../effects/clock.ts";
import type { ParticipantCallbacks, StepContext } from "../effects/participant.ts";
import { InDoubtError } from "../error.ts";
import { CALLBACKS, type CallbackName, type LifecycleEvent, subjectOf } from "../plan/lifecycle-event.ts";
import { mapCallbacks } from "./trace.ts";

/** What goes wrong, and when. */
export interface Fault extends StepMatch {
  /**
   * `throws`: nothing of the step takes effect, and it says so; where an earlier attempt did, it says that it is in doubt, since
   * a throw there would be a lie. `in doubt`: it throws `InDoubtError`. `hangs`: it answers only when it is aborted, and then
   * that it is in doubt. `lies`: the step takes effect and it throws all the same, which no participant may do: to see what
   * that leads to.
   */
  readonly how: "throws" | "in doubt" | "hangs" | "lies";
  /** With `in doubt` and `hangs`: whether the step took effect. Default false. */
  readonly applied?: boolean | undefined;
  /** Text of the error. */
  readonly message?: string | undefined;
}

/** Which step is meant. What is left out matches all. */
export interface StepMatch {
  readonly callback?: CallbackName | undefined;
  /** Name of a volume or volume group. */
  readonly subject?: string | undefined;
  /** The matching call that is meant, counted from 1, or every one. Redeliveries and retries count. Default 1. */
  readonly call?: number | "every" | undefined;
}

/** The callbacks, which fail at the places named. A callback that is named and not implemented is added, to fail there. */
export function failing(
  own: ParticipantCallbacks,
  { at }: { readonly at: Fault | readonly Fault[] },
): ParticipantCallbacks {
  const all = Array.isArray(at) ? (at as readonly Fault[]) : [at as Fault];
  const faults = all.map((fault) => ({ fault, isMeant: counter(fault) }));
  const inEffect = new Set<string>();
  const able = withCallbacks(
    own,
    all.map(({ callback }) => callback),
  );
  return mapCallbacks(noting(able, inEffect), (callback) => (event, context) => {
    // Every fault counts this call, also when another one strikes.
    const struck = faults.filter(({ isMeant }) => isMeant(event));
    const fault = struck[0]?.fault;
    const apply = (): void | PromiseLike<void> => callback(event, context);
    return fault === undefined ? apply() : striking(fault, inEffect)(apply, event, context);
  });
}

/** The callbacks, of which each step that takes effect is noted by its key. */
export function noting(own: ParticipantCallbacks, inEffect: Set<string>): ParticipantCallbacks {
  return mapCallbacks(own, (callback) => (event, context) => {
    // A callback that is called by hand may have no key.
    const key: string | undefined = context?.idempotencyKey;
    const note = (): void => void (key !== undefined && inEffect.add(key));
    const answer = callback(event, context);
    return answer === undefined ? note() : answer.then(note);
  });
}

/** What happens in place of a call. `apply` is the call itself. */
export type Interception = (
  apply: () => void | PromiseLike<void>,
  event: LifecycleEvent,
  context: StepContext,
) => void | PromiseLike<void>;

/** The callbacks, with something else in the place of the call that is meant. The general form of the others. */
export function intercepting(own: ParticipantCallbacks, step: StepMatch, instead: Interception): ParticipantCallbacks {
  const isMeant = counter(step);
  return mapCallbacks(withCallbacks(own, [step.callback]), (callback) => (event, context) => {
    const apply = (): void | PromiseLike<void> => callback(event, context);
    return isMeant(event) ? instead(apply, event, context) : apply();
  });
}

export interface DelayOptions extends StepMatch {
  /** How long each call waits before it does anything; the default of `call` here is `every`. */
  readonly milliseconds: number | ((event: LifecycleEvent) => number);
  /** Default: the system's timers. */
  readonly clock?: Pick<Clock, "setTimeout" | "clearTimeout"> | undefined;
}

/** The callbacks, which take their time. One that is aborted while it waits throws, and has done nothing. */
export function delayed(own: ParticipantCallbacks, options: DelayOptions): ParticipantCallbacks {
  return intercepting(own, { ...options, call: options.call ?? "every" }, (apply, event, context) => {
    const { milliseconds } = options;
    const delay = typeof milliseconds === "number" ? milliseconds : milliseconds(event);
    return waited(delay, options.clock ?? SYSTEM, context?.signal).then(apply);
  });
}

export interface CrashOptions extends StepMatch {
  /** Whether the step takes effect before the process is gone. */
  readonly when: "before" | "after";
  /** What crashing is: `process.exit`, or the test's own idea of leaving the instance alone. Called once. */
  readonly crash: (event: LifecycleEvent) => void;
}

/** The callbacks, which crash at the place named: nobody hears an answer from then on. */
export function crashing(own: ParticipantCallbacks, options: CrashOptions): ParticipantCallbacks {
  let crashed = false;
  const crash = (event: LifecycleEvent): Promise<never> => {
    crashed = true;
    options.crash(event);
    return NEVER;
  };
  const leaving = intercepting(own, options, (apply, event) => {
    const answer = options.when === "before" ? undefined : apply();
    return answer === undefined ? crash(event) : answer.then(() => crash(event));
  });
  return mapCallbacks(leaving, (callback) => (event, context) => (crashed ? NEVER : callback(event, context)));
}

/** What `fc.scheduler()` is, as far as it is needed here. */
export interface Scheduler {
  schedule<T>(task: Promise<T>, label?: string): Promise<T>;
}

/** The callbacks, whose answers come in the order that a scheduler chooses: `fc.scheduler()` tries many. */
export function scheduled(own: ParticipantCallbacks, scheduler: Scheduler, name = ""): ParticipantCallbacks {
  return mapCallbacks(own, (callback) => (event, context) => {
    const label = `${name} ${event.type} ${subjectOf(event)}`.trim();
    return scheduler.schedule(Promise.resolve(), label).then(() => callback(event, context));
  });
}

const NEVER = new Promise<never>(() => {});
const SYSTEM: Pick<Clock, "setTimeout" | "clearTimeout"> = {
  setTimeout: (run, milliseconds) => setTimeout(run, milliseconds),
  clearTimeout: (handle) => clearTimeout(handle as ReturnType<typeof setTimeout>),
};

/** Whether the event is one that is meant, whichever call of it. */
export function isOf({ callback, subject }: StepMatch, event: LifecycleEvent): boolean {
  return (callback === undefined || event.type === callback) && (subject === undefined || subjectOf(event) === subject);
}

/** Whether this is the call that is meant; to be asked once for each call. */
function counter(step: StepMatch): (event: LifecycleEvent) => boolean {
  const { call = 1 } = step;
  let calls = 0;
  return (event) => {
    if (!isOf(step, event)) return false;
    calls++;
    return call === "every" || calls === call;
  };
}

function withCallbacks(own: ParticipantCallbacks, names: readonly (CallbackName | undefined)[]): ParticipantCallbacks {
  const missing = names.flatMap((name) => (name === undefined ? [] : [CALLBACKS[name].method]));
  const added = missing.filter((method) => own[method] === undefined).map((method) => [method, () => {}] as const);
  return added.length === 0 ? own : { ...mapCallbacks(own, (callback) => callback), ...Object.fromEntries(added) };
}

/** The fault itself, in place of one call. `inEffect` holds the keys of steps that took effect already. */
export function striking(fault: Fault, inEffect: ReadonlySet<string>): Interception {
  return (apply, event, context) => {
    const message = fault.message ?? `${event.type} ${subjectOf(event)}`.trimEnd();
    switch (fault.how) {
      case "throws":
        throw inEffect.has(context?.idempotencyKey) ? new InDoubtError(message) : new Error(message);
      case "lies":
        return after(apply, () => rejected(new Error(message)));
      case "in doubt":
        if (fault.applied !== true) throw new InDoubtError(message);
        return after(apply, () => rejected(new InDoubtError(message)));
      case "hangs":
        return after(fault.applied === true ? apply : () => {}, () => untilAborted(context?.signal));
    }
  };
}

async function after(apply: () => void | PromiseLike<void>, then: () => Promise<never>): Promise<never> {
  await apply();
  return then();
}

function rejected(error: Error): Promise<never> {
  return Promise.reject(error);
}

/** What was aborted may have taken effect, so its late answer settles nothing. */
function untilAborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    const stop = (): void => reject(new InDoubtError("aborted while it hung"));
    if (signal?.aborted === true) stop();
    else signal?.addEventListener("abort", stop, { once: true });
  });
}

function waited(
  milliseconds: number,
  clock: Pick<Clock, "setTimeout" | "clearTimeout">,
  signal: AbortSignal | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clock.clearTimeout(timer);
      reject(new Error("aborted before it did anything", { cause: signal?.reason }));
    };
    const timer = clock.setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    if (signal?.aborted === true) stop();
    else signal?.addEventListener("abort", stop, { once: true });
  });
}
