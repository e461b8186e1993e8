/**
 * Batch: the delivery of consecutive steps of one callback to one participant.
 *
 * This is the only place where users' code is called. Steps run one after the other, or up to the participant's limit at
 * once; a failure lets running siblings settle and starts no more. A synchronous callback is called in a plain loop that
 * is left only for a promise, a throw or the event loop: a transition of a hundred thousand volumes calls over a million.
 */
import { isInDoubt, TransitionError, thrownText } from "../error.ts";
import { CALLBACKS, type LifecycleEvent } from "../plan/lifecycle-event.ts";
import type { Range } from "../plan/progress.ts";
import type { Brake } from "./brake.ts";
import type { Clock } from "./clock.ts";
import { type DeliveryFrame, DispatchedStep, RetriedStep } from "./dispatched-step.ts";
import { beginCalls, endCalls, type Following, insideCallback } from "./inside-callback.ts";
import type { ParticipantCallbacks, StepContext } from "./participant.ts";

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

/** The late answer of an attempt that had been given up at its deadline. */
export interface LateAnswer {
  readonly idempotencyKey: string;
  readonly attempt: number;
  readonly outcome: "applied" | "not-applied" | "in-doubt";
}

/** What a batch needs to know. */
export interface BatchRequest {
  readonly frame: DeliveryFrame;
  readonly callbacks: ParticipantCallbacks;
  readonly range: Range;
  /** Number of steps that may run at once. */
  readonly concurrency: number;
  /** Milliseconds that an asynchronous step may take; asked each time, since a termination can shorten it. */
  deadline(): number;
  /** Tries a step again where its participant's policy says so; undefined: each step is tried once. */
  readonly retry: RetryStep | undefined;
  readonly clock: Clock;
  /** Ends the batch with the running steps. */
  readonly brake: Brake;
  /** Whether a pause ends it, too. */
  readonly heedsPause: boolean;
  /** Participants that answer at once, and so are not followed through their promises for the rest of the transition. */
  readonly unfollowed: Set<string>;
  /** Told at the start how to ask which steps are waited for. */
  onBegin(waiting: () => readonly WaitingStep[]): void;
  /** Told now and then of what has taken effect so far. */
  onCheckpoint(applied: () => readonly Range[]): void;
  onOverdue(index: number, elapsed: number, deadline: number): void;
  onHung(running: RunningAttempt): void;
  /** Resolves when it is recorded. */
  onLate(answer: LateAnswer): void | PromiseLike<void>;
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

/** Milliseconds that a loop of steps may hold the event loop. */
const HOLD_AT_MOST = 10;
/** Steps between two looks at the clock; a look costs about as much as a step that does nothing. */
const STEPS_PER_LOOK = 1024;
/** Promises of one turn after which steps are taken to answer at once. */
const ANSWERED_AT_ONCE = 1024;
/** Milliseconds between two checkpoints of one batch. */
const CHECKPOINT_EVERY = 250;

/** Delivers the steps of the range. Never rejects: failures are data. */
export async function runBatch(request: BatchRequest): Promise<BatchOutcome> {
  const batch = new Batch(request);
  request.onBegin(() => batch.waiting());
  if (request.unfollowed.has(request.frame.delivery.participant)) await batch.run(undefined);
  else await insideCallback((following) => batch.run(following));
  return batch.outcome();
}

type Call = (this: ParticipantCallbacks, event: LifecycleEvent, context: StepContext) => void | PromiseLike<void>;

interface Lane {
  /** The step that it waits for; undefined: it waits for none. */
  step: DispatchedStep | undefined;
  startedAt: number;
  warned: boolean;
  /** It waits between two attempts: nothing of the participant's is under way. */
  resting: boolean;
  /** Its step was given up: what it still hears is a late answer. */
  expired: boolean;
  /** Resolves the promise of those who wait for the late answer. */
  answered: () => void;
}

class Batch {
  readonly #request: BatchRequest;
  readonly #method: Call;
  /** Every step before it is done. */
  #doneTo: number;
  /** Steps done behind one that is not: only where several run at once, or one has failed. */
  readonly #doneBeyond = new Set<number>();
  readonly #failures: StepFailure[] = [];
  readonly #lanes: Lane[] = [];
  #next: number;
  #openLanes = 0;
  #finish: () => void = () => {};
  #crash: unknown;
  #timer: unknown;
  #lastYield: number;
  #lastCheckpoint: number;
  #sinceLook = 0;
  #turn: NodeJS.Immediate | undefined;
  #turnBeganAt = 0;
  /** Steps that have answered with a promise in this turn. */
  #answeredInTurn = 0;
  #following: Following | undefined;

  constructor(request: BatchRequest) {
    this.#request = request;
    const { delivery } = request.frame;
    const { callbacks } = request;
    this.#method = callbacks[CALLBACKS[delivery.callback].method] as Call;
    this.#next = request.range[0];
    this.#doneTo = this.#next;
    this.#lastYield = request.clock.now();
    this.#lastCheckpoint = this.#lastYield;
  }

  async run(following: Following | undefined): Promise<void> {
    this.#following = following;
    const [from, to] = this.#request.range;
    const lanes = Math.max(1, Math.min(this.#request.concurrency, to - from));
    this.#openLanes = lanes;
    const finished = new Promise<void>((resolve) => {
      this.#finish = resolve;
    });
    for (let i = 0; i < lanes; i++) {
      this.#lane().catch((error: unknown) => {
        this.#crash = error;
        this.#finish();
      });
    }
    await finished;
    if (this.#timer !== undefined) this.#request.clock.clearTimeout(this.#timer);
    clearImmediate(this.#turn);
    if (this.#crash !== undefined) throw this.#crash;
  }

  waiting(): readonly WaitingStep[] {
    const waiting: WaitingStep[] = [];
    for (const { step, startedAt, expired, resting } of this.#lanes) {
      if (step !== undefined && !expired) waiting.push({ index: step.index, since: startedAt, resting });
    }
    return waiting;
  }

  outcome(): BatchOutcome {
    return { applied: this.#applied(), failures: this.#failures };
  }

  #applied(): readonly Range[] {
    const [start] = this.#request.range;
    const ranges: Range[] = this.#doneTo > start ? [[start, this.#doneTo]] : [];
    let from = -1;
    let to = -1;
    for (const index of [...this.#doneBeyond].sort((a, b) => a - b)) {
      if (index === to) to++;
      else {
        if (from >= 0) ranges.push([from, to]);
        from = index;
        to = index + 1;
      }
    }
    if (from >= 0) ranges.push([from, to]);
    return ranges;
  }

  /** One of the steps that may run at once: takes the next step as long as there is one to take. */
  async #lane(): Promise<void> {
    const lane: Lane = {
      step: undefined,
      startedAt: 0,
      warned: false,
      resting: false,
      expired: false,
      answered: () => {},
    };
    this.#lanes.push(lane);
    for (;;) {
      let wait = this.#runSynchronous(lane);
      if (wait === undefined) break;
      // The hot loop of steps that answer with promises: as long as one follows the other, nothing else is gone through.
      while (wait !== undefined && wait !== PAUSE) {
        lane.startedAt = this.#turnBegan();
        lane.warned = false;
        if (this.#timer === undefined) this.#watch();
        const step = lane.step as DispatchedStep;
        try {
          await wait;
          if (lane.expired) {
            this.#late(lane, lane.step as DispatchedStep, "applied");
            return;
          }
          this.#mark(step.index);
        } catch (error) {
          if (lane.expired) {
            this.#late(lane, lane.step as DispatchedStep, isInDoubt(error) ? "in-doubt" : "not-applied");
            return;
          }
          this.#fail(lane.step as DispatchedStep, error);
        }
        lane.step = undefined;
        wait = ++this.#sinceLook < STEPS_PER_LOOK ? this.#answerOfNext(lane) : undefined;
      }
      if (wait === PAUSE || this.#looksDue()) await this.#yield();
    }
    this.#endLane();
  }

  #endLane(): void {
    this.#openLanes--;
    if (this.#openLanes === 0) this.#finish();
  }

  /** Gives what to wait for, or undefined when there is nothing left to start. */
  #runSynchronous(lane: Lane): PromiseLike<void> | typeof PAUSE | undefined {
    const { frame, range, retry } = this.#request;
    while (this.#next < range[1] && this.#failures.length === 0 && !this.#isStopped()) {
      if (retry !== undefined) {
        lane.step = new DispatchedStep(frame, this.#next++);
        return this.#retried(retry, lane.step, lane);
      }
      const wait = this.#runStretch(lane, STEPS_PER_LOOK - this.#sinceLook);
      if (wait !== undefined) return wait;
      if (this.#looksDue()) return PAUSE;
    }
    return undefined;
  }

  /**
   * The hot loop: steps up to the next look at the clock. A step of it costs a context, an event, the call, and the question
   * whether to stop; whatever else is to be done is done once per stretch. Gives the promise that a step has answered with.
   */
  #runStretch(lane: Lane, atMost: number): PromiseLike<void> | undefined {
    const { frame, range, callbacks, brake } = this.#request;
    const { events } = frame.delivery;
    const method = this.#method;
    const from = this.#next;
    const to = Math.min(range[1], from + atMost);
    let index = from;
    let step: DispatchedStep | undefined;
    let answer: void | PromiseLike<void>;
    beginCalls();
    try {
      do {
        step = new DispatchedStep(frame, index);
        answer = method.call(callbacks, events.at(index), step);
        if (answer !== undefined && isThenable(answer)) break;
        answer = undefined;
        index++;
        // Whoever brakes is asked about it outside: whether it concerns this batch.
      } while (index < to && !brake.stopped && !brake.paused);
    } catch (error) {
      this.#next = index + 1;
      this.#markAll(from, index);
      this.#fail(step as DispatchedStep, error);
      return undefined;
    } finally {
      endCalls();
    }
    this.#sinceLook += index - from;
    this.#markAll(from, index);
    if (answer === undefined) {
      this.#next = index;
      return undefined;
    }
    this.#next = index + 1;
    lane.step = step;
    return answer;
  }

  /** Calls the next step, if there is one that may be; undefined: it answered without a promise, or something is in the way. */
  #answerOfNext(lane: Lane): PromiseLike<void> | undefined {
    const { range, retry } = this.#request;
    if (this.#next >= range[1] || retry !== undefined || this.#failures.length > 0 || this.#isStopped())
      return undefined;
    return this.#runStretch(lane, 1);
  }

  /** A step whose participant asks for retries: the lane waits for all attempts, each with a deadline of its own. */
  async #retried(retry: RetryStep, first: DispatchedStep, lane: Lane): Promise<void> {
    const { frame } = this.#request;
    const attempt = async (number: number): Promise<void> => {
      const step = number === 1 ? first : new RetriedStep(frame, first.index, first.attempt + number - 1);
      lane.step = step;
      lane.startedAt = this.#request.clock.now();
      lane.warned = false;
      lane.resting = false;
      this.#watch();
      try {
        await this.#method.call(this.#request.callbacks, frame.delivery.events.at(step.index), step);
      } finally {
        lane.resting = true;
      }
    };
    try {
      await retry(attempt, () => !lane.expired && !this.#isStopped());
    } finally {
      lane.resting = false;
    }
  }

  #isStopped(): boolean {
    const { brake, heedsPause } = this.#request;
    return brake.stopped || (heedsPause && brake.paused);
  }

  #markAll(from: number, to: number): void {
    if (from === this.#doneTo && this.#doneBeyond.size === 0) this.#doneTo = to;
    else for (let index = from; index < to; index++) this.#mark(index);
  }

  #mark(index: number): void {
    if (index !== this.#doneTo) {
      this.#doneBeyond.add(index);
      return;
    }
    this.#doneTo++;
    while (this.#doneBeyond.size > 0 && this.#doneBeyond.delete(this.#doneTo)) this.#doneTo++;
  }

  #fail(step: DispatchedStep, error: unknown): void {
    const inDoubt = isInDoubt(error);
    this.#failures.push({
      index: step.index,
      inDoubt,
      attempts: step.attempt,
      error: this.#errorOf(step, inDoubt ? "IN_DOUBT" : "CALLBACK_FAILED", thrownText(error), error),
    });
  }

  #errorOf(
    step: DispatchedStep,
    code: "IN_DOUBT" | "CALLBACK_FAILED" | "DEADLINE",
    message: string,
    cause: unknown,
  ): TransitionError {
    const { delivery, transitionId } = this.#request.frame;
    const subject = delivery.events.subject(step.index);
    const what = subject === "" ? delivery.callback : `${delivery.callback} of '${subject}'`;
    const said = { CALLBACK_FAILED: "failed", IN_DOUBT: "is in doubt", DEADLINE: "gave no answer" }[code];
    return new TransitionError(code, `participant '${delivery.participant}': ${what} ${said}: ${message}`, {
      participant: delivery.participant,
      callback: delivery.callback,
      subject: subject === "" ? undefined : subject,
      transitionId,
      cause,
    });
  }

  #late(lane: Lane, step: DispatchedStep, outcome: LateAnswer["outcome"]): void {
    const { idempotencyKey, attempt } = step;
    Promise.resolve(this.#request.onLate({ idempotencyKey, attempt, outcome })).then(lane.answered, lane.answered);
  }

  /**
   * About when this turn of the event loop began, for steps that begin in it. The clock is read once per turn and look: a
   * million steps may answer within few turns, and reading it would cost more than calling them.
   */
  #turnBegan(): number {
    if (this.#turn === undefined) {
      this.#turnBeganAt = this.#request.clock.now();
      this.#answeredInTurn = 0;
      this.#turn = setImmediate(() => {
        this.#turn = undefined;
      });
    }
    // So many within one turn have waited for nothing.
    if (++this.#answeredInTurn === ANSWERED_AT_ONCE && this.#following?.release()) {
      this.#request.unfollowed.add(this.#request.frame.delivery.participant);
    }
    return this.#turnBeganAt;
  }

  /** Whether it is time to let others run. The clock is looked at rarely. */
  #looksDue(): boolean {
    if (this.#sinceLook < STEPS_PER_LOOK) return false;
    this.#sinceLook = 0;
    const now = this.#request.clock.now();
    this.#turnBeganAt = now;
    return now - this.#lastYield >= HOLD_AT_MOST;
  }

  async #yield(): Promise<void> {
    const now = this.#request.clock.now();
    if (now - this.#lastCheckpoint >= CHECKPOINT_EVERY) {
      this.#lastCheckpoint = now;
      this.#request.onCheckpoint(() => this.#applied());
    }
    await new Promise<void>((resolve) => setImmediate(resolve));
    this.#lastYield = this.#request.clock.now();
  }

  /** Arms one timer for whichever waiting lane is due first. */
  #watch(): void {
    if (this.#timer !== undefined) return;
    const now = this.#request.clock.now();
    const deadline = this.#request.deadline();
    let due = CHECKPOINT_EVERY;
    for (const lane of this.#lanes) {
      if (lane.step === undefined || lane.expired || lane.resting) continue;
      due = Math.min(due, lane.startedAt + (lane.warned ? deadline : deadline / 2) - now);
    }
    this.#timer = this.#request.clock.setTimeout(
      () => {
        this.#timer = undefined;
        this.#look();
      },
      Math.max(1, due),
    );
  }

  #look(): void {
    const now = this.#request.clock.now();
    const deadline = this.#request.deadline();
    if (now - this.#lastCheckpoint >= CHECKPOINT_EVERY) {
      this.#lastCheckpoint = now;
      this.#request.onCheckpoint(() => this.#applied());
    }
    let waiting = false;
    for (const lane of this.#lanes) {
      if (lane.step === undefined || lane.expired || lane.resting) continue;
      const elapsed = now - lane.startedAt;
      if (elapsed >= deadline) this.#expire(lane, deadline);
      else {
        waiting = true;
        if (!lane.warned && elapsed >= deadline / 2) {
          lane.warned = true;
          this.#request.onOverdue(lane.step.index, elapsed, deadline);
        }
      }
    }
    if (waiting) this.#watch();
  }

  /** Gives a step up: its outcome is unknown from now on, and its lane no longer counts. */
  #expire(lane: Lane, deadline: number): void {
    const step = lane.step as DispatchedStep;
    lane.expired = true;
    const error = this.#errorOf(
      step,
      "DEADLINE",
      `its deadline of ${deadline} ms has passed. It may still take effect; it is in doubt`,
      undefined,
    );
    this.#failures.push({ index: step.index, inDoubt: true, attempts: step.attempt, error });
    const answered = new Promise<void>((resolve) => {
      lane.answered = resolve;
    });
    this.#request.onHung({ idempotencyKey: step.idempotencyKey, attempt: step.attempt, answered });
    step.abort(error);
    this.#endLane();
  }
}

const PAUSE = Symbol("pause");

function isThenable(value: void | PromiseLike<void>): value is PromiseLike<void> {
  const canHaveThen = (typeof value === "object" && value !== null) || typeof value === "function";
  return canHaveThen && typeof (value as PromiseLike<void>).then === "function";
}
