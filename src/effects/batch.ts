/**
 * Batch: the delivery of consecutive steps of one callback to one participant.
 *
 * This is the only place where users' code is called. Steps run one after the other, or up to the participant's limit at
 * once; a failure lets running siblings settle and starts no more. A synchronous callback is called in a plain loop that
 * is left only for a promise, a throw or the event loop: a transition of a hundred thousand volumes calls over a million.
 */
import { isInDoubt, thrownText } from "../error.ts";
import type { EventList } from "../plan/event-list.ts";
import { CALLBACKS } from "../plan/lifecycle-event.ts";
import type {
  BatchListener,
  BatchOutcome,
  BatchRequest,
  BatchSurroundings,
  LateAnswer,
  RetryStep,
  StepFailure,
  WaitingBatch,
  WaitingStep,
} from "./batch-request.ts";
import { type DeliveryFrame, DispatchedStep, RetriedStep } from "./dispatched-step.ts";
import { DoneSteps } from "./done-steps.ts";
import { beginCalls, endCalls, Following } from "./inside-callback.ts";
import { Lane, type LaneBatch } from "./lane.ts";
import type { ParticipantCallbacks } from "./participant.ts";
import { stepError } from "./step-error.ts";
import { type Call, StepLoop } from "./step-loop.ts";
import type { Watched } from "./step-watch.ts";

/** Promises of one turn after which steps are taken to answer at once. */
const ANSWERED_AT_ONCE = 1024;
/** Milliseconds between two checkpoints of one batch, and after which one takes long. */
const CHECKPOINT_EVERY = 250;

/**
 * Delivers the steps of the range. Gives the outcome itself where nothing had to be waited for; otherwise the listener is told.
 * Failures of steps are data.
 */
export function runBatch(request: BatchRequest, listener: BatchListener): BatchOutcome | undefined {
  const batch = new Batch(request, listener);
  request.onBegin(batch);
  return batch.run();
}

/** What becomes of a batch, as a promise: for who has few of them. @param run begins it, as `runBatch` does */
export function outcomeOf(run: (listener: BatchListener) => BatchOutcome | undefined): Promise<BatchOutcome> {
  return new Promise((resolve, reject) => {
    const outcome = run({ ended: resolve, crashed: reject });
    if (outcome !== undefined) resolve(outcome);
  });
}

/** What a lane waits for: the answer of its step, or its turn after others. */
type Wait = PromiseLike<void> | typeof PAUSE;

class Batch implements Watched, LaneBatch, WaitingBatch {
  readonly #request: BatchRequest;
  readonly #listener: BatchListener;
  readonly #surroundings: BatchSurroundings;
  readonly #frame: DeliveryFrame;
  readonly #callbacks: ParticipantCallbacks;
  readonly #method: Call;
  readonly #events: EventList;
  readonly #loop: StepLoop;
  readonly #to: number;
  readonly #done: DoneSteps;
  readonly #failures: StepFailure[] = [];
  #lanes: Lane[] = [];
  readonly #lanesAtMost: number;
  #openLanes = 0;
  #next: number;
  readonly #following: Following | undefined;
  #watched = false;
  #lastCheckpoint: number;
  /** It begins no more steps. */
  #isCut = false;
  /** Steps that have answered with a promise in this turn of the event loop. */
  #answeredInTurn = 0;
  #turn = 0;

  constructor(request: BatchRequest, listener: BatchListener) {
    const { frame, range, callbacks, concurrency, surroundings } = request;
    this.#request = request;
    this.#listener = listener;
    this.#surroundings = surroundings;
    this.#frame = frame;
    this.#callbacks = callbacks;
    this.#events = frame.delivery.events;
    this.#to = range[1];
    this.#method = callbacks[CALLBACKS[frame.delivery.callback].method] as Call;
    this.#loop = new StepLoop(frame, { callbacks, method: this.#method }, surroundings.brake);
    this.#next = range[0];
    this.#done = new DoneSteps(range[0]);
    this.#lanesAtMost = Math.max(1, Math.min(concurrency, range[1] - range[0]));
    this.#lastCheckpoint = surroundings.pace.lastLook;
    this.#following = surroundings.unfollowed.has(frame.delivery.participant) ? undefined : new Following();
  }

  run(): BatchOutcome | undefined {
    if (this.#following === undefined) this.#startLanes();
    else this.#following.run(() => this.#startLanes());
    if (this.#lanes.length > 0) return undefined;
    this.#following?.end();
    return this.#outcome();
  }

  waiting(): readonly WaitingStep[] {
    const waiting: WaitingStep[] = [];
    for (const { step, startedAt, expired, resting } of this.#lanes) {
      if (step !== undefined && !expired) waiting.push({ index: step.index, since: startedAt, resting });
    }
    return waiting;
  }

  #outcome(): BatchOutcome {
    return { applied: this.#done.ranges(), failures: this.#failures };
  }

  // ── Steps ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Whoever has to wait lets another lane begin; where nobody has to, one is enough, and nothing of it is kept. */
  #startLanes(): void {
    while (this.#lanes.length < this.#lanesAtMost) {
      const lane = new Lane(this);
      const wait = this.#runSynchronous(lane);
      if (wait === undefined) return;
      // An array that begins with one has room for one.
      if (this.#lanes.length === 0) this.#lanes = [lane];
      else this.#lanes.push(lane);
      this.#openLanes++;
      this.#wait(lane, wait);
      if (wait === PAUSE) return;
    }
  }

  /**
   * Has the lane called back when its step has answered. A function that awaits in a loop would read better, and take half as
   * long again for each of a million promises.
   */
  #wait(lane: Lane, wait: Wait): void {
    if (wait === PAUSE) {
      void this.#resumeLater(lane);
      return;
    }
    if (lane.moment !== this.#surroundings.pace.moment) this.#beginMoment(lane);
    if (++this.#answeredInTurn === ANSWERED_AT_ONCE) this.#release();
    Promise.resolve(wait).then(lane.onApplied, lane.onFailed);
  }

  /** The step that the lane waits for has answered. */
  onApplied(lane: Lane): void {
    if (lane.expired) {
      this.#late(lane, "applied");
      return;
    }
    this.#done.add((lane.step as DispatchedStep).index);
    this.#proceed(lane);
  }

  /** The step that the lane waits for has failed. */
  onFailed(lane: Lane, error: unknown): void {
    if (lane.expired) {
      this.#late(lane, isInDoubt(error) ? "in-doubt" : "not-applied");
      return;
    }
    this.#fail(lane.step as DispatchedStep, error);
    this.#proceed(lane);
  }

  /** The hot path of steps that answer with promises: as long as one follows the other, nothing else is gone through. */
  #proceed(lane: Lane): void {
    try {
      const wait = this.#request.retry === undefined ? this.#answerOfNext(lane) : undefined;
      if (wait !== undefined) {
        this.#wait(lane, wait);
        return;
      }
      lane.step = undefined;
      if (this.#surroundings.pace.isYieldDue()) void this.#resumeLater(lane);
      else this.#resume(lane);
    } catch (crash) {
      this.#crash(crash);
    }
  }

  /** Takes the next step, as long as there is one to take. */
  #resume(lane: Lane): void {
    const wait = this.#runSynchronous(lane);
    if (wait === undefined) this.#endLane();
    else this.#wait(lane, wait);
  }

  /** As `resume`, after others have had their turn. Never rejects. */
  async #resumeLater(lane: Lane): Promise<void> {
    try {
      await this.#yield();
      this.#resume(lane);
    } catch (crash) {
      this.#crash(crash);
    }
  }

  #crash(crash: unknown): void {
    this.#following?.end();
    this.#listener.crashed(crash);
  }

  #endLane(): void {
    this.#openLanes--;
    if (this.#openLanes > 0) return;
    this.#following?.end();
    this.#listener.ended(this.#outcome());
  }

  /** Gives what to wait for, or undefined when there is nothing left to start. */
  #runSynchronous(lane: Lane): Wait | undefined {
    const { retry } = this.#request;
    const { pace } = this.#surroundings;
    while (this.#next < this.#to && this.#mayGoOn()) {
      if (retry !== undefined) {
        lane.step = new DispatchedStep(this.#frame, this.#next++);
        return this.#retried(retry, lane.step, lane);
      }
      const wait = this.#runStretch(lane, pace.stepsToLook);
      if (wait !== undefined) return wait;
      if (pace.isYieldDue()) return PAUSE;
    }
    return undefined;
  }

  /** Calls steps until one answers with a promise, which it gives, or it is time to look around. */
  #runStretch(lane: Lane, atMost: number): PromiseLike<void> | undefined {
    const loop = this.#loop;
    const from = this.#next;
    let answer: PromiseLike<void> | undefined;
    beginCalls();
    try {
      answer = loop.run(from, Math.min(this.#to, from + atMost));
    } catch (error) {
      this.#next = loop.next;
      this.#done.addAll(from, loop.next - 1);
      this.#fail(loop.step as DispatchedStep, error);
      return undefined;
    } finally {
      endCalls();
    }
    this.#next = loop.next;
    const done = answer === undefined ? loop.next : loop.next - 1;
    this.#surroundings.pace.spend(done - from);
    this.#done.addAll(from, done);
    if (answer !== undefined) lane.step = loop.step;
    return answer;
  }

  /**
   * Calls the next step of a participant whose last one has answered with a promise; undefined: it answered without one, or
   * something else is to be done before it, which `resume` knows about.
   */
  #answerOfNext(lane: Lane): PromiseLike<void> | undefined {
    const index = this.#next;
    const { brake, pace } = this.#surroundings;
    if (index >= this.#to || brake.stopped || brake.paused || this.#failures.length > 0 || this.#isCut)
      return undefined;
    if (!pace.spendOne()) return undefined;
    this.#next = index + 1;
    beginCalls();
    try {
      const answer = this.#loop.one(index, lane);
      if (answer === undefined) this.#done.add(index);
      return answer;
    } catch (error) {
      this.#fail(lane.step as DispatchedStep, error);
      return undefined;
    } finally {
      endCalls();
    }
  }

  /** A step whose participant asks for retries: the lane waits for all attempts, each with a deadline of its own. */
  async #retried(retry: RetryStep, first: DispatchedStep, lane: Lane): Promise<void> {
    const frame = this.#frame;
    const { clock } = this.#surroundings;
    const attempt = async (number: number): Promise<void> => {
      const step = number === 1 ? first : new RetriedStep(frame, first.index, first.attempt + number - 1);
      lane.step = step;
      this.#beginWaiting(lane, clock.now());
      lane.resting = false;
      try {
        await this.#method.call(this.#callbacks, this.#events.at(step.index), step);
      } finally {
        lane.resting = true;
      }
    };
    try {
      await retry(attempt, () => !lane.expired && this.#isUnstopped());
    } finally {
      lane.resting = false;
    }
  }

  #mayGoOn(): boolean {
    return this.#failures.length === 0 && !this.#isCut && this.#isUnstopped();
  }

  #isUnstopped(): boolean {
    const { brake } = this.#surroundings;
    return !brake.stopped && !(this.#request.heedsPause && brake.paused);
  }

  async #yield(): Promise<void> {
    const { pace } = this.#surroundings;
    this.#checkpoint(pace.look());
    await pace.yield();
    this.#startLanes();
  }

  // ── Waiting ───────────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * The lane waits for its step, the first one in this turn of the event loop. Those that follow within it are taken to begin
   * with it, and nothing can become due before it is over.
   */
  #beginMoment(lane: Lane): void {
    const { retry } = this.#request;
    const { pace } = this.#surroundings;
    const began = pace.turnBegan();
    if (this.#turn !== pace.turns) {
      this.#turn = pace.turns;
      this.#answeredInTurn = 0;
    }
    lane.moment = pace.moment;
    if (retry === undefined) this.#beginWaiting(lane, began);
  }

  #beginWaiting(lane: Lane, now: number): void {
    const { watch } = this.#surroundings;
    lane.startedAt = now;
    lane.warned = false;
    if (this.#watched && watch.isSet) return;
    this.#watched = true;
    watch.over(this, now + Math.min(CHECKPOINT_EVERY, this.#request.deadline() / 2));
  }

  /** So many promises within one turn have waited for nothing: their participant need not be followed through them. */
  #release(): void {
    const { unfollowed } = this.#surroundings;
    if (this.#following?.release()) unfollowed.add(this.#frame.delivery.participant);
  }

  #checkpoint(now: number): void {
    if (now - this.#lastCheckpoint < CHECKPOINT_EVERY) return;
    this.#lastCheckpoint = now;
    this.#isCut = this.#request.endsSoon;
    this.#request.onCheckpoint(() => this.#done.ranges());
  }

  look(now: number): number | undefined {
    const deadline = this.#request.deadline();
    this.#checkpoint(now);
    let due: number | undefined;
    for (const lane of this.#lanes) {
      const { step, startedAt } = lane;
      if (step === undefined || lane.expired || lane.resting) continue;
      const elapsed = now - startedAt;
      if (elapsed >= deadline) {
        this.#expire(lane, deadline);
        continue;
      }
      if (!lane.warned && elapsed >= deadline / 2) {
        lane.warned = true;
        this.#request.onOverdue(step.index, elapsed, deadline);
      }
      due = Math.min(due ?? now + CHECKPOINT_EVERY, startedAt + (lane.warned ? deadline : deadline / 2));
    }
    return due;
  }

  /** Gives a step up: its outcome is unknown from now on, and its lane no longer counts. */
  #expire(lane: Lane, deadline: number): void {
    const step = lane.step as DispatchedStep;
    lane.expired = true;
    const error = stepError(this.#frame, step.index, {
      code: "DEADLINE",
      message: `its deadline of ${deadline} ms has passed. It may still take effect; it is in doubt`,
    });
    this.#failures.push({ index: step.index, inDoubt: true, attempts: step.attempt, error });
    const answered = new Promise<void>((resolve) => {
      lane.answered = resolve;
    });
    this.#request.onHung({ idempotencyKey: step.idempotencyKey, attempt: step.attempt, answered });
    step.abort(error);
    this.#endLane();
  }

  #late(lane: Lane, outcome: LateAnswer["outcome"]): void {
    const { idempotencyKey, attempt } = lane.step as DispatchedStep;
    Promise.resolve(this.#request.onLate({ idempotencyKey, attempt, outcome })).then(lane.answered, lane.answered);
  }

  // ── Failures ──────────────────────────────────────────────────────────────────────────────────────────────────────

  #fail(step: DispatchedStep, error: unknown): void {
    const inDoubt = isInDoubt(error);
    this.#failures.push({
      index: step.index,
      inDoubt,
      attempts: step.attempt,
      error: stepError(this.#frame, step.index, {
        code: inDoubt ? "IN_DOUBT" : "CALLBACK_FAILED",
        message: thrownText(error),
        cause: error,
      }),
    });
  }
}

const PAUSE = Symbol("pause");
