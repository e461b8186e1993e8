/**
 * Execution: carries out the open transition, from its steps in doubt through its plan to the last delivery.
 *
 * It reads where things are from the ledger, and only from there, so that it begins a transition, goes on after a retry and
 * goes on after a pause in the same way. Every step is announced before it is delivered, by its plan or by a fact of its own;
 * what became of it is recorded with a later announcement, so that a group of steps costs one durable write and not one each.
 */
import { invariant, type TransitionError } from "../error.ts";
import type { DoubtfulStep, Fact, FailureText, StepPlace } from "../journal/fact.ts";
import { currentStates, type OpenTransition, placeInPlan, stateOfParticipant } from "../journal/ledger.ts";
import { CALLBACKS, type CallbackName, subjectOf } from "../plan/lifecycle-event.ts";
import type { Command } from "../plan/order.ts";
import { type ParticipantState, UNTOLD } from "../plan/participant-state.ts";
import { type Delivery, type Plan, planTransition } from "../plan/plan.ts";
import { exceptionOf, inRanges, type Progress, type Range, stateAfter } from "../plan/progress.ts";
import { inStretches } from "../stretches.ts";
import { outcomeOf } from "./batch.ts";
import type { BatchOutcome, StepFailure } from "./batch-request.ts";
import { DeliveryChain } from "./delivery-chain.ts";
import { Dispatch } from "./dispatch.ts";
import type { Round } from "./dispatched-batch.ts";
import { setsUp } from "./doubts.ts";
import { Drops } from "./drops.ts";
import type { ExecutionPorts } from "./execution-ports.ts";
import { Outbox } from "./outbox.ts";
import { Redeliveries } from "./redeliveries.ts";
import { participantsHere, plannedOf, type Registered, registeredAs } from "./registry.ts";
import { Rounds } from "./rounds.ts";

/** How an execution ended. */
export type ExecutionEnd =
  /** Everything was delivered; with `failures`, a termination went on past these. */
  | { readonly end: "arrived"; readonly plan: Plan; readonly failures: readonly TransitionError[] }
  /** Somebody asked for another transition: everybody stays where they are. */
  | { readonly end: "stopped" }
  /** A step failed; `fallback` is what its participant's policy asks for. */
  | { readonly end: "failed"; readonly error: TransitionError; readonly fallback: "hold" | "rollback" };

/** How a round has ended: with all of it done, with something left out that may still be done, or in a way that ends the execution. */
type RoundEnd = "done" | RoundLeft;
type RoundLeft = "partly" | ExecutionEnd;

/** Carries the open transition on from where the ledger says it is. */
export async function execute(ports: ExecutionPorts, mode: { readonly forced: boolean }): Promise<ExecutionEnd> {
  return new Execution(ports, mode.forced).run();
}

class Execution {
  readonly #ports: ExecutionPorts;
  readonly #forced: boolean;
  readonly #dispatch: Dispatch;
  readonly #failures: TransitionError[] = [];
  readonly #outbox: Outbox;
  readonly #rounds: Rounds;
  readonly #doubts: Redeliveries;
  /** Steps that a forced down has tried once more and given up, before there was a plan with them. */
  readonly #givenUp: { readonly step: DoubtfulStep; readonly failure: StepFailure }[] = [];

  constructor(ports: ExecutionPorts, forced: boolean) {
    this.#ports = ports;
    this.#forced = forced;
    this.#outbox = new Outbox(ports.recorder, ports.clock);
    this.#dispatch = new Dispatch(ports, this.#outbox);
    this.#rounds = new Rounds(ports, this.#dispatch, this.#outbox);
    this.#doubts = new Redeliveries(ports, this.#dispatch, this.#outbox);
  }

  async run(): Promise<ExecutionEnd> {
    try {
      return await this.#carryOut();
    } finally {
      this.#dispatch.end();
    }
  }

  async #carryOut(): Promise<ExecutionEnd> {
    if (this.#ports.brake.stopped) return { end: "stopped" };
    const settled = this.#forced ? await this.#settleDoubtsByForce() : await this.#settleDoubts();
    if (settled !== undefined) return settled;
    if (this.#open.progress === undefined) await this.#makePlan(false);
    const plan = this.#progress.plan;
    const delivered = await this.#deliverAll();
    if (delivered !== undefined) return delivered;
    await this.#outbox.flush();
    return { end: "arrived", plan, failures: this.#failures };
  }

  get #open(): OpenTransition {
    const open = this.#ports.recorder.ledger.transition;
    invariant(open !== undefined, "an execution has an open transition");
    return open;
  }

  get #progress(): Progress {
    const { progress } = this.#open;
    invariant(progress !== undefined, "a delivery has a plan");
    return progress;
  }

  // ── Steps in doubt ────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Steps in doubt come first: whether they took effect decides what is to be done. Each is redelivered as it was, under
   * its old key, once its old attempt has answered or been given another deadline's time.
   */
  async #settleDoubts(): Promise<ExecutionEnd | undefined> {
    // An Up in doubt comes before anything else of its participant, which can be told nothing without it.
    const ups = await this.#redeliverAll(({ callback }) => callback === "Up");
    if (ups !== undefined) return ups;
    const brought = await this.#bringUpForDoubts();
    if (brought !== undefined) return brought;
    return this.#redeliverAll(({ participant }) => this.#stateOf(participant).up);
  }

  async #redeliverAll(wanted: (step: DoubtfulStep) => boolean): Promise<ExecutionEnd | undefined> {
    for (const step of this.#doubts.here().filter(wanted)) {
      await this.#doubts.oldAttempt(step);
      const interrupted = await this.#interruption();
      if (interrupted !== undefined) return interrupted;
      const still = this.#doubts.here().find((each) => each.idempotencyKey === step.idempotencyKey);
      if (still === undefined) continue;
      const failure = await this.#redeliver(still);
      if (failure !== undefined) return failure;
    }
    return undefined;
  }

  /** After a crash nobody has got Up yet, and who has not got Up can be told nothing. */
  async #bringUpForDoubts(): Promise<ExecutionEnd | undefined> {
    const { progress, target, without } = this.#open;
    if (progress?.plan.arrives || target === undefined) return undefined;
    if (progress === undefined) {
      const waiting = this.#doubts.here().filter(({ participant }) => !without.includes(participant));
      if (waiting.every(({ participant }) => this.#stateOf(participant).up)) return undefined;
      await this.#makePlan(true);
    }
    const delivered = await this.#deliverAll();
    if (delivered !== undefined) return delivered;
    this.#outbox.put({ type: "PlanCarriedOut" });
    await this.#outbox.flush();
    return undefined;
  }

  async #redeliver(step: DoubtfulStep): Promise<ExecutionEnd | undefined> {
    const participant = this.#registered(step.participant);
    const outcome = await this.#doubts.redeliver(step);
    if (outcome === "applied") {
      await this.#doubts.settle(step, "applied", "redelivery");
      return undefined;
    }
    if (outcome === "stopped") return { end: "stopped" };
    const place = placeInPlan(this.#ports.recorder.ledger, step.idempotencyKey);
    if (place !== undefined) {
      const { delivery, index } = place;
      this.#outbox.put(failedFact({ delivery, index }, outcome, false));
      await this.#outbox.flush();
      return this.#failed(participant, step.callback, outcome);
    }
    if (outcome.inDoubt) {
      await this.#outbox.flush();
      return this.#failed(participant, step.callback, outcome);
    }
    // Now it is known that nothing of it is in effect. The plan will ask for it anew, if it is wanted still.
    await this.#doubts.settle(step, "not-applied", "redelivery");
    return undefined;
  }

  /**
   * A forced down waits for nobody. What may have been set up counts as set up, so that it is taken down; what was being
   * taken down is tried once more under its old key, and given up if that is in doubt again.
   */
  async #settleDoubtsByForce(): Promise<ExecutionEnd | undefined> {
    for (const step of this.#doubts.here()) {
      const interrupted = await this.#interruption();
      if (interrupted !== undefined) return interrupted;
      // Who is not up can be told nothing: it keeps its doubts.
      if (step.callback !== "Up" && !this.#stateOf(step.participant).up) continue;
      if (setsUp(step.callback)) {
        await this.#doubts.settle(step, "applied", "forced-down");
        continue;
      }
      const outcome = await this.#doubts.redeliver(step);
      if (outcome === "stopped") return { end: "stopped" };
      if (outcome !== "applied" && outcome.inDoubt) {
        this.#givenUp.push({ step, failure: outcome });
        this.#failures.push(outcome.error);
      }
      await this.#doubts.settle(step, outcome === "applied" ? "applied" : "not-applied", "forced-down");
    }
    return undefined;
  }

  // ── The plan ──────────────────────────────────────────────────────────────────────────────────────────────────────

  async #makePlan(upOnly: boolean): Promise<void> {
    const open = this.#open;
    const { ledger } = this.#ports.recorder;
    const participants = participantsHere(ledger, this.#ports.registry);
    const plan = planTransition({
      command: commandOf(open),
      order: open.order,
      from: currentStates(ledger),
      to: open.target,
      participants: plannedOf(participants),
      confMap: open.confMap,
      only: onlyOf(open, participants),
      upOnly,
    });
    await this.#ports.recorder.append([{ type: "PlanMade", plan }]);
  }

  async #deliverAll(): Promise<ExecutionEnd | undefined> {
    const { plan, cursor, exceptions } = this.#progress;
    const drops = Drops.of(plan, exceptions);
    for (let index = cursor; index < plan.deliveries.length; index++) {
      let after: RoundLeft | undefined;
      if (drops.empty && this.#givenUp.length === 0) ({ index, after } = await this.#deliverWhole(plan, index, drops));
      const delivery = plan.deliveries[index];
      if (delivery === undefined) break;
      const passedOver = after === undefined ? await this.#passOver(delivery, drops) : NONE;
      if (!delivery.implemented) continue;
      const end = await this.#goOn(delivery, drops, { passedOver, after });
      if (end !== undefined) {
        await this.#outbox.flush();
        this.#ports.live.delivery = undefined;
        return end;
      }
    }
    this.#ports.live.delivery = undefined;
    return undefined;
  }

  /**
   * Carries out deliveries from a position on, for as long as each is one round that is done. Gives the position of the one that
   * is not, and how its round has ended, if it has begun.
   */
  async #deliverWhole({ deliveries }: Plan, from: number, drops: Drops): Promise<{ index: number; after?: RoundLeft }> {
    let index = from;
    const chain = new DeliveryChain<RoundLeft>({
      next: () => {
        while (deliveries[index]?.implemented === false) index++;
        const delivery = deliveries[index];
        return delivery && this.#wholeOf(delivery);
      },
      run: (round, listener) => this.#rounds.run(round, listener),
      conclude: (round, outcome) => {
        const end = this.#conclude(round, outcome, drops);
        if (end !== "done") return end;
        index++;
        return undefined;
      },
    });
    const stopped = chain.run();
    const after = stopped instanceof Promise ? await stopped : stopped;
    return after === undefined ? { index } : { index, after };
  }

  /** Positions that are not to be delivered, since something that they rest on was given up. */
  async #passOver(delivery: Delivery, drops: Drops): Promise<ReadonlySet<number>> {
    await this.#passOverGivenUp(delivery, drops);
    if (drops.empty) return NONE;
    await this.#outbox.flush();
    const progress = this.#progress;
    const applied = progress.cursor === delivery.index ? progress.applied : [];
    // The cursor stands at the last announced delivery; those that nobody implements were gone through since.
    const here = { ...progress, cursor: delivery.index, applied };
    const state = stateAfter(here, delivery.participant) ?? UNTOLD;
    const indexes = drops.indexesIn(delivery, state, progress.plan).filter((index) => !inRanges(applied, index));
    const fresh = indexes.filter((index) => exceptionOf(progress, delivery.index, index) === undefined);
    if (fresh.length > 0) this.#outbox.put({ type: "StepsDropped", delivery: delivery.index, indexes: fresh });
    return new Set(indexes);
  }

  /** What a forced down has given up already is not tried a third time. */
  async #passOverGivenUp(delivery: Delivery, drops: Drops): Promise<void> {
    for (const { step, failure } of this.#givenUp) {
      if (step.participant !== delivery.participant || step.callback !== delivery.callback) continue;
      for (let index = 0; index < delivery.events.length; index++) {
        if (delivery.events.subject(index) !== subjectOf(step.event)) continue;
        this.#recordFailure(delivery, { ...failure, index }, drops);
        await this.#outbox.flush();
      }
    }
  }

  /**
   * The ordinary case, of which a start of a thousand participants has thousands: the delivery is one round, and nothing is
   * in its way, so that it can begin at once.
   */
  #wholeOf(delivery: Delivery): Round | undefined {
    const { pace } = this.#dispatch;
    if (this.#isInterrupted || pace.isYieldDueAt(pace.lastLook)) return undefined;
    // What is passed over is among the exceptions, or rests on one.
    const { cursor, exceptions } = this.#progress;
    if (!delivery.events.isPrepared || cursor === delivery.index || exceptions.length > 0) return undefined;
    const participant = this.#registered(delivery.participant);
    const round = this.#rounds.first(participant, delivery, [0, delivery.events.length]);
    return round.range[1] === delivery.events.length ? round : undefined;
  }

  /** Delivers what is left of one delivery, round by round; `after` says how a round of it that was tried has ended. */
  async #goOn(
    delivery: Delivery,
    drops: Drops,
    { passedOver, after }: { readonly passedOver: ReadonlySet<number>; readonly after: RoundLeft | undefined },
  ): Promise<ExecutionEnd | undefined> {
    if (typeof after === "object") return after;
    const { pace } = this.#dispatch;
    const participant = this.#registered(delivery.participant);
    if (!delivery.events.isPrepared) await inStretches(delivery.events.preparing());
    let pending =
      after === undefined ? this.#pendingOf(delivery, passedOver) : await this.#leftOf(delivery, passedOver);
    while (pending.length > 0) {
      if (pace.isYieldDueAt(pace.lastLook)) await pace.yield();
      const interrupted = this.#isInterrupted ? await this.#interruption() : undefined;
      if (interrupted !== undefined) return interrupted;
      const [first, ...others] = pending as [Range, ...Range[]];
      const round = this.#rounds.first(participant, delivery, first);
      const end = this.#conclude(round, await outcomeOf((listener) => this.#rounds.run(round, listener)), drops);
      if (typeof end === "object") return end;
      const to = round.range[1];
      if (end === "partly") pending = await this.#leftOf(delivery, passedOver);
      else pending = to === first[1] ? others : [[to, first[1]], ...others];
    }
    return undefined;
  }

  /** What becomes of a round waits for the next durable write. */
  #conclude(round: Round, outcome: BatchOutcome, drops: Drops): RoundEnd {
    const { participant, delivery, range } = round;
    const { failures } = outcome;
    const steps = range[1] - range[0];
    const done = this.#rounds.take(round, outcome);
    if (done === steps) return "done";
    for (const failure of failures) {
      this.#failures.push(failure.error);
      this.#recordFailure(delivery, failure, drops);
    }
    if (done + failures.length < steps) this.#outbox.put({ type: "StepsWithdrawn", delivery: delivery.index });
    const [first] = failures;
    if (first !== undefined && !this.#forced) return this.#failed(participant, delivery.callback, first);
    return "partly";
  }

  /** Something was left out: the facts say what is still to be done. */
  async #leftOf(delivery: Delivery, passedOver: ReadonlySet<number>): Promise<readonly Range[]> {
    await this.#outbox.flush();
    return this.#pendingOf(delivery, new Set([...passedOver, ...this.#failedIn(delivery)]));
  }

  #failedIn(delivery: Delivery): readonly number[] {
    return this.#progress.exceptions
      .filter((each) => each.delivery === delivery.index && each.outcome !== "not-applied")
      .map((each) => each.index);
  }

  /** What of the delivery has neither taken effect nor been passed over. */
  #pendingOf(delivery: Delivery, passedOver: ReadonlySet<number>): readonly Range[] {
    const progress = this.#progress;
    const here = progress.cursor === delivery.index;
    const applied = here ? progress.applied : [];
    if (applied.length === 0 && progress.exceptions.length === 0 && passedOver.size === 0)
      return [[0, delivery.events.length]];
    const excepted = new Set(passedOver);
    for (const each of progress.exceptions) {
      if (each.delivery === delivery.index && each.outcome !== "not-applied") excepted.add(each.index);
    }
    if (applied.length === 0 && excepted.size === 0) return [[0, delivery.events.length]];
    const ranges: [number, number][] = [];
    for (let i = 0; i < delivery.events.length; i++) {
      if (excepted.has(i) || inRanges(applied, i)) continue;
      const last = ranges[ranges.length - 1];
      if (last !== undefined && last[1] === i) last[1] = i + 1;
      else ranges.push([i, i + 1]);
    }
    return ranges;
  }

  get #isInterrupted(): boolean {
    const { stopped, paused } = this.#ports.brake;
    return stopped || paused;
  }

  async #interruption(): Promise<ExecutionEnd | undefined> {
    if (this.#ports.brake.stopped) return { end: "stopped" };
    if (!this.#ports.brake.paused) return undefined;
    // What was done before the pause comes before it in the history, too.
    await this.#outbox.flush();
    await this.#ports.paused();
    return this.#ports.brake.stopped ? { end: "stopped" } : undefined;
  }

  // ── Outcomes ──────────────────────────────────────────────────────────────────────────────────────────────────────

  #recordFailure(delivery: Delivery, failure: StepFailure, drops: Drops): void {
    const { index } = failure;
    this.#outbox.put(failedFact({ delivery: delivery.index, index }, failure, this.#forced));
    // A gate that could not be closed, of all things, may not keep a termination from taking the volumes down.
    if (this.#forced && CALLBACKS[delivery.callback].subject !== "none") {
      drops.add(this.#progress.plan, delivery, failure.index);
    }
  }

  #failed(participant: Registered, callback: CallbackName, failure: StepFailure): ExecutionEnd {
    const policy = this.#dispatch.policyOf(participant, callback);
    const fallback = typeof policy === "string" ? policy : (policy.then ?? "hold");
    return { end: "failed", error: failure.error, fallback };
  }

  #registered(name: string): Registered {
    return registeredAs(name, this.#ports.registry);
  }

  #stateOf(name: string): ParticipantState {
    return stateOfParticipant(this.#ports.recorder.ledger, name);
  }
}

const NONE: ReadonlySet<number> = new Set();

function failedFact(place: StepPlace, failure: StepFailure, dropped: boolean): Fact {
  const { error, inDoubt, attempts } = failure;
  return { type: "StepFailed", ...place, inDoubt, failure: failureText(error), attempts, dropped };
}

export function failureText(error: TransitionError): FailureText {
  return { code: error.code, message: error.message };
}

/** Who is told anything; undefined: everybody. */
function onlyOf({ participant, without }: OpenTransition, among: readonly Registered[]): readonly string[] | undefined {
  if (participant !== undefined) return [participant];
  if (without.length === 0) return undefined;
  return among.map(({ name }) => name).filter((name) => !without.includes(name));
}

function commandOf(open: OpenTransition): Command {
  if (open.target === undefined) return "down";
  return open.kind === "up" ? "up" : "signaled";
}
