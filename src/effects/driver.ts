/**
 * Driver: the one loop that takes requests, one transition at a time, and lets nothing interleave.
 *
 * Requests wait in two places only: the latest reload, and a termination, which goes first. Who asked is answered by a
 * promise; where everybody is stands in the ledger, so that a failed transition needs no clean-up here: the next one sets
 * out from wherever things are.
 */
import { randomBytes } from "node:crypto";
import { type LifecycleStateName, requestRefusal } from "../../machines/index.ts";
import { ConfMap } from "../conf/conf-map.ts";
import { invariant, type Problem, TransitionError, thrownText } from "../error.ts";
import type { Inspect } from "../inspect/inspector.ts";
import type { Cause, DeclaredParticipant, DoubtfulStep, Fact, TransitionKind } from "../journal/fact.ts";
import type { Journal } from "../journal/journal.ts";
import { EMPTY_LEDGER, type Ledger } from "../journal/ledger.ts";
import type { OrderName } from "../plan/order.ts";
import type { Plan } from "../plan/plan.ts";
import { flatDelta, isEmptyDelta } from "../topology/delta.ts";
import type { Topology } from "../topology/topology.ts";
import { type AcceptedConf, acceptConf, askParticipants, checkUnchanged } from "./acceptance.ts";
import type { LateAnswer, RunningAttempt } from "./batch.ts";
import { BatchSizes } from "./batch-sizes.ts";
import { Brake } from "./brake.ts";
import type { Clock } from "./clock.ts";
import { doubtsHere } from "./doubts.ts";
import { type ExecutionEnd, execute, failureText, type LiveProgress } from "./execution.ts";
import { isInsideCallback } from "./inside-callback.ts";
import { LifecycleActor } from "./lifecycle-actor.ts";
import type { Log } from "./log.ts";
import type { FailurePolicy } from "./participant.ts";
import { type FactListener, Recorder } from "./recorder.ts";
import { declaredOf, participantsHere, plannedOf, type Registered, type Registry } from "./registry.ts";

/** How a request ended well. */
export interface TransitionResult {
  /**
   * `unchanged`: a reload without differences from the last finished transition (everybody still got SignaledStart and
   * SignaledFinish);
   * `superseded`: a later request took the place of this one, before it began or on its way.
   */
  readonly outcome: "finished" | "superseded" | "unchanged";
  /** Empty for a request that was superseded before it began. */
  readonly transitionId: string;
}

/** Settings of a driver, with every default filled in. */
export interface DriverSettings {
  readonly order: OrderName;
  readonly journal: Journal;
  readonly takeover: boolean;
  readonly clock: Clock;
  readonly log: Log;
  /** Milliseconds. */
  readonly deadline: number;
  readonly policy: FailurePolicy;
  readonly inspect: Inspect | undefined;
  /** Begins transition ids; a test passes a fixed one. */
  readonly streamId: string | undefined;
}

interface Request {
  readonly kind: TransitionKind;
  readonly confMap: ConfMap | undefined;
  readonly cause: Cause;
  /** Go on past failures. */
  readonly forced: boolean;
  readonly participant: string | undefined;
  readonly resolve: (result: TransitionResult) => void;
  readonly reject: (error: unknown) => void;
}

/** What an operator or a program asks for. */
export interface Ask {
  readonly kind: TransitionKind;
  readonly confMap?: ConfMap | undefined;
  readonly cause?: Cause | undefined;
  readonly forced?: boolean | undefined;
  readonly participant?: string | undefined;
}

const BY_API: Cause = { how: "api" };

export class Driver {
  readonly registry: Registry;
  readonly #settings: DriverSettings;
  #recorder: Promise<Recorder> | undefined;
  #opened: Recorder | undefined;
  #machine: LifecycleActor | undefined;
  readonly #listeners = new Set<FactListener>();
  #running: Request | undefined;
  #nextReload: Request | undefined;
  #nextDown: Request | undefined;
  #stop = new AbortController();
  /** What `#stop` and `#pause` say, for who asks before each step. */
  readonly #brake = new Brake();
  #pause:
    | { readonly cause: Cause; readonly gate: Promise<void>; readonly open: () => void; recorded: boolean }
    | undefined;
  #deadlineAtMost = Number.POSITIVE_INFINITY;
  #closed = false;
  #closing: Promise<void> | undefined;
  readonly #hung = new Map<string, RunningAttempt>();
  readonly #sizes = new BatchSizes();
  readonly live: LiveProgress = { delivery: undefined, running: () => [] };

  constructor(registry: Registry, settings: DriverSettings) {
    this.registry = registry;
    this.#settings = settings;
  }

  get ledger(): Ledger {
    return this.#opened?.ledger ?? EMPTY_LEDGER;
  }

  /** The ledger as the journal had it before this process began. */
  get before(): Ledger | undefined {
    return this.#opened?.before;
  }

  /** Where the machine is. */
  get state(): LifecycleStateName {
    return this.#machine?.state ?? "down";
  }

  /** Who takes part: who registered while up does when admitted; before the first transition everybody. */
  get participants(): readonly Registered[] {
    return isFresh(this.ledger) ? this.registry.participants : participantsHere(this.ledger, this.registry);
  }

  get busy(): TransitionKind | undefined {
    return this.#running?.kind;
  }

  get paused(): boolean {
    return this.#pause !== undefined;
  }

  get queued(): readonly TransitionKind[] {
    return [this.#nextDown, this.#nextReload].flatMap((request) => (request === undefined ? [] : [request.kind]));
  }

  get broken(): TransitionError | undefined {
    return this.#opened?.broken;
  }

  /** A listener that throws may not keep a fact from the others. */
  #tell(listener: FactListener, ...told: Parameters<FactListener>): void {
    try {
      listener(...told);
    } catch (error) {
      this.#settings.log.error({ fact: told[0].type, error: String(error) }, "a listener of facts has thrown");
    }
  }

  listen(listener: FactListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Milliseconds that any callback may take from now on, at most: a termination that is in a hurry shortens it. */
  limitDeadlines(milliseconds: number): void {
    if (!(milliseconds > 0))
      throw new TransitionError("USAGE", `deadlines cannot be limited to ${milliseconds} ms: give a number above 0`);
    this.#deadlineAtMost = milliseconds;
  }

  /** Opens the journal without asking for a transition, so that one can look at what was. */
  async open(): Promise<Recorder> {
    if (this.#closed) throw closedError();
    if (this.#recorder === undefined) {
      const { journal, clock, takeover, streamId, log } = this.#settings;
      const opening = Recorder.open({
        journal,
        clock,
        takeover,
        streamId: () => streamId ?? randomBytes(6).toString("hex"),
      });
      this.#recorder = opening;
      try {
        const recorder = await opening;
        this.#opened = recorder;
        if (recorder.repair !== undefined) log.warn({ journal: journal.location }, recorder.repair);
        const participants = this.registry.participants.map(plannedOf);
        this.#machine = new LifecycleActor({
          order: this.#settings.order,
          participants,
          inspect: this.#settings.inspect,
        });
        recorder.listen((fact, ledger, time) => {
          this.#machine?.hear(fact);
          for (const listener of this.#listeners) this.#tell(listener, fact, ledger, time);
        });
      } catch (error) {
        this.#recorder = undefined;
        throw error;
      }
    }
    return this.#recorder;
  }

  // ── Requests ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Takes a request. What can be refused at once is; the rest waits its turn. */
  ask(ask: Ask): Promise<TransitionResult> {
    if (isInsideCallback()) return Promise.reject(reentrantError(ask.kind));
    if (this.#closed) return Promise.reject(closedError());
    const misuse = misuseOf(ask);
    if (misuse !== undefined) return Promise.reject(misuse);
    return new Promise((resolve, reject) => {
      const request: Request = {
        kind: ask.kind,
        confMap: ask.confMap,
        cause: ask.cause ?? BY_API,
        forced: ask.forced ?? false,
        participant: ask.participant,
        resolve,
        reject,
      };
      if (this.#running === undefined) {
        void this.#work(request);
        return;
      }
      switch (ask.kind) {
        case "signaled":
          this.#supersede(this.#nextReload);
          if (this.#nextDown !== undefined || this.#running.kind === "down")
            reject(notUpError("signaled", "a termination is under way"));
          else this.#nextReload = request;
          return;
        case "down": {
          const refusal = this.#refusalOfConf(ask);
          if (refusal !== undefined) {
            reject(refusal);
            return;
          }
          this.#supersede(this.#nextReload);
          this.#nextReload = undefined;
          if (this.#nextDown !== undefined) {
            // Whoever waits for a termination and then ends the process must not be told of its end before it.
            this.#nextDown = joined(this.#nextDown, request);
            return;
          }
          // A termination is under way already; this one waits for the same end, and takes over only if it is forced.
          if (this.#running.kind === "down" && (!request.forced || this.#running.forced)) {
            this.#running = joined(this.#running, request);
            return;
          }
          this.#nextDown = request;
          this.#stopRunning();
          return;
        }
        case "up":
          reject(
            new TransitionError(
              "ALREADY_UP",
              `up was asked for, but ${this.#running.kind} is under way: wait for it, or ask for signaled`,
            ),
          );
          return;
        default:
          reject(
            new TransitionError("BUSY", `${ask.kind} needs an idle lifecycle, and ${this.#running.kind} is under way`),
          );
      }
    });
  }

  /** What is running is not stopped for a termination that will be refused. */
  #refusalOfConf({ confMap }: Ask): unknown {
    if (confMap === undefined) return undefined;
    try {
      acceptConf(confMap, this.ledger);
      return undefined;
    } catch (error) {
      return error;
    }
  }

  #supersede(request: Request | undefined): void {
    request?.resolve({ outcome: "superseded", transitionId: "" });
  }

  #stopRunning(): void {
    this.#brake.stopped = true;
    this.#stop.abort();
    this.#pause?.open();
  }

  async #work(first: Request): Promise<void> {
    let request: Request | undefined = first;
    while (request !== undefined) {
      this.#running = request;
      this.#stop = new AbortController();
      this.#brake.stopped = false;
      let settle: () => void;
      try {
        const result = await this.#perform(request);
        settle = () => (this.#running as Request).resolve(result);
      } catch (error) {
        settle = () => (this.#running as Request).reject(error);
      }
      // Another may have joined meanwhile: ask for the one there is now.
      const settled = this.#running;
      const next: Request | undefined = this.#nextDown ?? this.#nextReload;
      if (next === this.#nextDown) this.#nextDown = undefined;
      else this.#nextReload = undefined;
      this.#running = settled;
      settle();
      this.#running = next;
      request = next;
    }
  }

  async #perform(request: Request): Promise<TransitionResult> {
    const recorder = await this.open();
    if (this.#closed) throw closedError();
    if (recorder.broken !== undefined) throw recorder.broken;
    let accepted: Accepted;
    try {
      accepted = await this.#accept(request, recorder);
    } catch (error) {
      await this.#recordRefusal(request, recorder, error);
      throw error;
    }
    await this.#begin(request, recorder, accepted);
    return this.#carryOn(recorder, request.forced);
  }

  // ── Before anything moves ─────────────────────────────────────────────────────────────────────────────────────────

  async #accept(request: Request, recorder: Recorder): Promise<Accepted> {
    const { ledger } = recorder;
    const { state } = this;
    const refusal = requestRefusal(state, request.kind);
    if (refusal !== undefined) throw refusal;
    switch (request.kind) {
      case "up":
      case "signaled":
        return this.#acceptConf(request, ledger, true);
      case "down": {
        const accepted = request.confMap === undefined ? undefined : await this.#acceptConf(request, ledger, false);
        if (accepted !== undefined && state === "up") checkUnchanged(accepted.conf, ledger);
        const confMap = accepted?.conf.confMap ?? ledger.current?.confMap ?? ledger.transition?.confMap;
        invariant(confMap !== undefined, "who is not down has a conf");
        return { confMap, target: undefined };
      }
      case "rollback":
        return rollbackGoal(ledger);
      case "admit": {
        const place = ledger.current;
        invariant(place !== undefined, "who is up has a place");
        const newcomer = this.registry.get(request.participant ?? "");
        if (newcomer === undefined || ledger.participants.some(({ name }) => name === newcomer.name)) {
          throw new TransitionError(
            "PARTICIPANT_UNKNOWN",
            `no newcomer '${request.participant}' waits to be admitted: register it first`,
          );
        }
        await this.#ask([newcomer], place.confMap, undefined);
        return { confMap: place.confMap, target: place.topology, declared: declaredOf(newcomer) };
      }
      case "unregister": {
        const place = ledger.current;
        invariant(place !== undefined, "who is up has a place");
        this.registry.checkRemovable(request.participant ?? "");
        return { confMap: place.confMap, target: undefined, participant: request.participant };
      }
    }
  }

  async #acceptConf(request: Request, ledger: Ledger, asks: boolean): Promise<Accepted & { conf: AcceptedConf }> {
    invariant(request.confMap !== undefined, `${request.kind} has a ConfMap`);
    const conf = acceptConf(request.confMap, ledger);
    for (const warning of conf.warnings)
      this.#settings.log.warn({ rule: warning.rule, file: warning.file, line: warning.line }, warning.message);
    if (asks) await this.#ask(this.participants, conf.confMap, ledger.current?.confMap);
    return { confMap: conf.confMap, target: conf.topology, conf };
  }

  /** What would refuse a conf, before anything moves. */
  async validate(confMap: ConfMap): Promise<void> {
    const { ledger } = await this.open();
    const accepted = acceptConf(confMap, ledger);
    await this.#ask(participantsHere(ledger, this.registry), accepted.confMap, ledger.current?.confMap);
  }

  #ask(participants: readonly Registered[], next: ConfMap, previous: ConfMap | undefined): Promise<void> {
    const { clock, deadline, log } = this.#settings;
    const stopSignal = this.#stop.signal;
    return askParticipants({ participants, next, previous, clock, deadline, stopSignal, log: () => log });
  }

  async #recordRefusal(request: Request, recorder: Recorder, error: unknown): Promise<void> {
    if (!(error instanceof TransitionError) || recorder.broken !== undefined) return;
    const problems: readonly Problem[] = error.problems;
    const { kind, cause } = request;
    await recorder.append([
      { type: "RequestRefused", kind, code: error.code, message: error.message, problems, cause },
    ]);
  }

  // ── The transition ────────────────────────────────────────────────────────────────────────────────────────────────

  async #begin(request: Request, recorder: Recorder, accepted: Accepted): Promise<void> {
    await recorder.appendIf((ledger) => {
      const facts: Fact[] = [];
      const { hash } = accepted.confMap;
      if (!ledger.confs.has(hash)) facts.push({ type: "ConfRecorded", hash, confMap: accepted.confMap });
      if (isFresh(ledger)) {
        facts.push({ type: "ParticipantsDeclared", participants: this.registry.participants.map(declaredOf) });
      }
      facts.push({
        type: "TransitionStarted",
        transitionId: `${ledger.streamId}.${ledger.transitions + 1}`,
        kind: request.kind,
        order: this.#settings.order,
        confMap: accepted.confMap,
        target: accepted.target,
        participant: accepted.participant,
        declared: accepted.declared,
        cause: request.cause,
      });
      return facts;
    });
  }

  /** Runs the open transition to its end, and records that end. */
  async #carryOn(recorder: Recorder, forced: boolean): Promise<TransitionResult> {
    const open = recorder.ledger.transition;
    invariant(open !== undefined, "a transition is open");
    const transitionId = open.id;
    const ended = await execute(this.#portsFor(recorder), { forced });
    // Who asked for a pause means the rollback too, should one follow.
    if (ended.end !== "failed" || !rollsBack(ended, open.kind)) this.#endPause();
    switch (ended.end) {
      case "arrived": {
        const { current } = recorder.ledger;
        const unchanged = open.kind === "signaled" && isWithoutDifference(ended.plan, current?.topology);
        const outcome = unchanged ? "unchanged" : "finished";
        await recorder.append([{ type: "TransitionFinished", outcome }]);
        if (open.kind === "unregister") this.registry.remove(open.participant ?? "");
        if (ended.failures.length > 0) throw continuedError(ended.failures, transitionId);
        return { outcome, transitionId };
      }
      case "stopped": {
        if (this.#closed) throw closedError();
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
      this.#endPause();
      throw error;
    }
    throw await this.#rollBack(recorder, error);
  }

  async #rollBack(recorder: Recorder, failure: TransitionError): Promise<TransitionError> {
    const details = { ...failure, cause: failure };
    const cause: Cause = { how: "policy", who: failure.participant, reason: failure.message };
    try {
      const request = { kind: "rollback", cause, participant: undefined } as const;
      await this.#begin(
        { ...request, confMap: undefined, forced: false, resolve: () => {}, reject: () => {} },
        recorder,
        rollbackGoal(recorder.ledger),
      );
      const result = await this.#carryOn(recorder, false);
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
      registry: this.registry,
      clock,
      policy,
      deadline: () => ({ otherwise: deadline, atMost: this.#deadlineAtMost }),
      log: () => log,
      brake: this.#brake,
      stopSignal: this.#stop.signal,
      paused: () => this.#recordPause(recorder),
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

  /** @throws TransitionError CLOSED */
  checkOpen(): void {
    if (this.#closed) throw closedError();
  }

  // ── Operator commands ─────────────────────────────────────────────────────────────────────────────────────────────

  /** Delivers the failed step again, under its old key, and goes on. */
  async retry(cause: Cause = BY_API): Promise<TransitionResult> {
    return this.#resume("retry", () => [{ type: "TransitionResumed", cause }]);
  }

  /** Settles the failed step by word of mouth, and goes on. */
  async skip(as: "applied" | "not-applied", cause: Cause): Promise<TransitionResult> {
    // Whatever is not one of the two would else count as the other.
    if (as !== "applied" && as !== "not-applied")
      throw new TransitionError("USAGE", `skip was asked for as '${String(as)}': say 'applied' or 'not-applied'`);
    return this.#resume("skip", (ledger) => {
      const resumed: Fact = { type: "TransitionResumed", cause };
      if (ledger.transition?.failed !== undefined) return [{ type: "StepSkipped", as, cause }, resumed];
      // No step of the plan has failed: what is held is a redelivery, which goes through the doubts oldest first.
      const { idempotencyKey } = this.#heldDoubt(ledger);
      return [{ type: "DoubtSettled", idempotencyKey, outcome: as, by: `operator: ${cause.reason ?? ""}` }, resumed];
    });
  }

  #heldDoubt(ledger: Ledger): DoubtfulStep {
    const doubt = doubtsHere(ledger, this.registry)[0];
    if (doubt !== undefined) return doubt;
    throw new TransitionError(
      "NOTHING_HELD",
      "no step waits for an operator's word: retry goes on with the transition",
    );
  }

  #resume(what: string, decide: (ledger: Ledger) => readonly Fact[]): Promise<TransitionResult> {
    if (isInsideCallback()) return Promise.reject(reentrantError(what));
    if (this.#closed) return Promise.reject(closedError());
    if (this.#running !== undefined || this.state !== "failed") return Promise.reject(nothingHeldError(what));
    const kind = this.ledger.transition?.kind ?? "signaled";
    return new Promise((resolve, reject) => {
      const request: Request = {
        kind,
        confMap: undefined,
        cause: BY_API,
        forced: false,
        participant: undefined,
        resolve,
        reject,
      };
      void this.#workResumed(request, decide);
    });
  }

  async #workResumed(request: Request, decide: (ledger: Ledger) => readonly Fact[]): Promise<void> {
    this.#running = request;
    this.#stop = new AbortController();
    this.#brake.stopped = false;
    let settle: () => void;
    try {
      const recorder = await this.open();
      if (recorder.broken !== undefined) throw recorder.broken;
      await recorder.appendIf(decide);
      const result = await this.#carryOn(recorder, false);
      settle = () => (this.#running ?? request).resolve(result);
    } catch (error) {
      settle = () => (this.#running ?? request).reject(error);
    }
    settle();
    const next = this.#nextDown ?? this.#nextReload;
    if (next === this.#nextDown) this.#nextDown = undefined;
    else this.#nextReload = undefined;
    this.#running = undefined;
    if (next !== undefined) await this.#work(next);
  }

  /** Holds the running transition after the steps under way. */
  pause(cause: Cause = BY_API): void {
    if (isInsideCallback()) throw reentrantError("pause");
    this.checkOpen();
    if (this.#running === undefined || this.#pause !== undefined) throw nothingToPauseError();
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    this.#pause = { cause, gate, open, recorded: false };
    this.#brake.paused = true;
  }

  /** Lets a paused transition go on. */
  resume(cause: Cause = BY_API): void {
    if (isInsideCallback()) throw reentrantError("resume");
    this.checkOpen();
    const pause = this.#pause;
    if (pause === undefined) throw notPausedError();
    this.#endPause();
    if (pause.recorded) this.#opened?.append([{ type: "TransitionResumed", cause }]).catch(() => {});
    pause.open();
  }

  #endPause(): void {
    this.#pause = undefined;
    this.#brake.paused = false;
  }

  #recordPause(recorder: Recorder): Promise<void> | undefined {
    const pause = this.#pause;
    if (pause === undefined) return undefined;
    pause.recorded = true;
    return recorder.append([{ type: "TransitionPaused", cause: pause.cause }]).then(() => pause.gate);
  }

  // ── The end ───────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Ends without calling any participant; steps under way are waited for. */
  close(): Promise<void> {
    if (isInsideCallback()) return Promise.reject(reentrantError("close"));
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#closed = true;
    const running = this.#running;
    for (const request of [this.#nextDown, this.#nextReload]) request?.reject(closedError());
    this.#nextDown = undefined;
    this.#nextReload = undefined;
    if (running !== undefined) {
      const ended = new Promise<void>((resolve) => {
        this.#running = {
          ...running,
          resolve: (result) => {
            running.resolve(result);
            resolve();
          },
          reject: (error) => {
            running.reject(error);
            resolve();
          },
        };
      });
      this.#stopRunning();
      await ended;
    }
    const recorder = await this.#recorder?.catch(() => undefined);
    await recorder?.close();
    await this.#settings.journal.close();
  }
}

/** Whether a failure is followed by a rollback: its participant asks for one, and the transition is one that goes somewhere. */
function rollsBack({ fallback }: ExecutionEnd & { end: "failed" }, kind: TransitionKind): boolean {
  return fallback === "rollback" && (kind === "up" || kind === "signaled" || kind === "admit");
}

/** Down, with nothing under way: whoever is registered now will take part. */
function isFresh(ledger: Ledger): boolean {
  return ledger.current === undefined && ledger.transition === undefined;
}

/** One request in the place of two that want the same end; it is forced if either is. */
function joined(first: Request, second: Request): Request {
  return {
    ...first,
    forced: first.forced || second.forced,
    resolve: (result) => {
      first.resolve(result);
      second.resolve(result);
    },
    reject: (error) => {
      first.reject(error);
      second.reject(error);
    },
  };
}

interface Accepted {
  readonly confMap: ConfMap;
  readonly target: Topology | undefined;
  readonly declared?: DeclaredParticipant | undefined;
  /** The one participant that is told; undefined: everybody. */
  readonly participant?: string | undefined;
}

/** The state after the last finished transition: of everybody, or of the one that the held transition is about. */
function rollbackGoal({ current, transition }: Ledger): Accepted {
  invariant(transition !== undefined, "a rollback follows a transition");
  if (current === undefined) return { confMap: transition.confMap, target: undefined };
  const { participant, kind } = transition;
  // A newcomer was not there after the last finished transition; nor is it after a rollback of its rollback.
  const goes =
    kind === "admit" || (participant !== undefined && kind === "rollback" && transition.target === undefined);
  return { confMap: current.confMap, target: goes ? undefined : current.topology, participant };
}

/**
 * Whether a reload has told nobody of a difference, and none was told on the way here: what goes on from a reload that was
 * held may have nothing left to tell, and still changes everything.
 */
function isWithoutDifference({ phases, origins, target }: Plan, current: Topology | undefined): boolean {
  if (current === undefined || target === undefined) return false;
  if (phases.some(({ callback }) => callback !== "SignaledStart" && callback !== "SignaledFinish")) return false;
  const fromRest = origins.every(({ state: { known } }) => known.kind === "settled" && known.topology === current);
  return fromRest || isEmptyDelta(flatDelta(current, target));
}

/** What the compiler would have said of this request. */
function misuseOf({ kind, confMap }: Ask): TransitionError | undefined {
  if (confMap instanceof ConfMap || (confMap === undefined && kind !== "up" && kind !== "signaled")) return undefined;
  return new TransitionError(
    "USAGE",
    `${kind} was given ${confMap === undefined ? "no ConfMap" : "something that is not a ConfMap"}: make one with loadConf, parseConf or ConfMap.from`,
  );
}

function continuedError(failures: readonly TransitionError[], transitionId: string): TransitionError {
  const lines = failures.map((failure) => `  ${failure.message}`).join("\n");
  return new TransitionError("CONTINUED", `down, but ${failures.length} step(s) failed on the way:\n${lines}`, {
    failures,
    transitionId,
  });
}

function closedError(): TransitionError {
  return new TransitionError("CLOSED", "the instance has been closed: make another with createTransitions");
}

function notUpError(what: string, why: string): TransitionError {
  return new TransitionError("NOT_UP", `${what} was asked for, but ${why}: ask for up first`);
}

function nothingHeldError(what: string): TransitionError {
  return new TransitionError("NOTHING_HELD", `${what} needs a transition that is held, and there is none`);
}

function nothingToPauseError(): TransitionError {
  return new TransitionError(
    "NOTHING_HELD",
    "pause needs a transition that is under way and not paused already, and there is none",
  );
}

function notPausedError(): TransitionError {
  return new TransitionError(
    "NOTHING_HELD",
    "resume needs a transition that is paused, and there is none: what is held goes on with retry, rollback or skip",
  );
}

function reentrantError(what: string): TransitionError {
  return new TransitionError(
    "REENTRANT",
    `${what} was asked for from inside a callback, which it would wait for: ask for it after the callback has returned`,
  );
}
