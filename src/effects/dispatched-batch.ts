/**
 * DispatchedBatch: a batch of steps with everything that its participant is due: context, deadline, policy and log.
 *
 * A start of a thousand participants makes thousands of them, so it holds what it was made from and works the rest out
 * when asked.
 */
import type { ConfMap } from "../conf/conf-map.ts";
import { type Ledger, type OpenTransition, openTransition } from "../journal/ledger.ts";
import { CALLBACKS, type CallbackName } from "../plan/lifecycle-event.ts";
import { knowsNothing, type ParticipantState, UNTOLD } from "../plan/participant-state.ts";
import type { Delivery } from "../plan/plan.ts";
import { exceptionOf, type Range } from "../plan/progress.ts";
import type { Topology } from "../topology/topology.ts";
import type {
  BatchRequest,
  BatchSurroundings,
  LateAnswer,
  RetryStep,
  RunningAttempt,
  WaitingBatch,
  WaitingStep,
} from "./batch-request.ts";
import type { DeliveryFrame } from "./dispatched-step.ts";
import type { ExecutionPorts, RunningStep } from "./execution-ports.ts";
import { type Log, labelledLog } from "./log.ts";
import type { Outbox } from "./outbox.ts";
import type { ParticipantCallbacks, Recovered } from "./participant.ts";
import { recoveredOf } from "./recovered.ts";
import { optionFor, type Registered } from "./registry.ts";

/** A step in doubt as it was delivered before. */
export interface Redelivery {
  readonly attempts: number;
  readonly idempotencyKey: string;
  readonly transitionId: string;
  readonly confMap: ConfMap;
}

/** Steps that are announced at once. */
export interface Round {
  readonly participant: Registered;
  readonly delivery: Delivery;
  readonly range: Range;
}

/** What a batch is made from. */
export interface BatchParts extends Round {
  /** Of a step in doubt: how it was delivered before. */
  readonly redelivery: Redelivery | undefined;
  readonly retry: RetryStep | undefined;
  readonly deadlines: { deadlineFor(participant: Registered, callback: CallbackName): number };
  readonly outbox: Outbox;
}

export class DispatchedBatch implements BatchRequest, DeliveryFrame {
  readonly surroundings: BatchSurroundings;
  readonly #ports: ExecutionPorts;
  readonly #parts: BatchParts;
  /** As it was when the batch began. */
  readonly #ledger: Ledger;
  readonly #open: OpenTransition;
  /** What comes of this batch is recorded with the flush after these: a late answer is heard only after it. */
  readonly #flushesBefore: number;
  #batch: WaitingBatch | undefined;
  #log: Log | undefined;
  #reports: Map<number, { readonly fraction: number; readonly text?: string }> | undefined;

  constructor(ports: ExecutionPorts, surroundings: BatchSurroundings, parts: BatchParts) {
    this.surroundings = surroundings;
    this.#ports = ports;
    this.#parts = parts;
    this.#ledger = ports.recorder.ledger;
    this.#open = openTransition(this.#ledger);
    this.#flushesBefore = parts.outbox.flushes;
  }

  // ── What it is ────────────────────────────────────────────────────────────────────────────────────────────────────

  get frame(): DeliveryFrame {
    return this;
  }

  get delivery(): Delivery {
    return this.#parts.delivery;
  }

  get range(): Range {
    return this.#parts.range;
  }

  get callbacks(): ParticipantCallbacks {
    return this.#parts.participant.callbacks;
  }

  get concurrency(): number {
    return optionFor(this.#parts.participant.options.concurrency, CALLBACKS[this.delivery.callback].method, 1);
  }

  get retry(): RetryStep | undefined {
    return this.#parts.retry;
  }

  /** A pause holds a transition between two steps; a redelivery is one step. */
  get heedsPause(): boolean {
    return this.#parts.redelivery === undefined;
  }

  get endsSoon(): boolean {
    return this.#parts.participant.options.durable === true;
  }

  deadline(): number {
    const { deadlines, participant, delivery } = this.#parts;
    return deadlines.deadlineFor(participant, delivery.callback);
  }

  // ── What its steps are given ──────────────────────────────────────────────────────────────────────────────────────

  get transitionId(): string {
    return this.#parts.redelivery?.transitionId ?? this.#open.id;
  }

  get confMap(): ConfMap {
    return this.#parts.redelivery?.confMap ?? this.#open.confMap;
  }

  get idempotencyKey(): string | undefined {
    return this.#parts.redelivery?.idempotencyKey;
  }

  get target(): Topology | undefined {
    return this.#open.target;
  }

  get state(): ParticipantState {
    return this.#ledger.states.get(this.delivery.participant) ?? UNTOLD;
  }

  get recovered(): Recovered | undefined {
    const { participant, delivery } = this.#parts;
    if (delivery.callback !== "Up" || participant.options.durable !== true) return undefined;
    const doubts = this.#ledger.inDoubt.filter((step) => step.participant === participant.name);
    return knowsNothing(this.state.known) && doubts.length === 0 ? undefined : recoveredOf(this.state, doubts);
  }

  get fencingToken(): number {
    return this.#ports.recorder.epoch;
  }

  get log(): Log {
    const { name } = this.#parts.participant;
    this.#log ??= labelledLog(this.#ports.log(name), { participant: name, transitionId: this.#open.id });
    return this.#log;
  }

  attemptsBefore(index: number): number {
    const { redelivery } = this.#parts;
    if (redelivery !== undefined) return redelivery.attempts;
    const { progress } = this.#open;
    return (progress && exceptionOf(progress, this.delivery.index, index)?.attempts) ?? 0;
  }

  // ── What it tells ─────────────────────────────────────────────────────────────────────────────────────────────────

  onBegin(batch: WaitingBatch): void {
    const { live } = this.#ports;
    this.#batch = batch;
    live.delivery = this.delivery;
    live.batch = this;
  }

  running(): readonly RunningStep[] {
    return this.#batch?.waiting().map((step) => this.#running(step)) ?? [];
  }

  #running({ index, since, resting }: WaitingStep): RunningStep {
    return {
      subject: this.delivery.events.subject(index),
      since,
      deadline: this.deadline(),
      ...(resting ? { resting } : {}),
      ...this.#reports?.get(index),
    };
  }

  onProgress(index: number, fraction: number, text: string | undefined): void {
    this.#reports ??= new Map();
    this.#reports.set(index, { fraction, ...(text === undefined ? {} : { text }) });
  }

  onCheckpoint(applied: () => readonly Range[]): void {
    const { delivery, redelivery, outbox } = this.#parts;
    if (redelivery !== undefined) return;
    const ranges = applied();
    if (ranges.length > 0) outbox.put({ type: "StepsApplied", delivery: delivery.index, ranges });
    this.#write().catch(() => {});
  }

  async #write(): Promise<void> {
    await this.#parts.outbox.write();
  }

  onOverdue(index: number, elapsed: number, deadline: number): void {
    const { callback, participant, events } = this.delivery;
    this.log.warn(
      { callback, subject: events.subject(index), elapsed, deadline },
      `${callback} of '${participant}' has taken half of its deadline`,
    );
  }

  onHung(running: RunningAttempt): void {
    const { callback, participant } = this.delivery;
    const { idempotencyKey } = running;
    this.#ports.hung.set(idempotencyKey, running);
    this.log.error({ idempotencyKey }, `${callback} of '${participant}' hangs: it gave no answer within its deadline`);
  }

  async onLate(answer: LateAnswer): Promise<void> {
    await this.#parts.outbox.flushedSince(this.#flushesBefore);
    await this.#ports.onLate(answer);
  }
}
