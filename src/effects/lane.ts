/**
 * Lane: one of the steps of a batch that may run at once, and what it waits for.
 */
import type { DispatchedStep } from "./dispatched-step.ts";

/** The batch that a lane is of, as the lane sees it. */
export interface LaneBatch {
  /** The step that the lane waits for has answered. */
  onApplied(lane: Lane): void;
  /** The step that the lane waits for has failed. */
  onFailed(lane: Lane, error: unknown): void;
}

/** One of the steps that may run at once. */
export class Lane {
  /** The step that it waits for; undefined: it waits for none. */
  step: DispatchedStep | undefined;
  startedAt = 0;
  /** The {@link Pace.moment} of the start. */
  moment = -1;
  warned = false;
  /** It waits between two attempts: nothing of the participant's is under way. */
  resting = false;
  /** Its step was given up: what it still hears is a late answer. */
  expired = false;
  /** Resolves the promise of those who wait for the late answer. */
  answered: () => void = nobodyWaits;
  /** What its step's promise is given; made once, since a lane may wait a million times. */
  readonly onApplied: () => void;
  readonly onFailed: (error: unknown) => void;

  constructor(batch: LaneBatch) {
    this.onApplied = () => batch.onApplied(this);
    this.onFailed = (error) => batch.onFailed(this, error);
  }
}

function nobodyWaits(): void {}
