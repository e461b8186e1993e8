/**
 * ScheduleWorld: a lifecycle in which a scheduler decides what answers next, and the checks that hold at every moment.
 *
 * A callback's answer, and the moment at which a command is given, are tasks of fast-check's scheduler; time passes only
 * when a command says so. Everything that is wrong is collected, since a throw inside of a callback would be one more
 * failing callback.
 */
import type fc from "fast-check";
import type { Clock } from "../../src/effects/clock.ts";
import type { ParticipantCallbacks, StepContext } from "../../src/effects/participant.ts";
import { createTransitions, type Transitions, type TransitionsOptions } from "../../src/effects/transitions.ts";
import { InDoubtError } from "../../src/error.ts";
import type { Fact } from "../../src/journal/fact.ts";
import { currentStates, EMPTY_LEDGER, type Ledger, lifecycleStateOf } from "../../src/journal/ledger.ts";
import { memoryJournal } from "../../src/journal/memory-journal.ts";
import { replayJournal } from "../../src/journal/replay.ts";
import { CALLBACKS, CONTRACT_CALLBACKS, type LifecycleEvent } from "../../src/plan/lifecycle-event.ts";
import { summaryOf, UNTOLD } from "../../src/plan/participant-state.ts";
import { type StrictParticipant, strictParticipant } from "../../src/testing/strict-participant.ts";
import type { TopologyLike } from "../../src/testing/topology-like.ts";
import { eventText } from "../../src/testing/trace.ts";
import { ledgerText } from "./ledger-text.ts";

/**
 * How a call goes: at once or when the scheduler says so; well, with a throw, or in doubt (with the effect, or without). One
 * that hangs answers its abort signal, well or in doubt, or never.
 */
export const BEHAVIOURS = [
  "at once",
  "later",
  "throws",
  "throws later",
  "in doubt, applied",
  "in doubt later, applied",
  "in doubt, not applied",
  "hangs, applied",
  "hangs, not applied",
  "late, applied",
  "late, not applied",
] as const;
export type Behaviour = (typeof BEHAVIOURS)[number];

export interface WorldOptions extends Pick<TransitionsOptions, "order" | "policy"> {
  readonly scheduler: fc.Scheduler;
  /** Of single calls, by their number; the others go well. */
  readonly behaviours: ReadonlyMap<number, Behaviour>;
  readonly concurrency: number;
}

/** A call that has not answered. */
interface OpenCall {
  readonly participant: string;
  readonly event: LifecycleEvent;
  readonly context: StepContext;
}

const DEADLINE = 100;

export class ScheduleWorld {
  readonly t: Transitions;
  readonly clock = new SteppedClock();
  readonly problems: string[] = [];
  readonly facts: Fact[] = [];
  /** As of the last fact: also when the instance has been closed. */
  ledger: Ledger = EMPTY_LEDGER;
  readonly #journal = memoryJournal({ retain: Number.POSITIVE_INFINITY });
  readonly #models = new Map<string, StrictParticipant>();
  readonly #options: WorldOptions;
  readonly #open = new Set<OpenCall>();
  /** Keys of steps that took effect; of those whose success was answered in time. */
  readonly #applied = new Set<string>();
  readonly #committed = new Set<string>();
  readonly #steps = new Map<string, string>();
  readonly #heard = new Map<string, number>();
  #calls = 0;
  #closing = false;
  /** Complaints that an operator's skip or a forced down has coming. */
  #pardoned: RegExp | undefined;
  /** Who had not done what a forced down took for done: if it could not be taken down either, it is not where it is believed. */
  readonly #mistaken = new Set<string>();
  /** From now on every call goes well, at once. */
  calm = false;

  constructor(options: WorldOptions) {
    this.#options = options;
    const { order, policy, concurrency } = options;
    this.t = createTransitions({
      order,
      policy,
      journal: this.#journal,
      clock: this.clock,
      deadline: DEADLINE,
      streamId: "s",
    });
    this.t.subscribe((fact, ledger) => {
      this.facts.push(fact);
      this.ledger = ledger;
      if (fact.type === "DoubtSettled" && fact.by === "forced-down") this.#noteMistake(fact);
      if (fact.type === "TransitionFinished") this.#beginAnew();
    });
    for (const name of ["a", "b"]) {
      this.#models.set(name, strictParticipant({ whoAmI: "Peer0" }));
      this.t.register(name, this.#callbacks(name), { concurrency });
    }
  }

  /** From here on no participant may be called. */
  closing(): void {
    this.#closing = true;
  }

  /** From here on these complaints have been asked for. */
  pardon(complaints: RegExp): void {
    const { source } = this.#pardoned ?? /(?!)/;
    this.#pardoned = new RegExp(`${source}|${complaints.source}`);
  }

  /**
   * With Down everybody has forgotten everything: nothing is pardoned any more. Unless a Down has failed: then its participant
   * goes on from where a forced down took it to be.
   */
  #beginAnew(): void {
    const { current, inDoubt } = this.ledger;
    if (current !== undefined || inDoubt.length > 0) return;
    if ([...currentStates(this.ledger).values()].some(({ up }) => up)) return;
    if ([...this.#models.values()].some(({ standing }) => standing.up)) return;
    this.checkComplaints();
    this.#pardoned = undefined;
    this.#mistaken.clear();
  }

  #noteMistake({ idempotencyKey, outcome }: Fact & { type: "DoubtSettled" }): void {
    if (this.#applied.has(idempotencyKey) === (outcome === "applied")) return;
    const participant = this.#steps.get(idempotencyKey)?.split(" ")[0];
    if (participant !== undefined) this.#mistaken.add(participant);
  }

  /** Whether a step took effect, as only the world knows; undefined while it is under way. */
  tookEffect(key: string): boolean | undefined {
    for (const { context } of this.#open) if (context.idempotencyKey === key) return undefined;
    return this.#applied.has(key);
  }

  /** An operator's word that a step took effect. */
  settleByHand(participant: string, event: LifecycleEvent, key: string): void {
    this.#applied.add(key);
    this.#models.get(participant)?.deliver(event, key);
  }

  checkComplaints(): void {
    for (const [name, { complaints }] of this.#models) {
      for (const complaint of complaints.slice(this.#heard.get(name) ?? 0)) {
        if (this.#pardoned?.test(complaint) !== true) this.problems.push(`${name}: ${complaint}`);
      }
      this.#heard.set(name, complaints.length);
    }
  }

  checkArrived(topology: TopologyLike | undefined): void {
    for (const [name, model] of this.#models) {
      const difference = this.#mistaken.has(name) ? undefined : model.endsAt(topology);
      if (difference !== undefined) this.problems.push(`${name}: ${difference}`);
    }
    this.checkComplaints();
  }

  /** The live ledger is the fold of the facts, the machine is where it is, and nobody is elsewhere than it believes. */
  async checkLedger(): Promise<void> {
    const { ledger } = this;
    let folded: Ledger | undefined;
    for await (const replayed of replayJournal(this.#journal)) folded = replayed.ledger;
    if (folded !== undefined && ledgerText(folded) !== ledgerText(ledger))
      this.problems.push("the live ledger is not the fold of the facts");
    const state = lifecycleStateOf(ledger);
    if (state !== "signaling" && this.t.status().state !== state)
      this.problems.push(`it is ${state}, but the machine is in ${this.t.status().state}`);
    if (ledger.inDoubt.length > 0 || this.#open.size > 0 || this.#pardoned !== undefined) return;
    for (const [name, { standing }] of this.#models) {
      const { up, served, noticed } = summaryOf(currentStates(ledger).get(name) ?? UNTOLD);
      const believed = JSON.stringify([up, served, noticed]);
      const told = JSON.stringify([standing.up, [...standing.served].sort(), [...standing.noticed].sort()]);
      if (believed !== told) this.problems.push(`the ledger believes of ${name} ${believed}, but it was told ${told}`);
    }
  }

  #callbacks(name: string): ParticipantCallbacks {
    const callbacks: Record<string, unknown> = {};
    for (const callback of CONTRACT_CALLBACKS) {
      callbacks[CALLBACKS[callback].method] = (event: LifecycleEvent, context: StepContext) =>
        this.#hear({ participant: name, event, context });
    }
    return callbacks as ParticipantCallbacks;
  }

  #hear(call: OpenCall): void | Promise<void> {
    this.#checkCall(call);
    const key = call.context.idempotencyKey;
    const number = this.#calls++;
    const usual = number % 3 === 0 ? "at once" : "later";
    const meant = this.calm ? "at once" : (this.#options.behaviours.get(number) ?? usual);
    // What is in effect cannot be denied.
    const behaviour = meant.startsWith("throws") && this.#applied.has(key) ? "in doubt, applied" : meant;
    if (!behaviour.includes("not applied") && !behaviour.startsWith("throws")) this.#apply(call);
    switch (behaviour) {
      case "at once":
        this.#committed.add(key);
        return undefined;
      case "throws":
        throw new Error("fault");
      case "in doubt, applied":
      case "in doubt, not applied":
        throw new InDoubtError("fault");
      default:
        this.#open.add(call);
        return this.#answer(call, behaviour).finally(() => this.#open.delete(call));
    }
  }

  async #answer(call: OpenCall, behaviour: Behaviour): Promise<void> {
    const { context } = call;
    switch (behaviour) {
      case "hangs, applied":
      case "hangs, not applied":
        return new Promise(() => {});
      case "late, applied":
      case "late, not applied":
        await new Promise((resolve) => context.signal.addEventListener("abort", resolve));
        await this.#turn(call, behaviour);
        if (behaviour === "late, not applied" && !this.#applied.has(context.idempotencyKey)) throw new Error("undone");
        return;
      default:
        await this.#turn(call, behaviour);
        if (behaviour === "throws later") throw new Error("fault");
        if (behaviour === "in doubt later, applied") throw new InDoubtError("fault");
        if (!context.signal.aborted) this.#committed.add(context.idempotencyKey);
    }
  }

  #turn({ participant, event }: OpenCall, behaviour: Behaviour): Promise<void> {
    return this.#options.scheduler.schedule(Promise.resolve(), `${eventText(event)} ${participant}: ${behaviour}`);
  }

  #apply({ participant, event, context }: OpenCall): void {
    this.#applied.add(context.idempotencyKey);
    this.#models.get(participant)?.deliver(event, context.idempotencyKey);
  }

  /** Nothing runs beside a call but steps of the same delivery, as many as may; nothing begins in a pause or after close. */
  #checkCall({ participant, event, context }: OpenCall): void {
    const what = `${eventText(event)} ${participant}`;
    const beside = [...this.#open].filter((other) => !other.context.signal.aborted);
    const other = beside.find((each) => each.participant !== participant || each.event.type !== event.type);
    if (other !== undefined)
      this.problems.push(`${what} was called beside ${eventText(other.event)} ${other.participant}`);
    if (beside.length >= this.#options.concurrency)
      this.problems.push(`${what} was called beside ${beside.length} others`);
    if (this.#closing) this.problems.push(`${what} was called after close`);
    if (this.t.status().transition?.paused) this.problems.push(`${what} was called in a pause`);
    const key = context.idempotencyKey;
    const step = `${participant} ${JSON.stringify(event)}`;
    if ((this.#steps.get(key) ?? step) !== step) this.problems.push(`one key for two steps: ${key}`);
    this.#steps.set(key, step);
    if (this.#committed.has(key)) this.problems.push(`a step that had succeeded came again: ${key}`);
  }
}

/** Time that passes when it is told to; what is due then runs at once. */
class SteppedClock implements Clock {
  #now = 0;
  readonly #timers = new Map<object, { readonly due: number; readonly run: () => void }>();

  now(): number {
    return this.#now;
  }
  wall(): number {
    return this.#now;
  }
  setTimeout(run: () => void, milliseconds: number): object {
    const handle = {};
    this.#timers.set(handle, { due: this.#now + milliseconds, run });
    return handle;
  }
  clearTimeout(handle: unknown): void {
    this.#timers.delete(handle as object);
  }

  advance(milliseconds: number): void {
    const end = this.#now + milliseconds;
    for (;;) {
      let next: [object, { readonly due: number; readonly run: () => void }] | undefined;
      for (const entry of this.#timers) {
        if (entry[1].due <= end && (next === undefined || entry[1].due < next[1].due)) next = entry;
      }
      if (next === undefined) break;
      this.#timers.delete(next[0]);
      this.#now = Math.max(this.#now, next[1].due);
      next[1].run();
    }
    this.#now = end;
  }
}
