/**
 * ScriptedParticipant: a participant that is told, while it runs, what goes wrong next.
 *
 * A transcript says `fail fs ServeVolume A` when the participant is registered long since. So what goes wrong is a list that
 * each call looks through, and what stands first there happens first.
 */
import type { ParticipantCallbacks, ParticipantOptions } from "../effects/participant.ts";
import { CALLBACKS, type CallbackName } from "../plan/lifecycle-event.ts";
import { type Fault, type Interception, isOf, noting, type StepMatch, striking } from "./faults.ts";
import { mapCallbacks } from "./trace.ts";

export interface ScriptedParticipant {
  readonly callbacks: ParticipantCallbacks;
  /** For `register`: it objects to a conf when it was told to. */
  readonly options: ParticipantOptions;
  /** Calls that will not answer before `release`. */
  readonly waiting: number;
  implements(callback: CallbackName): boolean;
  /** The matching call that is meant, counted from now, fails, once; by default the next that nothing else is said of. */
  fail(fault: OneTimeFault): void;
  /** The next such call does nothing before `release`, and takes no notice of being aborted. */
  stall(step: Omit<StepMatch, "call">): void;
  /** Calls that stalled go on. */
  release(): void;
  /** What it says to the next confs: an objection, or nothing. */
  object(objection: string | undefined): void;
}

/** A fault at one call. */
export interface OneTimeFault extends Omit<Fault, "call"> {
  /** Counted from 1, from when it is said. Default 1. */
  readonly call?: number | undefined;
}

/**
 * A participant that does what `own` does, until it is told otherwise.
 * @param inEffect keys of steps that took effect; given where they outlive the participant
 */
export function scriptedParticipant(
  own: ParticipantCallbacks,
  options: ParticipantOptions = {},
  inEffect: Set<string> = new Set(),
): ScriptedParticipant {
  /** `calls` is how many matching calls it takes until the line is due. */
  const script: { readonly step: StepMatch; calls: number; readonly instead: Interception }[] = [];
  const stalled: (() => void)[] = [];
  let objection: string | undefined;

  return {
    callbacks: mapCallbacks(noting(own, inEffect), (callback) => (event, context) => {
      const apply = (): void | PromiseLike<void> => callback(event, context);
      const at = script.findIndex((line) => isOf(line.step, event) && --line.calls <= 0);
      const [next] = at < 0 ? [] : script.splice(at, 1);
      return next === undefined ? apply() : next.instead(apply, event, context);
    }),
    options: {
      ...options,
      validate: (next, previous, context) => objection ?? options.validate?.(next, previous, context),
    },
    get waiting() {
      return stalled.length;
    },
    implements: (callback) => own[CALLBACKS[callback].method] !== undefined,
    fail: (fault) => {
      const calls = fault.call ?? 1;
      script.push({ step: fault, calls, instead: striking(fault as Fault, inEffect) });
    },
    stall: (step) => {
      script.push({ step, calls: 1, instead: hold });
    },
    release: () => {
      for (const open of stalled.splice(0)) open();
    },
    object: (text) => {
      objection = text;
    },
  };

  async function hold(apply: () => void | PromiseLike<void>): Promise<void> {
    await new Promise<void>((resolve) => stalled.push(resolve));
    await apply();
  }
}
