/**
 * Attachment: participants on a lifecycle machine that an application runs itself.
 *
 * Who has xstate already can make the lifecycle one of its own actors, or the child of one, and attach participants to
 * it: each phase that the machine emits is delivered, and its end reported back. There is no journal and no state per
 * participant here, so a failure is retried or skipped, or the actor is stopped; who wants more takes `createTransitions`.
 */
import type { LifecycleActorRef, LifecycleEmitted } from "../../machines/index.ts";
import { ConfMap } from "../conf/conf-map.ts";
import { CALLBACK_NAMES, CALLBACKS } from "../plan/lifecycle-event.ts";
import { UNTOLD } from "../plan/participant-state.ts";
import type { Delivery, PlannedParticipant } from "../plan/plan.ts";
import { outcomeOf, runBatch } from "./batch.ts";
import type { BatchRequest, BatchSurroundings } from "./batch-request.ts";
import type { Brake } from "./brake.ts";
import { type Clock, systemClock } from "./clock.ts";
import { type Log, silentLog } from "./log.ts";
import { Pace } from "./pace.ts";
import type { ParticipantCallbacks } from "./participant.ts";
import { StepWatch } from "./step-watch.ts";

/** A participant of an attached lifecycle. */
export interface AttachedParticipant {
  readonly name: string;
  readonly callbacks: ParticipantCallbacks;
}

export interface AttachmentOptions {
  /** Milliseconds that an asynchronous callback may take. Default 60,000. */
  readonly deadline?: number | undefined;
  readonly log?: Log | undefined;
  readonly clock?: Clock | undefined;
}

/** The participants as the machine's input wants them. */
export function participantsInput(participants: readonly AttachedParticipant[]): readonly PlannedParticipant[] {
  return participants.map(({ name, callbacks }) => ({
    name,
    callbacks: CALLBACK_NAMES.filter((callback) => callbacks[CALLBACKS[callback].method] !== undefined),
  }));
}

/**
 * Delivers every phase that the actor emits to the participants, in the phase's order, and reports back. Attach before the
 * actor is given its first event. Gives the way to detach, after which nothing more is delivered.
 */
export function attachParticipants(
  actor: LifecycleActorRef,
  participants: readonly AttachedParticipant[],
  options: AttachmentOptions = {},
): () => void {
  const attachment = new Attachment(actor, participants, options);
  const subscription = actor.on("phaseStarted", (duty) => void attachment.carryOut(duty));
  return () => {
    subscription.unsubscribe();
    attachment.detached = true;
  };
}

type Duty = Extract<LifecycleEmitted, { type: "phaseStarted" }>;

class Attachment {
  detached = false;
  readonly #actor: LifecycleActorRef;
  readonly #surroundings: Omit<BatchSurroundings, "brake">;
  readonly #callbacks: ReadonlyMap<string, ParticipantCallbacks>;
  readonly #options: AttachmentOptions;
  /** Where the present phase is: its delivery, and the next step of it. */
  #at = { delivery: 0, step: 0 };
  /** One phase after the other, also when a report leads to the next at once. */
  #queue: Promise<void> = Promise.resolve();

  constructor(actor: LifecycleActorRef, participants: readonly AttachedParticipant[], options: AttachmentOptions) {
    this.#actor = actor;
    this.#callbacks = new Map(participants.map(({ name, callbacks }) => [name, callbacks]));
    this.#options = options;
    const clock = options.clock ?? systemClock;
    this.#surroundings = { clock, pace: new Pace(clock), watch: new StepWatch(clock), unfollowed: new Set() };
  }

  carryOut(duty: Duty): Promise<void> {
    this.#queue = this.#queue.then(() => this.#deliver(duty));
    return this.#queue;
  }

  async #deliver(duty: Duty): Promise<void> {
    if (duty.goesOn === undefined) this.#at = { delivery: 0, step: 0 };
    if (duty.goesOn === "skip") this.#at = { ...this.#at, step: this.#at.step + 1 };
    const { deliveries } = duty.phase;
    const { watch, pace } = this.#surroundings;
    for (; this.#at.delivery < deliveries.length; this.#at = { delivery: this.#at.delivery + 1, step: 0 }) {
      const done = await this.#deliverOne(deliveries[this.#at.delivery] as Delivery, duty);
      watch.end();
      pace.end();
      if (!done) return;
    }
    this.#actor.send({ type: "PHASE_FINISHED", phase: duty.index, attempt: duty.attempt });
  }

  /** Whether the delivery is over; otherwise something else was asked for, or a step failed. */
  async #deliverOne(delivery: Delivery, duty: Duty): Promise<boolean> {
    const callbacks = this.#callbacks.get(delivery.participant);
    if (callbacks?.[CALLBACKS[delivery.callback].method] === undefined) return true;
    const { pace } = this.#surroundings;
    while (this.#at.step < delivery.events.length) {
      await this.#unpaused();
      if (pace.isYieldDueAt(pace.look())) await pace.yield();
      if (this.#isStale(duty)) return false;
      const from = this.#at.step;
      const request: BatchRequest = {
        frame: {
          delivery,
          transitionId: duty.transitionId,
          confMap: duty.confMap ?? ConfMap.from({}),
          target: this.#actor.getSnapshot().context.transition?.target,
          state: UNTOLD,
          recovered: undefined,
          fencingToken: 0,
          log: this.#options.log ?? silentLog,
          attemptsBefore: () => 0,
          onProgress: () => {},
        },
        callbacks,
        range: [from, delivery.events.length],
        concurrency: 1,
        deadline: () => this.#options.deadline ?? 60_000,
        retry: undefined,
        heedsPause: true,
        endsSoon: false,
        surroundings: { ...this.#surroundings, brake: this.#brakeFor(duty) },
        onBegin: () => {},
        onCheckpoint: () => {},
        onOverdue: () => {},
        onHung: () => {},
        onLate: () => {},
      };
      const { applied, failures } = await outcomeOf((listener) => runBatch(request, listener));
      this.#at = { ...this.#at, step: applied[0]?.[1] ?? from };
      const failure = failures[0];
      if (failure === undefined) continue;
      const { code, message, participant, callback, subject } = failure.error;
      this.#actor.send({ type: "STEP_FAILED", attempt: duty.attempt, code, message, participant, callback, subject });
      return false;
    }
    return true;
  }

  #brakeFor(duty: Duty): Brake {
    const stopped = () => this.#isStale(duty);
    const paused = () => this.#isPaused();
    return {
      get stopped() {
        return stopped();
      },
      get paused() {
        return paused();
      },
    };
  }

  #isStale(duty: Duty): boolean {
    const snapshot = this.#actor.getSnapshot();
    return this.detached || snapshot.status !== "active" || snapshot.context.attempt !== duty.attempt;
  }

  #isPaused(): boolean {
    const snapshot = this.#actor.getSnapshot();
    return snapshot.matches({ signaling: "paused" }) || snapshot.matches({ finishing: "paused" });
  }

  async #unpaused(): Promise<void> {
    if (!this.#isPaused()) return;
    await new Promise<void>((resolve) => {
      const subscription = this.#actor.subscribe({
        next: () => {
          if (this.#isPaused()) return;
          subscription.unsubscribe();
          resolve();
        },
        complete: resolve,
      });
    });
  }
}
