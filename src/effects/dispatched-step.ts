/**
 * DispatchedStep: the context that one step's callback is given.
 *
 * One is made for each of possibly a million steps, so it holds two fields and works everything else out when asked:
 * keys, signals and earlier ConfMaps cost nothing to who does not look at them. It belongs to its step and may be kept.
 */
import type { ConfMap } from "../conf/conf-map.ts";
import { idempotencyKeyOf } from "../journal/fact.ts";
import { type ParticipantState, toldOf } from "../plan/participant-state.ts";
import type { Delivery } from "../plan/plan.ts";
import type { Topology } from "../topology/topology.ts";
import type { Log } from "./log.ts";
import type { Recovered, StepContext } from "./participant.ts";

/** What all steps of one delivery share. */
export interface DeliveryFrame {
  readonly delivery: Delivery;
  readonly transitionId: string;
  /** The ConfMap that the callbacks are given. */
  readonly confMap: ConfMap;
  readonly target: Topology | undefined;
  /** Where the participant was when the plan was made. */
  readonly state: ParticipantState;
  readonly recovered: Recovered | undefined;
  readonly fencingToken: number;
  readonly log: Log;
  /** Attempts made before this delivery, by position. */
  attemptsBefore(index: number): number;
  /** The key of a redelivered step; undefined: worked out from the step. */
  readonly idempotencyKey?: string | undefined;
  onProgress(index: number, fraction: number, text: string | undefined): void;
}

/** A step under way. */
export class DispatchedStep implements StepContext {
  readonly #frame: DeliveryFrame;
  readonly index: number;

  constructor(frame: DeliveryFrame, index: number) {
    this.#frame = frame;
    this.index = index;
  }

  get attempt(): number {
    return this.#frame.attemptsBefore(this.index) + 1;
  }

  get confMap(): ConfMap {
    return this.#frame.confMap;
  }

  get target(): Topology | undefined {
    return this.#frame.target;
  }

  get previousConfMap(): ConfMap | undefined {
    return toldOf(this.#frame.state, this.#frame.delivery.events.at(this.index));
  }

  get signal(): AbortSignal {
    return controllerOf(this).signal;
  }

  get idempotencyKey(): string {
    const { delivery, transitionId, idempotencyKey } = this.#frame;
    return (
      idempotencyKey ??
      idempotencyKeyOf(transitionId, delivery.participant, delivery.callback, delivery.events.subject(this.index))
    );
  }

  get transitionId(): string {
    return this.#frame.transitionId;
  }

  get fencingToken(): number {
    return this.#frame.fencingToken;
  }

  get log(): Log {
    return this.#frame.log;
  }

  get logger(): Log {
    return this.#frame.log;
  }

  get recovered(): Recovered | undefined {
    return this.#frame.recovered;
  }

  /** A function of its own, so that it can be taken out of the context like the other fields. */
  get progress(): (fraction: number, text?: string) => void {
    return (fraction, text) => {
      const within = Math.min(1, Math.max(0, Number(fraction) || 0));
      this.#frame.onProgress(this.index, within, text === undefined ? undefined : String(text));
    };
  }

  /** Tells the callback that nobody waits for it any more; also one that asks for the signal only later. */
  abort(reason: Error): void {
    controllerOf(this).abort(reason);
  }
}

/** Beside the steps: nearly none has one, and a field for it would make each of a million larger. */
const controllers = new WeakMap<DispatchedStep, AbortController>();

function controllerOf(step: DispatchedStep): AbortController {
  let controller = controllers.get(step);
  if (controller === undefined) {
    controller = new AbortController();
    controllers.set(step, controller);
  }
  return controller;
}

/** A further attempt at a step, within one delivery. */
export class RetriedStep extends DispatchedStep {
  readonly #attempt: number;

  constructor(frame: DeliveryFrame, index: number, attempt: number) {
    super(frame, index);
    this.#attempt = attempt;
  }

  override get attempt(): number {
    return this.#attempt;
  }
}
