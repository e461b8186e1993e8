/**
 * Dispatch: hands batches of steps to their participants, with the deadline and policy that are due to them.
 */
import { CALLBACKS, type CallbackName } from "../plan/lifecycle-event.ts";
import { runBatch } from "./batch.ts";
import type { BatchListener, BatchOutcome, BatchSurroundings, RetryStep } from "./batch-request.ts";
import { DispatchedBatch, type Redelivery, type Round } from "./dispatched-batch.ts";
import type { ExecutionPorts } from "./execution-ports.ts";
import { endFollowing } from "./inside-callback.ts";
import type { Outbox } from "./outbox.ts";
import { Pace } from "./pace.ts";
import type { FailurePolicy } from "./participant.ts";
import { optionFor, type Registered } from "./registry.ts";
import { retried } from "./retry.ts";
import { StepWatch } from "./step-watch.ts";

export class Dispatch {
  readonly pace: Pace;
  readonly #ports: ExecutionPorts;
  readonly #surroundings: BatchSurroundings;
  readonly #outbox: Outbox;

  constructor(ports: ExecutionPorts, outbox: Outbox) {
    const { clock, brake } = ports;
    this.#ports = ports;
    this.#outbox = outbox;
    this.pace = new Pace(clock);
    this.#surroundings = { clock, brake, pace: this.pace, watch: new StepWatch(clock), unfollowed: new Set() };
  }

  /** Delivers the steps of the range. Gives the outcome itself where nothing had to be waited for; otherwise the listener is told. */
  run(
    { participant, delivery, range }: Round,
    listener: BatchListener,
    redelivery?: Redelivery,
  ): BatchOutcome | undefined {
    const retry = this.#retryFor(participant, delivery.callback);
    const parts = { participant, delivery, range, redelivery, retry, deadlines: this, outbox: this.#outbox };
    return runBatch(new DispatchedBatch(this.#ports, this.#surroundings, parts), listener);
  }

  /** Nothing more is going to be delivered. */
  end(): void {
    this.#surroundings.watch.end();
    this.pace.end();
    endFollowing();
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
}
