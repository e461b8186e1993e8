/**
 * Execution: carries out the open transition, from its steps in doubt through its plan to the last delivery.
 *
 * It reads where things are from the ledger, and only from there, so that it begins a transition, goes on after a retry and
 * goes on after a pause in the same way. Every step is announced before it is delivered; what became of it is recorded with
 * the next announcement, so that a group of steps costs one durable write and not one each.
 */
import pRetry from "p-retry";
import { invariant, type TransitionError } from "../error.ts";
import type { DoubtfulStep, Fact, FailureText } from "../journal/fact.ts";
import { currentStates, type OpenTransition } from "../journal/ledger.ts";
import { EventList } from "../plan/event-list.ts";
import { CALLBACKS, type CallbackName } from "../plan/lifecycle-event.ts";
import type { Command } from "../plan/order.ts";
import { driftedFrom, knowsNothing, type ParticipantState, UNTOLD } from "../plan/participant-state.ts";
import { type Delivery, type Plan, planTransition } from "../plan/plan.ts";
import { inRanges, type Progress, type Range } from "../plan/progress.ts";
import {
  type BatchOutcome,
  type LateAnswer,
  type RetryStep,
  type RunningAttempt,
  runBatch,
  type StepFailure,
} from "./batch.ts";
import type { BatchSizes } from "./batch-sizes.ts";
import type { Clock } from "./clock.ts";
import type { DeliveryFrame } from "./dispatched-step.ts";
import { Drops } from "./drops.ts";
import type { Log } from "./log.ts";
import type { FailurePolicy, Recovered, RetryPolicy } from "./participant.ts";
import type { Recorder } from "./recorder.ts";
import { optionFor, plannedOf, type Registered, type Registry } from "./registry.ts";

/** How an execution ended. */
export type ExecutionEnd =
  /** Everything was delivered; with `failures`, a termination went on past these. */
  | { readonly end: "arrived"; readonly plan: Plan; readonly failures: readonly TransitionError[] }
  /** Somebody asked for another transition: everybody stays where they are. */
  | { readonly end: "stopped" }
  /** A step failed; `fallback` is what its participant's policy asks for. */
  | { readonly end: "failed"; readonly error: TransitionError; readonly fallback: "hold" | "rollback" };

/** What executions need of the driver. */
export interface ExecutionPorts {
  readonly recorder: Recorder;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly policy: FailurePolicy;
  /** Milliseconds. */
  deadline(): { readonly otherwise: number; readonly atMost: number };
  log(participant: string): Log;
  /** Whether to stop before the next step. */
  stopped(): boolean;
  /** Aborted when stopped: ends waiting for retries. */
  readonly stopSignal: AbortSignal;
  /** Resolves when no pause is asked for; records the pause. */
  paused(): Promise<void> | undefined;
  /** Attempts that were given up and have not answered, by key. */
  readonly hung: Map<string, RunningAttempt>;
  onLate(answer: LateAnswer): void;
  readonly live: LiveProgress;
  readonly sizes: BatchSizes;
}

/** What is going on at this moment, for status; not journaled. */
export interface LiveProgress {
  delivery: Delivery | undefined;
  /** Steps of the delivery begun so far, by position. */
  running: Map<number, { readonly subject: string; readonly since: number; fraction?: number; text?: string }>;
}

/** Carries the open transition on from where the ledger says it is. */
export async function execute(ports: ExecutionPorts, mode: { readonly forced: boolean }): Promise<ExecutionEnd> {
  return new Execution(ports, mode.forced).run();
}

class Execution {
  readonly #ports: ExecutionPorts;
  readonly #forced: boolean;
  readonly #failures: TransitionError[] = [];
  /** Outcomes that wait for the next durable write. */
  #outbox: Fact[] = [];

  constructor(ports: ExecutionPorts, forced: boolean) {
    this.#ports = ports;
    this.#forced = forced;
  }

  async run(): Promise<ExecutionEnd> {
    const settled = await this.#settleDoubts();
    if (settled !== undefined) return settled;
    if (this.#open.progress === undefined || !this.#open.progress.plan.arrives) await this.#makePlan(false);
    const plan = this.#progress.plan;
    const delivered = await this.#deliverAll();
    if (delivered !== undefined) return delivered;
    await this.#flush();
    return { end: "arrived", plan, failures: this.#failures };
  }

  get #open(): OpenTransition {
    const open = this.#ports.recorder.ledger.transition;
    invariant(open !== undefined, "an execution has an open transition");
    return open;
  }

  get #progress(): Progress {
    const { progress } = this.#open;
    invariant(progress !== undefined, "a delivery has a plan");
    return progress;
  }

  // ── Steps in doubt ────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Steps in doubt come first: whether they took effect decides what is to be done. Each is redelivered as it was, under
   * its old key, once its old attempt has answered or been given another deadline's time.
   */
  async #settleDoubts(): Promise<ExecutionEnd | undefined> {
    const known = () =>
      this.#ports.recorder.ledger.inDoubt.filter((step) => this.#ports.registry.get(step.participant));
    if (known().length === 0) return undefined;
    if (this.#forced) {
      await this.#ports.recorder.appendIf((ledger) => ledger.inDoubt.map((step) => assumedOutcome(step)));
      return undefined;
    }
    const brought = await this.#bringUpForDoubts(known());
    if (brought !== undefined) return brought;
    for (const step of known()) {
      if (this.#ports.stopped()) return { end: "stopped" };
      await this.#awaitOldAttempt(step);
      const still = this.#ports.recorder.ledger.inDoubt.find((each) => each.idempotencyKey === step.idempotencyKey);
      if (still === undefined) continue;
      const failure = await this.#redeliver(still);
      if (failure !== undefined) return failure;
    }
    return undefined;
  }

  /** After a crash nobody has got Up yet, and who has not got Up can be told nothing. */
  async #bringUpForDoubts(steps: readonly DoubtfulStep[]): Promise<ExecutionEnd | undefined> {
    const begun = this.#open.progress !== undefined && !this.#open.progress.plan.arrives;
    const needed = steps.some((step) => step.callback !== "Up" && !this.#stateOf(step.participant).up);
    if (!begun && (!needed || this.#open.target === undefined)) return undefined;
    if (!begun) await this.#makePlan(true);
    const delivered = await this.#deliverAll();
    if (delivered !== undefined) return delivered;
    this.#outbox.push({ type: "PlanCarriedOut" });
    await this.#flush();
    return undefined;
  }

  async #awaitOldAttempt(step: DoubtfulStep): Promise<void> {
    const { hung, clock } = this.#ports;
    const running = hung.get(step.idempotencyKey);
    if (running === undefined) return;
    const deadline = this.#deadlineFor(this.#registered(step.participant), step.callback);
    let timer: unknown;
    const patience = new Promise<void>((resolve) => {
      timer = clock.setTimeout(resolve, deadline);
    });
    await Promise.race([running.answered, patience]);
    clock.clearTimeout(timer);
    hung.delete(step.idempotencyKey);
    // The late answer is recorded through the recorder's queue: let it come in before the ledger is asked.
    await this.#ports.recorder.append([]);
  }

  async #redeliver(step: DoubtfulStep): Promise<ExecutionEnd | undefined> {
    const { recorder } = this.#ports;
    const participant = this.#registered(step.participant);
    if (!participant.implemented.includes(step.callback)) {
      await recorder.append([
        { type: "DoubtSettled", idempotencyKey: step.idempotencyKey, outcome: "applied", by: "redelivery" },
      ]);
      return undefined;
    }
    await recorder.append([{ type: "DoubtRedelivered", idempotencyKey: step.idempotencyKey }]);
    const delivery = deliveryOfDoubt(step);
    const outcome = await this.#runBatch(participant, delivery, [0, 1], {
      attempts: step.attempts,
      idempotencyKey: step.idempotencyKey,
      transitionId: step.transitionId,
      confMap: step.confMap ?? this.#open.confMap,
    });
    const failure = outcome.failures[0];
    if (failure === undefined && outcome.applied.length === 0) return { end: "stopped" };
    if (failure === undefined || !failure.inDoubt) {
      const result = failure === undefined ? "applied" : "not-applied";
      await recorder.append([
        { type: "DoubtSettled", idempotencyKey: step.idempotencyKey, outcome: result, by: "redelivery" },
      ]);
    }
    return failure === undefined ? undefined : this.#failed(participant, step.callback, failure);
  }

  // ── The plan ──────────────────────────────────────────────────────────────────────────────────────────────────────

  async #makePlan(upOnly: boolean): Promise<void> {
    const open = this.#open;
    const { ledger } = this.#ports.recorder;
    const plan = planTransition({
      command: commandOf(open),
      order: open.order,
      from: currentStates(ledger),
      to: open.target,
      participants: this.#ports.registry.participants.map(plannedOf),
      confMap: open.confMap,
      only: open.participant === undefined ? undefined : [open.participant],
      upOnly,
    });
    await this.#ports.recorder.append([{ type: "PlanMade", plan }]);
  }

  async #deliverAll(): Promise<ExecutionEnd | undefined> {
    const { plan, cursor, exceptions } = this.#progress;
    const drops = Drops.of(plan, exceptions);
    for (let index = cursor; index < plan.deliveries.length; index++) {
      const delivery = plan.deliveries[index] as Delivery;
      const passedOver = this.#passOver(delivery, drops);
      if (!delivery.implemented) continue;
      const end = await this.#deliver(delivery, drops, passedOver);
      if (end !== undefined) {
        await this.#flush();
        this.#ports.live.delivery = undefined;
        return end;
      }
    }
    this.#ports.live.delivery = undefined;
    return undefined;
  }

  #passOver(delivery: Delivery, drops: Drops): ReadonlySet<number> {
    const indexes = drops.indexesIn(delivery);
    if (indexes.length === 0) return NONE;
    const known = new Set(
      this.#progress.exceptions.filter((each) => each.delivery === delivery.index).map((each) => each.index),
    );
    const fresh = indexes.filter((index) => !known.has(index));
    if (fresh.length > 0) this.#outbox.push({ type: "StepsDropped", delivery: delivery.index, indexes: fresh });
    return new Set(indexes);
  }

  /** Delivers what is left of one delivery, batch by batch. */
  async #deliver(delivery: Delivery, drops: Drops, passedOver: ReadonlySet<number>): Promise<ExecutionEnd | undefined> {
    const participant = this.#registered(delivery.participant);
    const concurrency = optionFor(participant.options.concurrency, CALLBACKS[delivery.callback].method, 1);
    let pending = this.#pendingOf(delivery, passedOver);
    while (pending.length > 0) {
      const interrupted = await this.#interruption();
      if (interrupted !== undefined) return interrupted;
      const [from, to] = pending[0] as Range;
      const size =
        participant.options.durableSteps === true ? concurrency : this.#ports.sizes.next(delivery.participant);
      const range: Range = [from, Math.min(to, from + Math.max(size, concurrency))];
      this.#outbox.push({ type: "StepsAnnounced", delivery: delivery.index, range });
      await this.#flush();
      const began = this.#ports.clock.now();
      const outcome = await this.#runBatch(participant, delivery, range, undefined);
      this.#ports.sizes.learn(delivery.participant, countOf(outcome.applied), this.#ports.clock.now() - began);
      if (outcome.applied.length > 0) {
        this.#outbox.push({ type: "StepsApplied", delivery: delivery.index, ranges: outcome.applied });
      }
      for (const failure of outcome.failures) this.#recordFailure(delivery, failure, drops);
      const first = outcome.failures[0];
      if (first !== undefined && !this.#forced) return this.#failed(participant, delivery.callback, first);
      if (first === undefined && range[1] === to && countOf(outcome.applied) === range[1] - from)
        pending = pending.slice(1);
      else if (first === undefined && countOf(outcome.applied) === range[1] - from)
        pending = [[range[1], to], ...pending.slice(1)];
      else {
        // Something was left out: look up in the facts what is still to be done.
        await this.#flush();
        pending = this.#pendingOf(delivery, new Set([...passedOver, ...this.#failedIn(delivery)]));
      }
    }
    return undefined;
  }

  #failedIn(delivery: Delivery): readonly number[] {
    return this.#progress.exceptions
      .filter((each) => each.delivery === delivery.index && each.outcome !== "not-applied")
      .map((each) => each.index);
  }

  /** What of the delivery has neither taken effect nor been passed over. */
  #pendingOf(delivery: Delivery, passedOver: ReadonlySet<number>): readonly Range[] {
    const progress = this.#progress;
    const here = progress.cursor === delivery.index;
    const applied = here ? progress.applied : [];
    const excepted = new Set(passedOver);
    for (const each of progress.exceptions) {
      if (each.delivery === delivery.index && each.outcome !== "not-applied") excepted.add(each.index);
    }
    if (applied.length === 0 && excepted.size === 0) return [[0, delivery.events.length]];
    const ranges: [number, number][] = [];
    for (let i = 0; i < delivery.events.length; i++) {
      if (excepted.has(i) || inRanges(applied, i)) continue;
      const last = ranges[ranges.length - 1];
      if (last !== undefined && last[1] === i) last[1] = i + 1;
      else ranges.push([i, i + 1]);
    }
    return ranges;
  }

  async #interruption(): Promise<ExecutionEnd | undefined> {
    if (this.#ports.stopped()) return { end: "stopped" };
    const pause = this.#ports.paused();
    if (pause === undefined) return undefined;
    await this.#flush();
    await pause;
    return this.#ports.stopped() ? { end: "stopped" } : undefined;
  }

  // ── One batch ─────────────────────────────────────────────────────────────────────────────────────────────────────

  async #runBatch(
    participant: Registered,
    delivery: Delivery,
    range: Range,
    redelivery:
      | { attempts: number; idempotencyKey: string; transitionId: string; confMap: OpenTransition["confMap"] }
      | undefined,
  ): Promise<BatchOutcome> {
    const { recorder, clock, live, hung } = this.#ports;
    const open = this.#open;
    const method = CALLBACKS[delivery.callback].method;
    const attempts = this.#attemptsBefore(delivery, redelivery?.attempts);
    const log = this.#ports.log(participant.name);
    live.delivery = delivery;
    live.running = new Map();
    const frame: DeliveryFrame = {
      delivery,
      transitionId: redelivery?.transitionId ?? open.id,
      confMap: redelivery?.confMap ?? open.confMap,
      state: recorder.ledger.states.get(participant.name) ?? UNTOLD,
      recovered: delivery.callback === "Up" ? this.#recoveredOf(participant) : undefined,
      fencingToken: recorder.epoch,
      log,
      idempotencyKey: redelivery?.idempotencyKey,
      onProgress: (index, fraction, text) => {
        const subject = delivery.events.subject(index);
        live.running.set(index, {
          subject,
          since: live.running.get(index)?.since ?? clock.now(),
          fraction,
          ...(text === undefined ? {} : { text }),
        });
      },
    };
    return runBatch({
      frame,
      callbacks: participant.callbacks,
      range,
      concurrency: optionFor(participant.options.concurrency, method, 1),
      deadline: () => this.#deadlineFor(participant, delivery.callback),
      attemptsBefore: attempts,
      retry: this.#retryFor(participant, delivery.callback),
      clock,
      stopped: () => this.#ports.stopped(),
      onWaiting: (index) => {
        const subject = delivery.events.subject(index);
        live.running.set(index, { subject, since: clock.now() });
      },
      onAnswered: (index) => live.running.delete(index),
      onCheckpoint: (applied) => {
        if (redelivery !== undefined) return;
        const ranges = applied();
        if (ranges.length > 0)
          recorder.append([{ type: "StepsApplied", delivery: delivery.index, ranges }]).catch(() => {});
      },
      onOverdue: (index, elapsed, deadline) => {
        const subject = delivery.events.subject(index);
        log.warn(
          { callback: delivery.callback, subject, elapsed, deadline },
          `${delivery.callback} of '${participant.name}' has taken half of its deadline`,
        );
      },
      onHung: (running) => {
        hung.set(running.idempotencyKey, running);
        log.error(
          { idempotencyKey: running.idempotencyKey },
          `${delivery.callback} of '${participant.name}' hangs: it gave no answer within its deadline`,
        );
      },
      onLate: (answer) => this.#ports.onLate(answer),
    });
  }

  #attemptsBefore(delivery: Delivery, redelivered: number | undefined): (index: number) => number {
    if (redelivered !== undefined) return () => redelivered;
    const { failed } = this.#open;
    return (index) =>
      failed !== undefined && failed.delivery === delivery.index && failed.index === index ? failed.attempts : 0;
  }

  #retryFor(participant: Registered, callback: CallbackName): RetryStep | undefined {
    const policy = this.#policyOf(participant, callback);
    if (typeof policy === "string") return undefined;
    return (attempt, wanted) => retried(policy, attempt, { wanted, signal: this.#ports.stopSignal });
  }

  #policyOf(participant: Registered, callback: CallbackName): FailurePolicy {
    return optionFor<FailurePolicy>(participant.options.policy, CALLBACKS[callback].method, this.#ports.policy);
  }

  #deadlineFor(participant: Registered, callback: CallbackName): number {
    const { otherwise, atMost } = this.#ports.deadline();
    return Math.min(atMost, optionFor(participant.options.deadline, CALLBACKS[callback].method, otherwise));
  }

  #recordFailure(delivery: Delivery, failure: StepFailure, drops: Drops): void {
    this.#failures.push(failure.error);
    this.#outbox.push({
      type: "StepFailed",
      delivery: delivery.index,
      index: failure.index,
      inDoubt: failure.inDoubt,
      failure: failureText(failure.error),
      attempts: failure.attempts,
      dropped: this.#forced,
    });
    // A step in doubt counts as done on the way down: what it may have set up is taken down all the same.
    if (this.#forced && !failure.inDoubt && CALLBACKS[delivery.callback].subject !== "none") {
      drops.add(this.#progress.plan, delivery, failure.index);
    }
  }

  #failed(participant: Registered, callback: CallbackName, failure: StepFailure): ExecutionEnd {
    const policy = this.#policyOf(participant, callback);
    const fallback = typeof policy === "string" ? policy : (policy.then ?? "hold");
    return { end: "failed", error: failure.error, fallback };
  }

  async #flush(): Promise<void> {
    const facts = this.#outbox;
    this.#outbox = [];
    await this.#ports.recorder.append(facts);
  }

  #registered(name: string): Registered {
    const participant = this.#ports.registry.get(name);
    invariant(participant !== undefined, `participant '${name}' of the plan is registered`);
    return participant;
  }

  #stateOf(name: string): ParticipantState {
    return currentStates(this.#ports.recorder.ledger).get(name) ?? UNTOLD;
  }

  #recoveredOf(participant: Registered): Recovered | undefined {
    const { ledger } = this.#ports.recorder;
    const state = ledger.states.get(participant.name) ?? UNTOLD;
    const doubts = ledger.inDoubt.filter((step) => step.participant === participant.name);
    if (participant.options.durable !== true || (knowsNothing(state.known) && doubts.length === 0)) return undefined;
    return recoveredOf(state, doubts);
  }
}

const NONE: ReadonlySet<number> = new Set();

function countOf(ranges: readonly Range[]): number {
  let count = 0;
  for (const [from, to] of ranges) count += to - from;
  return count;
}

export function failureText(error: TransitionError): FailureText {
  return { code: error.code, message: error.message };
}

function commandOf(open: OpenTransition): Command {
  if (open.target === undefined) return "down";
  return open.kind === "up" ? "up" : "signaled";
}

/**
 * In a forced down nobody waits for doubts: what may have been set up counts as set up, what may have been taken down
 * counts as still there, so that everything is taken down that can be.
 */
function assumedOutcome(step: DoubtfulStep): Fact {
  const takesDown: Partial<Record<CallbackName, true>> = {
    UnserveVolume: true,
    VolumeDestroyed: true,
    VolumeGroupDestroyed: true,
    SignaledFinish: true,
    Down: true,
    VolumeToBeUnserved: true,
  };
  const outcome = takesDown[step.callback] ? "not-applied" : "applied";
  return { type: "DoubtSettled", idempotencyKey: step.idempotencyKey, outcome, by: "forced-down" };
}

function deliveryOfDoubt(step: DoubtfulStep): Delivery {
  const { event } = step;
  const subjects =
    "volumeName" in event
      ? [{ volumeName: event.volumeName, volumeGroupName: "volumeGroupName" in event ? event.volumeGroupName : "" }]
      : "volumeGroupName" in event
        ? [
            {
              name: event.volumeGroupName,
              activePeer: "activePeer" in event ? event.activePeer : "",
              virtualIPAddr: "virtualIPAddr" in event ? event.virtualIPAddr : "",
              volumes: [],
            },
          ]
        : [];
  const events = new EventList(step.callback, subjects);
  return { index: -1, phase: -1, callback: step.callback, participant: step.participant, events, implemented: true };
}

function recoveredOf(state: ParticipantState, doubts: readonly DoubtfulStep[]): Recovered {
  const known = driftedFrom(state.known);
  const volumes = new Map([...known.volumes].map(([name, { group }]) => [name, { volumeGroupName: group }]));
  return {
    groups: new Map([...known.groups].map(([name, { activePeer }]) => [name, { activePeer }])),
    volumes,
    served: new Set([...known.volumes].filter(([, volume]) => volume.served).map(([name]) => name)),
    noticed: new Set([...known.volumes].filter(([, volume]) => volume.noticed).map(([name]) => name)),
    inDoubt: doubts.map(({ event, idempotencyKey }) => ({ event, idempotencyKey })),
  };
}

/** Attempts with backoff and jitter, until one succeeds, all are used up, or nobody wants more. */
async function retried(
  policy: RetryPolicy,
  attempt: (number: number) => void | PromiseLike<void>,
  until: { readonly wanted: () => boolean; readonly signal: AbortSignal },
): Promise<void> {
  let last: unknown;
  try {
    await pRetry(
      async (number) => {
        try {
          await attempt(number);
        } catch (error) {
          last = error;
          throw error;
        }
      },
      {
        retries: policy.retries,
        minTimeout: policy.minTimeout ?? 100,
        maxTimeout: policy.maxTimeout ?? 30_000,
        factor: 2,
        randomize: true,
        signal: until.signal,
        shouldRetry: until.wanted,
      },
    );
  } catch (error) {
    // An abort of the waiting says nothing of the step: what the last attempt said does.
    throw last ?? error;
  }
}
