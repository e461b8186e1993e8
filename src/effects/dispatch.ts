/**
 * Dispatch: hands a batch of steps to its participant, with the context, deadline, policy and log that are due to it.
 */

import type { ConfMap } from "../conf/conf-map.ts";
import { openTransition } from "../journal/ledger.ts";
import { CALLBACKS, type CallbackName } from "../plan/lifecycle-event.ts";
import { knowsNothing, UNTOLD } from "../plan/participant-state.ts";
import type { Delivery } from "../plan/plan.ts";
import { exceptionOf, type Range } from "../plan/progress.ts";
import { type BatchOutcome, type RetryStep, runBatch } from "./batch.ts";
import type { DeliveryFrame } from "./dispatched-step.ts";
import type { ExecutionPorts } from "./execution-ports.ts";
import { labelledLog } from "./log.ts";
import type { Outbox } from "./outbox.ts";
import type { FailurePolicy, Recovered } from "./participant.ts";
import { recoveredOf } from "./recovered.ts";
import { optionFor, type Registered } from "./registry.ts";
import { retried } from "./retry.ts";

/** A step in doubt as it was delivered before. */
export interface Redelivery {
  readonly attempts: number;
  readonly idempotencyKey: string;
  readonly transitionId: string;
  readonly confMap: ConfMap;
}

export class Dispatch {
  readonly #ports: ExecutionPorts;
  readonly #outbox: Outbox;
  readonly #unfollowed = new Set<string>();

  constructor(ports: ExecutionPorts, outbox: Outbox) {
    this.#ports = ports;
    this.#outbox = outbox;
  }

  /** Delivers the steps of the range; of a redelivery, its one step. */
  async run(
    participant: Registered,
    delivery: Delivery,
    range: Range,
    redelivery: Redelivery | undefined,
  ): Promise<BatchOutcome> {
    const { recorder, clock, live, hung } = this.#ports;
    const open = openTransition(recorder.ledger);
    const method = CALLBACKS[delivery.callback].method;
    const attempts = this.#attemptsBefore(delivery, redelivery?.attempts);
    const log = labelledLog(this.#ports.log(participant.name), {
      participant: participant.name,
      transitionId: open.id,
    });
    // The outcome of this batch is recorded with the next flush: a late answer is heard only after it.
    const recorded = this.#outbox.flushed;
    live.delivery = delivery;
    live.running = () => [];
    const reports = new Map<number, { readonly fraction: number; readonly text?: string }>();
    const frame: DeliveryFrame = {
      delivery,
      transitionId: redelivery?.transitionId ?? open.id,
      confMap: redelivery?.confMap ?? open.confMap,
      target: open.target,
      state: recorder.ledger.states.get(participant.name) ?? UNTOLD,
      recovered: delivery.callback === "Up" ? this.#recoveredOf(participant) : undefined,
      fencingToken: recorder.epoch,
      log,
      attemptsBefore: attempts,
      idempotencyKey: redelivery?.idempotencyKey,
      onProgress: (index, fraction, text) => {
        reports.set(index, { fraction, ...(text === undefined ? {} : { text }) });
      },
    };
    return runBatch({
      frame,
      callbacks: participant.callbacks,
      range,
      concurrency: optionFor(participant.options.concurrency, method, 1),
      deadline: () => this.deadlineFor(participant, delivery.callback),
      retry: this.#retryFor(participant, delivery.callback),
      clock,
      brake: this.#ports.brake,
      unfollowed: this.#unfollowed,
      // A pause holds a transition between two steps; a redelivery is one step.
      heedsPause: redelivery === undefined,
      onBegin: (waiting) => {
        live.running = () =>
          waiting().map(({ index, since, resting }) => ({
            subject: delivery.events.subject(index),
            since,
            deadline: this.deadlineFor(participant, delivery.callback),
            ...(resting ? { resting } : {}),
            ...reports.get(index),
          }));
      },
      onCheckpoint: (applied) => {
        if (redelivery !== undefined) return;
        const ranges = applied();
        if (ranges.length > 0) this.#outbox.put({ type: "StepsApplied", delivery: delivery.index, ranges });
        this.#outbox.write().catch(() => {});
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
      onLate: (answer) => recorded.then(() => this.#ports.onLate(answer)),
    });
  }

  #attemptsBefore(delivery: Delivery, redelivered: number | undefined): (index: number) => number {
    if (redelivered !== undefined) return () => redelivered;
    const { progress } = openTransition(this.#ports.recorder.ledger);
    if (progress === undefined || progress.exceptions.length === 0) return () => 0;
    return (index) => exceptionOf(progress, delivery.index, index)?.attempts ?? 0;
  }

  #retryFor(participant: Registered, callback: CallbackName): RetryStep | undefined {
    const policy = this.policyOf(participant, callback);
    if (typeof policy === "string") return undefined;
    const { stopSignal, clock } = this.#ports;
    return (attempt, wanted) => retried(policy, attempt, { wanted, signal: stopSignal, clock });
  }

  policyOf(participant: Registered, callback: CallbackName): FailurePolicy {
    return optionFor<FailurePolicy>(participant.options.policy, CALLBACKS[callback].method, this.#ports.policy);
  }

  deadlineFor(participant: Registered, callback: CallbackName): number {
    const { otherwise, atMost } = this.#ports.deadline();
    return Math.min(atMost, optionFor(participant.options.deadline, CALLBACKS[callback].method, otherwise));
  }

  #recoveredOf(participant: Registered): Recovered | undefined {
    const { ledger } = this.#ports.recorder;
    const state = ledger.states.get(participant.name) ?? UNTOLD;
    const doubts = ledger.inDoubt.filter((step) => step.participant === participant.name);
    if (participant.options.durable !== true || (knowsNothing(state.known) && doubts.length === 0)) return undefined;
    return recoveredOf(state, doubts);
  }
}
