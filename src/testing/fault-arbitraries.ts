/**
 * Random faults and delays of participants, for fast-check.
 *
 * They are drawn as data and put around callbacks with `failing` and `delayed`, so a failing case prints what went wrong where.
 */
import fc from "fast-check";
import type { ParticipantCallbacks } from "../effects/participant.ts";
import { CALLBACK_NAMES, type CallbackName, CONTRACT_CALLBACKS } from "../plan/lifecycle-event.ts";
import { type DelayOptions, delayed, type Fault, failing } from "./faults.ts";
import type { OneTimeFault } from "./scripted-participant.ts";

/** How one participant behaves. */
export interface Behaviour {
  readonly faults: readonly Fault[];
  /** Milliseconds that its callbacks take, by callback; those that are not here take none and are synchronous. */
  readonly delays: readonly { readonly callback: CallbackName; readonly milliseconds: number }[];
}

export interface BehaviourOptions {
  /** Ways of failing that may come. Default: `throws`, `in doubt` and `hangs`. */
  readonly how?: readonly Fault["how"][] | undefined;
  /** Default 2. */
  readonly faults?: number | undefined;
  /** Default 2. */
  readonly delays?: number | undefined;
  /** Default 1,000. */
  readonly milliseconds?: number | undefined;
  /** Also of the two further callbacks. Default false. */
  readonly hearsChanges?: boolean | undefined;
}

/** Single faults: at one of the first calls of any callback, or of one that is named. Shrinks to a throw at the first call. */
export function faults(options: BehaviourOptions = {}): fc.Arbitrary<OneTimeFault> {
  return fc.record(
    {
      // Not named more often than not: a named one may never be called, one that is counted off always strikes.
      callback: fc.option(callbackNames(options), { nil: undefined, freq: 2 }),
      call: fc.integer({ min: 1, max: 6 }),
      how: fc.constantFrom(...(options.how ?? (["throws", "in doubt", "hangs"] as const))),
      applied: fc.boolean(),
    },
    { noNullPrototype: true },
  );
}

/** Behaviours: most participants are well, some fail, some are slow. */
export function behaviours(options: BehaviourOptions = {}): fc.Arbitrary<Behaviour> {
  const delay = fc.record(
    { callback: callbackNames(options), milliseconds: fc.nat({ max: options.milliseconds ?? 1000 }) },
    { noNullPrototype: true },
  );
  return fc.record(
    {
      faults: fc.array(faults(options), { maxLength: options.faults ?? 2 }),
      delays: fc.uniqueArray(delay, { selector: ({ callback }) => callback, maxLength: options.delays ?? 2 }),
    },
    { noNullPrototype: true },
  );
}

/** The callbacks, behaving so. */
export function behaving(
  own: ParticipantCallbacks,
  { faults: at, delays }: Behaviour,
  clock?: DelayOptions["clock"],
): ParticipantCallbacks {
  const slow = delays.reduce(
    (callbacks, { callback, milliseconds }) => delayed(callbacks, { callback, milliseconds, clock }),
    own,
  );
  return failing(slow, { at });
}

/** ServeVolume and UnserveVolume more often than the rest: that is where participants do their work. */
function callbackNames({ hearsChanges }: BehaviourOptions): fc.Arbitrary<CallbackName> {
  const names = hearsChanges === true ? CALLBACK_NAMES : CONTRACT_CALLBACKS;
  return fc.oneof(
    { weight: 1, arbitrary: fc.constantFrom(...names) },
    { weight: 1, arbitrary: fc.constantFrom<CallbackName[]>("ServeVolume", "UnserveVolume") },
  );
}
