/**
 * Driver: takes requests and operators' commands, one transition at a time, and lets nothing interleave.
 *
 * Who asked is answered by a promise; where everybody is stands in the ledger, so that a failed transition needs no
 * clean-up here: the next one sets out from wherever things are.
 */
import { randomBytes } from "node:crypto";
import type { LifecycleStateName } from "../../machines/index.ts";
import type { ConfMap } from "../conf/conf-map.ts";
import { TransitionError } from "../error.ts";
import type { Cause, DoubtfulStep, Fact, TransitionKind } from "../journal/fact.ts";
import { EMPTY_LEDGER, type Ledger } from "../journal/ledger.ts";
import { atOnce, inStretches } from "../stretches.ts";
import { acceptingConf, askParticipants } from "./acceptance.ts";
import { doubtsHere } from "./doubts.ts";
import type { DriverSettings } from "./driver-settings.ts";
import type { LiveProgress } from "./execution-ports.ts";
import { isInsideCallback } from "./inside-callback.ts";
import { LifecycleActor } from "./lifecycle-actor.ts";
import { type FactListener, Recorder } from "./recorder.ts";
import { isFresh, participantsHere, plannedOf, type Registered, type Registry } from "./registry.ts";
import { type Ask, BY_API, misuseOf, type Request, requestOf, type TransitionResult } from "./request.ts";
import { type Accepted, acceptRequest } from "./request-acceptance.ts";
import {
  closedError,
  nothingHeldError,
  nothingToPauseError,
  notPausedError,
  reentrantError,
} from "./request-errors.ts";
import { RequestLine } from "./request-line.ts";
import { TransitionRun } from "./transition-run.ts";

export class Driver {
  readonly registry: Registry;
  readonly #settings: DriverSettings;
  readonly #line = new RequestLine();
  readonly #run: TransitionRun;
  readonly #listeners = new Set<FactListener>();
  #recorder: Promise<Recorder> | undefined;
  #opened: Recorder | undefined;
  #machine: LifecycleActor | undefined;
  #closed = false;
  #closing: Promise<void> | undefined;

  constructor(registry: Registry, settings: DriverSettings) {
    this.registry = registry;
    this.#settings = settings;
    this.#run = new TransitionRun(registry, settings);
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
    return this.#line.running?.kind;
  }

  get paused(): boolean {
    return this.#run.pause.isAsked;
  }

  get queued(): readonly TransitionKind[] {
    return this.#line.queued;
  }

  get live(): LiveProgress {
    return this.#run.live;
  }

  get broken(): TransitionError | undefined {
    return this.#opened?.broken;
  }

  /** @throws TransitionError CLOSED */
  checkOpen(): void {
    if (this.#closed) throw closedError();
  }

  listen(listener: FactListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** A listener that throws may not keep a fact from the others. */
  #tell(listener: FactListener, ...told: Parameters<FactListener>): void {
    try {
      listener(...told);
    } catch (error) {
      this.#settings.log.error({ fact: told[0].type, error: String(error) }, "a listener of facts has thrown");
    }
  }

  /** Milliseconds that any callback may take from now on, at most: a termination that is in a hurry shortens it. */
  limitDeadlines(milliseconds: number): void {
    if (!(milliseconds > 0))
      throw new TransitionError("USAGE", `deadlines cannot be limited to ${milliseconds} ms: give a number above 0`);
    this.#run.limitDeadlines(milliseconds);
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
        const participants = plannedOf(this.registry.participants);
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
    const refusal = misuseOf(ask) ?? this.#refusalOfConf(ask);
    if (refusal !== undefined) return Promise.reject(refusal);
    const { request, answer } = requestOf(ask);
    const turn = this.#line.take(request);
    if (turn === "begin") void this.#work(() => this.#perform(request));
    if (turn === "take-over") this.#run.stop("another");
    return answer;
  }

  /** What is running is not stopped for a termination that will be refused. */
  #refusalOfConf({ kind, confMap }: Ask): unknown {
    if (kind !== "down" || confMap === undefined || this.busy === undefined) return undefined;
    try {
      atOnce(acceptingConf(confMap, this.ledger));
      return undefined;
    } catch (error) {
      return error;
    }
  }

  /** Carries out what is at the head of the line, and then whatever waits. */
  async #work(first: () => Promise<TransitionResult>): Promise<void> {
    let perform: typeof first | undefined = first;
    while (perform !== undefined) {
      this.#run.renew();
      const answer = await answerOf(perform);
      // Others may have joined meanwhile: all are answered. Whoever is may ask for something else at once.
      const asked = this.#line.running;
      const next = this.#line.next();
      answer(asked);
      perform = next && (() => this.#perform(next));
    }
  }

  async #perform(request: Request): Promise<TransitionResult> {
    const recorder = await this.#openSound();
    const accepted = await this.#accept(request, recorder);
    await this.#run.begin(request, recorder, accepted);
    return this.#run.carryOn(recorder, request.forced);
  }

  async #openSound(): Promise<Recorder> {
    const recorder = await this.open();
    this.checkOpen();
    if (recorder.broken !== undefined) throw recorder.broken;
    return recorder;
  }

  async #accept(request: Request, recorder: Recorder): Promise<Accepted> {
    const { log } = this.#settings;
    const { registry, state, participants } = this;
    try {
      return await acceptRequest(request, {
        ...{ ledger: recorder.ledger, state, registry, participants },
        ask: (...asked) => this.#ask(...asked),
        warn: ({ rule, file, line, message }) => log.warn({ rule, file, line }, message),
      });
    } catch (error) {
      await this.#recordRefusal(request, recorder, error);
      throw error;
    }
  }

  #ask(participants: readonly Registered[], next: ConfMap, previous: ConfMap | undefined): Promise<void> {
    const { clock, deadline, log } = this.#settings;
    const stopSignal = this.#run.stopSignal;
    return askParticipants({ participants, next, previous, clock, deadline, stopSignal, log: () => log });
  }

  async #recordRefusal(request: Request, recorder: Recorder, error: unknown): Promise<void> {
    if (!(error instanceof TransitionError) || recorder.broken !== undefined) return;
    const { code, message, problems } = error;
    const { kind, cause } = request;
    await recorder.append([{ type: "RequestRefused", kind, code, message, problems, cause }]);
  }

  /** What would refuse a conf, before anything moves. */
  async validate(confMap: ConfMap): Promise<void> {
    const { ledger } = await this.open();
    const accepted = await inStretches(acceptingConf(confMap, ledger));
    await this.#ask(this.participants, accepted.confMap, ledger.current?.confMap);
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
    if (this.busy !== undefined || this.state !== "failed") return Promise.reject(nothingHeldError(what));
    const { request, answer } = requestOf({ kind: this.ledger.transition?.kind ?? "signaled" });
    this.#line.take(request);
    void this.#work(async () => {
      const recorder = await this.#openSound();
      await recorder.appendIf(decide);
      return this.#run.carryOn(recorder, false);
    });
    return answer;
  }

  /** Holds the running transition after the steps under way. */
  pause(cause: Cause = BY_API): void {
    if (isInsideCallback()) throw reentrantError("pause");
    this.checkOpen();
    if (this.busy === undefined || this.paused) throw nothingToPauseError();
    this.#run.pause.ask(cause);
  }

  /** Lets a paused transition go on. */
  resume(cause: Cause = BY_API): void {
    if (isInsideCallback()) throw reentrantError("resume");
    this.checkOpen();
    const pause = this.#run.pause.end();
    if (pause === undefined) throw notPausedError();
    if (pause.recorded) this.#opened?.append([{ type: "TransitionResumed", cause }]).catch(() => {});
    pause.letGo();
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
    const ended = this.#line.end(closedError());
    if (ended !== undefined) this.#run.stop("close");
    await ended;
    const recorder = await this.#recorder?.catch(() => undefined);
    await recorder?.close();
    await this.#settings.journal.close();
  }
}

/** The way to answer a request with what comes of it. */
async function answerOf(perform: () => Promise<TransitionResult>): Promise<(asked: Request | undefined) => void> {
  try {
    const result = await perform();
    return (asked) => asked?.resolve(result);
  } catch (error) {
    return (asked) => asked?.reject(error);
  }
}
