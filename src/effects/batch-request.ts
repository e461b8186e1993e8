/**
 * BatchRequest: what a batch of steps is asked to do, what it tells meanwhile, and what became of it.
 */
import type { TransitionError } from "../error.ts";
import type { Range } from "../plan/progress.ts";
import type { Brake } from "./brake.ts";
import type { Clock } from "./clock.ts";
import type { DeliveryFrame } from "./dispatched-step.ts";
import type { Pace } from "./pace.ts";
import type { ParticipantCallbacks } from "./participant.ts";
import type { StepWatch } from "./step-watch.ts";

/** What a batch needs to know. */
export interface BatchRequest {
  readonly frame: DeliveryFrame;
  readonly callbacks: ParticipantCallbacks;
  readonly range: Range;
  /** Number of steps that may run at once. */
  readonly concurrency: number;
  /** Tries a step again where its participant's policy says so; undefined: each step is tried once. */
  readonly retry: RetryStep | undefined;
  /** Whether a pause ends it, too. */
  readonly heedsPause: boolean;
  /** Whether it begins no more steps once it takes long: what was announced and not begun would be in doubt after a crash. */
  readonly endsSoon: boolean;
  readonly surroundings: BatchSurroundings;
  /** Milliseconds that an asynchronous step may take; asked each time, since a termination can shorten it. */
  deadline(): number;
  /** Told at the start whom to ask which steps are waited for. */
  onBegin(batch: WaitingBatch): void;
  /** Told now and then of what has taken effect so far. */
  onCheckpoint(applied: () => readonly Range[]): void;
  onOverdue(index: number, elapsed: number, deadline: number): void;
  onHung(running: RunningAttempt): void;
  /** Resolves when it is recorded. */
  onLate(answer: LateAnswer): void | PromiseLike<void>;
}

/** What the batches of one transition have in common; one of them runs at a time. */
export interface BatchSurroundings {
  readonly clock: Clock;
  /** Ends the batch with the running steps. */
  readonly brake: Brake;
  readonly pace: Pace;
  readonly watch: StepWatch;
  /** Participants that answer at once, and so are not followed through their promises for the rest of the transition. */
  readonly unfollowed: Set<string>;
}

/** How one step's failure is to be understood. */
export interface StepFailure {
  /** Position in the delivery. */
  readonly index: number;
  readonly error: TransitionError;
  readonly inDoubt: boolean;
  readonly attempts: number;
}

/** What became of a batch. Every step of it is in `applied`, in `failures`, or was never started. */
export interface BatchOutcome {
  readonly applied: readonly Range[];
  /** In the order in which they happened. */
  readonly failures: readonly StepFailure[];
}

/** A batch, as far as it waits for something. */
export interface WaitingBatch {
  waiting(): readonly WaitingStep[];
}

/** Who waits for a batch. */
export interface BatchListener {
  ended(outcome: BatchOutcome): void;
  /** Something other than a step has failed. */
  crashed(error: unknown): void;
}

/** The late answer of an attempt that had been given up at its deadline. */
export interface LateAnswer {
  readonly idempotencyKey: string;
  readonly attempt: number;
  readonly outcome: "applied" | "not-applied" | "in-doubt";
}

/** A step that has not answered. */
export interface WaitingStep {
  /** Position in the delivery. */
  readonly index: number;
  /** Milliseconds of the instance's clock. */
  readonly since: number;
  /** Its last attempt failed, and it waits for the next one: nothing of the participant's is under way. */
  readonly resting: boolean;
}

/** Runs `attempt` until it succeeds, fails for good, or is `wanted` no more. */
export type RetryStep = (attempt: (number: number) => void | PromiseLike<void>, wanted: () => boolean) => Promise<void>;

/** An attempt that was given up at its deadline and has not answered. */
export interface RunningAttempt {
  readonly idempotencyKey: string;
  readonly attempt: number;
  /** Resolves, whatever the answer is, once it has come and is recorded. */
  readonly answered: Promise<void>;
}
