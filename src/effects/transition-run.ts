/**
 * TransitionRun: carries the open transition to its end and records that end: finished, left for another, held, or rolled
 * back.
 *
 * There is one for all transitions of an instance, since attempts that hang, and what was learned of the participants'
 * speed, outlast a transition.
 */
import type { ConfMap } from "../conf/conf-map.ts";
import { invariant, TransitionError, thrownText } from "../error.ts";
import type { Cause, Fact, TransitionKind } from "../journal/fact.ts";
import type { Ledger } from "../journal/ledger.ts";
import type { LateAnswer, RunningAttempt } from "./batch-request.ts";
import { BatchSizes } from "./batch-sizes.ts";
import { Brake } from "./brake.ts";
import type { DriverSettings } from "./driver-settings.ts";
import { type ExecutionEnd, execute, failureText } from "./execution.ts";
import type { LiveProgress } from "./execution-ports.ts";
import { Pause } from "./pause.ts";
import type { Recorder } from "./recorder.ts";
import { declaredOf, isFresh, type Registry } from "./registry.ts";
import { type Request, type TransitionResult, unheard } from "./request.ts";
import { type Accepted, rollbackGoal } from "./request-acceptance.ts";
import { closedError, continuedError } from "./request-errors.ts";
import { isWithoutDifference } from "./unchanged-reload.ts";

export class TransitionRun {
  readonly live: LiveProgress = {
    delivery: undefined,
    batch: undefined,
    running() {
      return this.batch?.running() ?? [];
    },
  };
  /** What `stop` and the pause say, for who asks before each step. */
  readonly #brake = new Brake();
  readonly pause = new Pause(this.#brake);
  readonly #registry: Registry;
  readonly #settings: DriverSettings;
  readonly #hung = new Map<string, RunningAttempt>();
  readonly #sizes = new BatchSizes();
  #stop = new AbortController();
  #stoppedFor: "another" | "close" | undefined;
  #deadlineAtMost = Number.POSITIVE_INFINITY;

  constructor(registry: Registry, settings: DriverSettings) {
    this.#registry = registry;
    this.#settings = settings;
  }

  /** Aborted when what is running shall end. */
  get stopSignal(): AbortSignal {
    return this.#stop.signal;
  }

  /** What comes next is not stopped any more. */
  renew(): void {
    this.#stop = new AbortController();
    this.#stoppedFor = undefined;
    this.#brake.stopped = false;
  }

  /** Ends what is running after the steps under way. */
  stop(reason: "another" | "close"): void {
    this.#stoppedFor = reason;
    this.#brake.stopped = true;
    this.#stop.abort();
    this.pause.letGo();
  }

  /** Milliseconds that any callback may take from now on, at most. */
  limitDeadlines(milliseconds: number): void {
    this.#deadlineAtMost = milliseconds;
  }

  /** Records what is about to begin. */
  async begin(request: Request, recorder: Recorder, accepted: Accepted): Promise<void> {
    await recorder.appendIf((ledger) => {
      const facts: Fact[] = [];
      const { confMap } = accepted;
      if (!ledger.confs.has(confMap.hash)) facts.push(confRecorded(confMap, ledger));
      if (isFresh(ledger)) {
        facts.push({ type: "ParticipantsDeclared", participants: this.#registry.participants.map(declaredOf) });
      }
      facts.push({
        type: "TransitionStarted",
        transitionId: `${ledger.streamId}.${ledger.transitions + 1}`,
        kind: request.kind,
        order: this.#settings.order,
        confMap,
        target: accepted.target,
        participant: accepted.participant,
        declared: accepted.declared,
        cause: request.cause,
      });
      return facts;
    });
  }

  /** Runs the open transition to its end, and records that end. */
  async carryOn(recorder: Recorder, forced: boolean): Promise<TransitionResult> {
    const open = recorder.ledger.transition;
    invariant(open !== undefined, "a transition is open");
    const transitionId = open.id;
    const ended = await execute(this.#portsFor(recorder), { forced });
    // Who asked for a pause means the rollback too, should one follow.
    if (ended.end !== "failed" || !rollsBack(ended, open.kind)) this.pause.end();
    switch (ended.end) {
      case "arrived": {
        const { current } = recorder.ledger;
        const unchanged = open.kind === "signaled" && isWithoutDifference(ended.plan, current?.topology);
        const outcome = unchanged ? "unchanged" : "finished";
        await recorder.append([{ type: "TransitionFinished", outcome }]);
        if (open.kind === "unregister") this.#registry.remove(open.participant ?? "");
        if (ended.failures.length > 0) throw continuedError(ended.failures, transitionId);
        return { outcome, transitionId };
      }
      case "stopped": {
        if (this.#stoppedFor === "close") throw closedError();
        await recorder.append([{ type: "TransitionAbandoned", reason: "a later request took its place" }]);
        return { outcome: "superseded", transitionId };
      }
      case "failed":
        return this.#fail(recorder, ended, open);
    }
  }

  async #fail(
    recorder: Recorder,
    ended: ExecutionEnd & { end: "failed" },
    open: { readonly id: string; readonly kind: TransitionKind },
  ): Promise<never> {
    const { error } = ended;
    await recorder.append([
      {
        type: "TransitionHeld",
        failure: failureText(error),
        participant: error.participant,
        callback: error.callback as never,
        subject: error.subject,
      },
    ]);
    if (!rollsBack(ended, open.kind)) throw error;
    if (this.#stop.signal.aborted) {
      this.pause.end();
      throw error;
    }
    throw await this.#rollBack(recorder, error);
  }

  async #rollBack(recorder: Recorder, failure: TransitionError): Promise<TransitionError> {
    const details = { ...failure, cause: failure };
    const cause: Cause = { how: "policy", who: failure.participant, reason: failure.message };
    try {
      await this.begin(unheard({ kind: "rollback", cause }), recorder, rollbackGoal(recorder.ledger));
      const result = await this.carryOn(recorder, false);
      if (result.outcome === "superseded") return failure;
      return new TransitionError(
        "ROLLED_BACK",
        `${failure.message}. The transition was rolled back to the state before it`,
        details,
      );
    } catch (error) {
      const message = thrownText(error);
      return new TransitionError(
        "ROLLBACK_FAILED",
        `${failure.message}. Its rollback failed as well, and is held: ${message}`,
        {
          ...details,
          failures: [failure, ...(error instanceof TransitionError ? [error] : [])],
        },
      );
    }
  }

  #portsFor(recorder: Recorder): Parameters<typeof execute>[0] {
    const { clock, policy, deadline, log } = this.#settings;
    return {
      recorder,
      registry: this.#registry,
      clock,
      policy,
      deadline: () => ({ otherwise: deadline, atMost: this.#deadlineAtMost }),
      log: () => log,
      brake: this.#brake,
      stopSignal: this.#stop.signal,
      paused: () => this.pause.hold((cause) => recorder.append([{ type: "TransitionPaused", cause }])),
      hung: this.#hung,
      onLate: (answer) => this.#hearLate(recorder, answer),
      live: this.live,
      sizes: this.#sizes,
    };
  }

  /** A late answer settles the doubt, unless the step was delivered again meanwhile. */
  #hearLate(recorder: Recorder, answer: LateAnswer): Promise<void> {
    this.#hung.delete(answer.idempotencyKey);
    return recorder
      .appendIf((ledger) => {
        const doubt = ledger.inDoubt.find((step) => step.idempotencyKey === answer.idempotencyKey);
        const { idempotencyKey, outcome } = answer;
        if (doubt === undefined || doubt.attempts !== answer.attempt || outcome === "in-doubt") {
          return [{ type: "LateAnswerHeard", idempotencyKey, outcome }];
        }
        return [{ type: "DoubtSettled", idempotencyKey, outcome, by: "late-answer" }];
      })
      .catch(() => {});
  }
}

/** The conf beside the one in use, if the journal has that: what is different may be all that is kept. */
function confRecorded(confMap: ConfMap, { current, confs }: Ledger): Fact {
  const base = current !== undefined && confs.has(current.confMap.hash) ? current.confMap : undefined;
  return { type: "ConfRecorded", hash: confMap.hash, confMap, base };
}

/** Whether a failure is followed by a rollback: its participant asks for one, and the transition is one that goes somewhere. */
function rollsBack({ fallback }: ExecutionEnd & { end: "failed" }, kind: TransitionKind): boolean {
  return fallback === "rollback" && (kind === "up" || kind === "signaled" || kind === "admit");
}
