/**
 * Rig: an instance with strict participants, faults that strike where they are told to, and the checks that hold whatever
 * happens.
 *
 * Participants only keep their model and record; nothing is asserted inside of a callback, since an assertion there
 * would be one more failing callback. What is wrong is collected in `problems`.
 */

import type { ConfMap } from "../../src/conf/conf-map.ts";
import type { ParticipantCallbacks, ParticipantOptions, StepContext } from "../../src/effects/participant.ts";
import { createTransitions, type Transitions, type TransitionsOptions } from "../../src/effects/transitions.ts";
import { InDoubtError } from "../../src/error.ts";
import type { Journal } from "../../src/journal/journal.ts";
import { currentStates, type Ledger, lifecycleStateOf } from "../../src/journal/ledger.ts";
import { memoryJournal } from "../../src/journal/memory-journal.ts";
import { replayJournal, restore } from "../../src/journal/replay.ts";
import {
  CALLBACKS,
  type CallbackName,
  CONTRACT_CALLBACKS,
  type LifecycleEvent,
} from "../../src/plan/lifecycle-event.ts";
import { type ParticipantState, summaryOf, UNTOLD } from "../../src/plan/participant-state.ts";
import { type StrictParticipant, strictParticipant } from "../../src/testing/strict-participant.ts";
import type { TopologyLike } from "../../src/testing/topology-like.ts";
import { eventText } from "../../src/testing/trace.ts";
import { confOf } from "./conf-of.ts";
import { ledgerText } from "./ledger-text.ts";
import { partialDifference } from "./partial-standing.ts";
import { sectionOf, ToldOptions } from "./told-options.ts";

/**
 * What a fault does to a step: `throw` has no effect and says so; the others say that they do not know, and the step has
 * taken effect, or not.
 */
export type Fault = "throw" | "doubt-applied" | "doubt-not-applied";
export const FAULTS: readonly Fault[] = ["throw", "doubt-applied", "doubt-not-applied"];

export const NO_FAULTS: ReadonlyMap<number, Fault> = new Map();

/** A call of a callback. */
export interface Call {
  readonly participant: string;
  readonly event: LifecycleEvent;
  readonly key: string;
  readonly attempt: number;
  readonly fault: Fault | undefined;
  readonly confMap: ConfMap;
  /** It had been called before with this key. */
  readonly again: boolean;
}

export interface RigParticipant {
  readonly name: string;
  /** Default: the contract's 13. */
  readonly callbacks?: readonly CallbackName[] | undefined;
  readonly options?: ParticipantOptions | undefined;
  /** Answers later, so that steps overlap where the options allow it. */
  readonly asynchronous?: boolean | undefined;
}

/** One that implements everything, the two further callbacks included. */
export const HEARS_ALL: readonly CallbackName[] = Object.keys(CALLBACKS) as CallbackName[];

export interface RigOptions extends Pick<TransitionsOptions, "order" | "policy"> {
  readonly participants: readonly RigParticipant[];
  readonly journal?: Journal | undefined;
}

const TEARDOWN: Partial<Record<CallbackName, true>> = {
  VolumeToBeUnserved: true,
  UnserveVolume: true,
  VolumeDestroyed: true,
  VolumeGroupDestroyed: true,
};

export class Rig {
  readonly t: Transitions;
  readonly journal: Journal;
  readonly models: ReadonlyMap<string, StrictParticipant>;
  readonly problems: string[] = [];
  /** The calls since `arm`. */
  calls: Call[] = [];
  #faults: ReadonlyMap<number, Fault> = NO_FAULTS;
  /** By key, the step and its latest attempt. */
  readonly #steps = new Map<string, { readonly step: string; readonly attempt: number }>();
  readonly #committed = new Set<string>();
  /** Keys of steps that have had their effect, whether or not anybody knows. */
  readonly #applied = new Set<string>();
  /** By participant, how many of its complaints have been looked at. */
  readonly #heard = new Map<string, number>();
  /** Who lacks callbacks of the contract, and so cannot be strict about their order. */
  readonly #partial = new Map<string, readonly CallbackName[]>();
  /** Of those who hear of changes. */
  readonly #told = new Map<string, ToldOptions>();

  constructor(options: RigOptions) {
    this.journal = options.journal ?? memoryJournal({ retain: Number.POSITIVE_INFINITY });
    this.t = createTransitions({ order: options.order, policy: options.policy, journal: this.journal, streamId: "s" });
    const models = new Map<string, StrictParticipant>();
    for (const participant of options.participants) {
      const { name, callbacks = CONTRACT_CALLBACKS } = participant;
      const hears = callbacks.includes("VolumeGroupChanged");
      if (hears) this.#told.set(name, new ToldOptions());
      if (!CONTRACT_CALLBACKS.every((callback) => callbacks.includes(callback))) this.#partial.set(name, callbacks);
      models.set(name, strictParticipant({ whoAmI: "Peer0", hearsChanges: hears }));
      this.t.register(name, this.#callbacks(participant), participant.options);
    }
    this.models = models;
  }

  /** From now on, the calls with these numbers (counted from 0) go wrong. */
  arm(faults: ReadonlyMap<number, Fault>): void {
    this.calls = [];
    this.#faults = faults;
  }

  /** The calls that went wrong since `arm`. */
  get failures(): readonly Call[] {
    return this.calls.filter((call) => call.fault !== undefined);
  }

  /** An operator's word that a step took effect. */
  settleByHand(call: Call): void {
    this.#take(call);
  }

  get ledger(): Promise<Ledger> {
    return this.t.open();
  }

  /** Everybody is where the topology says (undefined: down), and nobody complained. */
  checkArrived(topology: TopologyLike | undefined, pardoned?: RegExp): void {
    for (const [name, model] of this.models) {
      const difference = this.#partial.has(name)
        ? partialDifference(model.standing, topology, this.#implementedBy(name))
        : model.endsAt(topology);
      if (difference !== undefined) this.problems.push(`${name}: ${difference}`);
    }
    for (const [name, told] of this.#told) {
      const outdated = topology === undefined ? [] : told.outdated(topology, confOf(topology));
      if (outdated.length > 0) this.problems.push(`${name} was not told of the options of ${outdated.join()}`);
    }
    this.checkComplaints(pardoned);
  }

  /** Complaints since the last look are problems, apart from those that a case has coming. */
  checkComplaints(pardoned?: RegExp): void {
    for (const [name, model] of this.models) {
      if (this.#partial.has(name)) continue;
      const { complaints } = model;
      for (const complaint of complaints.slice(this.#heard.get(name) ?? 0)) {
        if (pardoned?.test(complaint) !== true) this.problems.push(`${name}: ${complaint}`);
      }
      this.#heard.set(name, complaints.length);
    }
  }

  /**
   * A volume whose unserving was skipped stays announced, also past SignaledFinish; the model, which takes the end of a
   * transition for the end of its notices, is told so by hand.
   */
  async keepNotices(): Promise<void> {
    const states = currentStates(await this.ledger);
    for (const [name, model] of this.models) {
      const { noticed } = summaryOf(states.get(name) ?? UNTOLD);
      for (const volumeName of noticed) {
        const { served, noticed: announced } = model.standing;
        if (served.has(volumeName) && !announced.has(volumeName))
          model.apply({ type: "VolumeToBeUnserved", volumeName });
      }
    }
  }

  /**
   * What the ledger believes of everybody is what they were told, and the machine is where the ledger is. Of who was told
   * what it says nothing while an outcome is unknown.
   */
  async checkBelief(): Promise<void> {
    const ledger = await this.ledger;
    const state = lifecycleStateOf(ledger);
    if (this.t.status().state !== state)
      this.problems.push(`it is ${state}, but the machine is in ${this.t.status().state}`);
    if (ledger.inDoubt.length > 0) return;
    const states = currentStates(ledger);
    for (const [name, model] of this.models) {
      if (this.#partial.has(name)) continue;
      const believed = beliefText(states.get(name) ?? UNTOLD);
      const told = standingText(model);
      if (believed !== told) this.problems.push(`the ledger believes of ${name} ${believed}, but it was told ${told}`);
    }
  }

  /** The live ledger is the fold of the facts, read back through their text, and so is one that starts from a snapshot. */
  async checkFold(): Promise<void> {
    const ledger = await this.ledger;
    const live = ledgerText(ledger);
    let folded: Ledger | undefined;
    for await (const replayed of replayJournal(this.journal)) folded = replayed.ledger;
    if (folded !== undefined && ledgerText(folded) !== live)
      this.problems.push(`the live ledger is not the fold of the facts:\n${difference(live, ledgerText(folded))}`);
    const { ledger: restored } = await restore(this.journal);
    if (ledgerText(restored) !== live)
      this.problems.push(
        `the live ledger is not what a start would restore:\n${difference(live, ledgerText(restored))}`,
      );
    // What the live ledger takes for recorded is not recorded again.
    for (const hash of ledger.confs)
      if (!restored.confs.has(hash)) this.problems.push(`a start would not find the conf ${hash}`);
  }

  #callbacks(participant: RigParticipant): ParticipantCallbacks {
    const { name, asynchronous = false } = participant;
    const callbacks: Record<string, (event: LifecycleEvent, context: StepContext) => void | Promise<void>> = {};
    for (const callback of participant.callbacks ?? CONTRACT_CALLBACKS) {
      callbacks[CALLBACKS[callback].method] = (event, context) => {
        const settle = this.#begin(name, event, context);
        if (!asynchronous) return settle();
        return Promise.resolve().then(settle);
      };
    }
    return callbacks;
  }

  /** Takes a call in; gives what to do when its answer is due. */
  #begin(participant: string, event: LifecycleEvent, context: StepContext): () => void {
    const fault = this.#faults.get(this.calls.length);
    const { idempotencyKey: key, attempt } = context;
    const { confMap } = context;
    const call: Call = { participant, event, key, attempt, fault, confMap, again: this.#steps.has(key) };
    this.calls.push(call);
    this.#checkKey(call);
    this.#checkContext(call, context);
    return () => {
      if (fault === "throw") throw new Error(`fault in ${eventText(event)} of ${participant}`);
      if (fault !== "doubt-not-applied") this.#take(call);
      if (fault !== undefined) throw new InDoubtError(`fault in ${eventText(event)} of ${participant}`);
      this.#committed.add(call.key);
    };
  }

  #take({ participant, event, key, confMap }: Call): void {
    // Delivered again with an effect that it has had already: whoever takes the key seriously ignores it.
    if (this.#applied.has(key)) return;
    this.#applied.add(key);
    this.#model(participant).deliver(event, key);
    const idle = this.#told.get(participant)?.take(event, confMap);
    if (idle !== undefined) this.problems.push(`${participant}: ${idle}`);
  }

  #implementedBy(name: string): readonly CallbackName[] {
    return this.#partial.get(name) ?? CONTRACT_CALLBACKS;
  }

  /** A key is one step: the same event for the same participant, tried again only while it has not succeeded. */
  #checkKey(call: Call): void {
    const { key, attempt } = call;
    const step = `${call.participant} ${JSON.stringify(call.event)}`;
    const known = this.#steps.get(key);
    this.#steps.set(key, { step, attempt });
    if (known === undefined) {
      if (attempt !== 1) this.problems.push(`the first attempt at ${key} is numbered ${attempt}`);
      return;
    }
    if (known.step !== step) this.problems.push(`one key for two steps: ${known.step} and ${step} are both ${key}`);
    if (this.#committed.has(key)) this.problems.push(`a step that had succeeded came again: ${key}`);
    if (attempt <= known.attempt) this.problems.push(`attempt ${attempt} at ${key} follows attempt ${known.attempt}`);
  }

  /** Who lets go of something is shown the conf that it had been set up with. */
  #checkContext({ event, participant }: Call, context: StepContext): void {
    const section = sectionOf(event);
    if (TEARDOWN[event.type] && context.previousConfMap?.has(section) !== true) {
      this.problems.push(`${participant}: ${eventText(event)} came without the conf that has [${section}]`);
    }
  }

  #model(name: string): StrictParticipant {
    const model = this.models.get(name);
    if (model === undefined) throw new Error(`no participant ${name}`);
    return model;
  }
}

function beliefText(state: ParticipantState): string {
  const { up, quiesced, groups, volumes, served, noticed } = summaryOf(state);
  return JSON.stringify({ up, quiesced, groups: { ...groups }, volumes: { ...volumes }, served, noticed });
}

function standingText({ standing }: StrictParticipant): string {
  const { up, quiesced, groups, volumes, served, noticed } = standing;
  return JSON.stringify({
    up,
    quiesced,
    groups: Object.fromEntries([...groups].sort(byName).map(([name, { activePeer }]) => [name, activePeer])),
    volumes: Object.fromEntries([...volumes].sort(byName)),
    served: [...served].sort(),
    noticed: [...noticed].sort(),
  });
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

/** The lines in which two texts differ. */
function difference(live: string, folded: string): string {
  const left = live.split("\n");
  const right = folded.split("\n");
  const lines: string[] = [];
  for (let i = 0; i < Math.max(left.length, right.length) && lines.length < 20; i++) {
    if (left[i] !== right[i]) lines.push(`  live ${left[i] ?? ""}\n  fold ${right[i] ?? ""}`);
  }
  return lines.join("\n");
}
