/**
 * Redeliveries: steps in doubt, delivered again as they were, under their old keys.
 */
import type { DoubtfulStep } from "../journal/fact.ts";
import { openTransition } from "../journal/ledger.ts";
import { outcomeOf } from "./batch.ts";
import type { StepFailure } from "./batch-request.ts";
import { deferred } from "./deferred.ts";
import type { Dispatch } from "./dispatch.ts";
import type { Round } from "./dispatched-batch.ts";
import { deliveryOfDoubt, doubtsHere } from "./doubts.ts";
import type { ExecutionPorts } from "./execution-ports.ts";
import type { Outbox } from "./outbox.ts";
import { registeredAs } from "./registry.ts";

export class Redeliveries {
  readonly #ports: ExecutionPorts;
  readonly #dispatch: Dispatch;
  readonly #outbox: Outbox;

  constructor(ports: ExecutionPorts, dispatch: Dispatch, outbox: Outbox) {
    this.#ports = ports;
    this.#dispatch = dispatch;
    this.#outbox = outbox;
  }

  /** Steps in doubt of those who take part. */
  here(): readonly DoubtfulStep[] {
    return doubtsHere(this.#ports.recorder.ledger, this.#ports.registry);
  }

  /** Resolves when the attempt that hangs has answered, was given another deadline's time, or is waited for no longer. */
  async oldAttempt({ idempotencyKey, participant, callback }: DoubtfulStep): Promise<void> {
    const { hung, clock, stopSignal, registry, brake } = this.#ports;
    const running = hung.get(idempotencyKey);
    // Whoever asked to stop before is not heard of again.
    if (running === undefined || brake.stopped) return;
    const patience = deferred();
    const deadline = this.#dispatch.deadlineFor(registeredAs(participant, registry), callback);
    const timer = clock.setTimeout(patience.resolve, deadline);
    stopSignal.addEventListener("abort", patience.resolve);
    await Promise.race([running.answered, patience.promise]);
    stopSignal.removeEventListener("abort", patience.resolve);
    clock.clearTimeout(timer);
    if (!brake.stopped) hung.delete(idempotencyKey);
  }

  /** Who does not implement the callback has applied it by being asked. */
  async redeliver(step: DoubtfulStep): Promise<"applied" | "stopped" | StepFailure> {
    const participant = registeredAs(step.participant, this.#ports.registry);
    if (!participant.implemented.includes(step.callback)) return "applied";
    this.#outbox.put({ type: "DoubtRedelivered", idempotencyKey: step.idempotencyKey });
    await this.#outbox.flush();
    const round: Round = { participant, delivery: deliveryOfDoubt(step), range: [0, 1] };
    const outcome = await outcomeOf((listener) =>
      this.#dispatch.run(round, listener, {
        attempts: step.attempts,
        idempotencyKey: step.idempotencyKey,
        transitionId: step.transitionId,
        confMap: step.confMap ?? openTransition(this.#ports.recorder.ledger).confMap,
      }),
    );
    return outcome.failures[0] ?? (outcome.applied.length === 0 ? "stopped" : "applied");
  }

  async settle(step: DoubtfulStep, outcome: "applied" | "not-applied", by: string): Promise<void> {
    this.#outbox.put({ type: "DoubtSettled", idempotencyKey: step.idempotencyKey, outcome, by });
    await this.#outbox.flush();
  }
}
