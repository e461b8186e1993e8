/**
 * What an execution needs of the instance that it belongs to, and what it shows of itself.
 */
import type { Delivery } from "../plan/plan.ts";
import type { LateAnswer, RunningAttempt } from "./batch-request.ts";
import type { BatchSizes } from "./batch-sizes.ts";
import type { Brake } from "./brake.ts";
import type { Clock } from "./clock.ts";
import type { Log } from "./log.ts";
import type { FailurePolicy } from "./participant.ts";
import type { Recorder } from "./recorder.ts";
import type { Registry } from "./registry.ts";

/** What executions need of the driver. */
export interface ExecutionPorts {
  readonly recorder: Recorder;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly policy: FailurePolicy;
  /** Milliseconds. */
  deadline(): { readonly otherwise: number; readonly atMost: number };
  log(participant: string): Log;
  /** Asked before every step. */
  readonly brake: Brake;
  /** Aborted when stopped: ends waiting for retries. */
  readonly stopSignal: AbortSignal;
  /** Resolves when no pause is asked for; records the pause. */
  paused(): Promise<void> | undefined;
  /** Attempts that were given up and have not answered, by key. */
  readonly hung: Map<string, RunningAttempt>;
  onLate(answer: LateAnswer): Promise<void>;
  readonly live: LiveProgress;
  readonly sizes: BatchSizes;
}

/** A step that is waited for. `since` is in milliseconds of the instance's clock. */
export interface RunningStep {
  readonly subject: string;
  readonly since: number;
  /** Milliseconds that it may take. */
  readonly deadline: number;
  /** Its last attempt failed, and it waits for the next one. */
  readonly resting?: true;
  /** As the callback reports it: 0 to 1, and in words. */
  readonly fraction?: number;
  readonly text?: string;
}

/** What is going on at this moment, for status; not journaled. */
export interface LiveProgress {
  delivery: Delivery | undefined;
  batch: { running(): readonly RunningStep[] } | undefined;
  /** The delivery's steps that are waited for. */
  running(): readonly RunningStep[];
}
