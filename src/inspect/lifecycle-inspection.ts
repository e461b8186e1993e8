/**
 * Lifecycle inspection: the facts of a lifecycle as actors, events and snapshots with names that a person understands.
 *
 * The lifecycle machine is one actor; every transition, every phase of it and every participant is shown as another, since
 * the machine alone is one box that says `signaling`. All of it follows from the facts, so that a recorded history looks
 * as it looked when it happened; and what it costs depends on phases and participants, not on the number of volumes.
 */
import type { InspectionEvent } from "xstate";
import type { Fact, StepFailed, TransitionStarted } from "../journal/fact.ts";
import type { Ledger } from "../journal/ledger.ts";
import type { Progress } from "../plan/progress.ts";
import { confChanges } from "./conf-changes.ts";
import { DeliveryTelling } from "./delivery-telling.ts";
import { harmless, type Inspect } from "./inspector.ts";
import { MachineView } from "./machine-view.ts";
import { InspectionMasking } from "./masked-inspection.ts";
import { phasesInWords } from "./plan-words.ts";
import { Roster, type Waiting } from "./roster.ts";
import { type SecretName, Secrets } from "./secrets.ts";
import type { StandIn } from "./stand-in.ts";
import { type ShownEvent, Teller } from "./teller.ts";
import { shownCause, TransitionView } from "./transition-view.ts";

export interface LifecycleInspectionOptions {
  readonly inspect: Inspect;
  /** Names whose values are secret, besides the usual ones. */
  readonly secrets?: readonly SecretName[] | undefined;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Milliseconds since the epoch. */
  readonly wall: () => number;
}

/** Groups up to which the changes of a configuration are looked for: a comparison must not cost what a reload does. */
const GROUPS_COMPARED = 1_000;

/** Facts of which is told what ended before the machine is seen to go on. */
const ENDS_SOMETHING: ReadonlySet<Fact["type"]> = new Set<Fact["type"]>([
  "StepsAnnounced",
  "StepsApplied",
  "StepFailed",
  "PlanCarriedOut",
  "TransitionFinished",
  "TransitionHeld",
]);

export class LifecycleInspection {
  readonly #secrets: Secrets;
  readonly #teller: Teller;
  readonly #machine: MachineView;
  readonly #roster: Roster;
  #transition: TransitionView | undefined;
  #telling: DeliveryTelling | undefined;

  constructor(options: LifecycleInspectionOptions) {
    const { inspect, now, wall } = options;
    // Two instances may have one inspector.
    const rootId = `lifecycle:${Math.random().toString(36).slice(2, 8)}`;
    this.#secrets = new Secrets(options.secrets);
    this.#teller = new Teller({ tell: harmless(inspect), now, rootId });
    this.#machine = new MachineView(this.#teller, new InspectionMasking(this.#secrets), rootId);
    this.#roster = new Roster(this.#teller, this.#secrets, wall() - now());
  }

  /** Hears the machine's own inspection. After a restart of the process, in a recorded history, another machine's. */
  readonly machine = (event: InspectionEvent): void => this.#machine.hear(event);

  /** Hears a fact once it is recorded, and the machine has heard it. */
  hear(fact: Fact, ledger: Ledger): void {
    if (!ENDS_SOMETHING.has(fact.type)) this.#machine.flush();
    this.#tell(fact, ledger);
    this.#machine.flush();
  }

  /** Takes in what is waited for, which somebody looks up now and then. */
  look(waiting: Waiting): void {
    this.#teller.catchUp();
    this.#roster.look(waiting);
  }

  #tell(fact: Fact, ledger: Ledger): void {
    const root = this.#machine.actor;
    if (root === undefined) return;
    switch (fact.type) {
      case "ProcessStarted":
        // Another process has taken over: what the one before was doing ended in the middle.
        this.#leave({ type: fact.type }, "cutOff");
        this.#roster.settle(ledger, fact.type);
        return;
      case "ParticipantsDeclared":
        this.#roster.enlist(fact.participants, root);
        this.#roster.settle(ledger, fact.type);
        return;
      case "ConfRecorded":
        this.#secrets.learn(fact.confMap);
        return;
      case "TransitionStarted":
        this.#begin(fact, ledger, root);
        return;
      case "RequestRefused": {
        const { type, kind, code, message, cause } = fact;
        const refusal = { kind, code, message: this.#secrets.freeText(message), ...shownCause(cause, this.#secrets) };
        this.#teller.says({ type, ...refusal }, { to: root });
        return;
      }
      case "DoubtRedelivered":
      case "DoubtSettled":
      case "LateAnswerHeard":
        this.#roster.hearOfDoubt(fact, ledger);
        return;
      default:
        this.#goOn(fact, ledger);
    }
  }

  // ── Transitions ─────────────────────────────────────────────────────────────────────────────────────────────────

  #begin(fact: TransitionStarted, ledger: Ledger, root: StandIn): void {
    this.#leave({ type: fact.type });
    this.#secrets.learn(fact.confMap);
    if (fact.declared !== undefined) this.#roster.enlist(ledger.participants, root);
    const secrets = this.#secrets;
    const transition = new TransitionView(fact, { root, secrets, changes: this.#changes(fact, ledger) });
    this.#transition = transition;
    this.#telling = new DeliveryTelling(this.#teller, transition, this.#roster.views);
    this.#teller.appears(transition.actor);
    this.#teller.says({ type: fact.type, ...transition.cause }, { to: transition.actor, from: root });
  }

  #changes({ confMap, target }: TransitionStarted, { current }: Ledger): readonly string[] {
    if (current === undefined || target === undefined || current.confMap === confMap) return [];
    if (target.groups.length + current.topology.groups.length > GROUPS_COMPARED) return [];
    return confChanges(current.confMap, confMap, this.#secrets);
  }

  #goOn(fact: Fact, ledger: Ledger): void {
    const [transition, telling] = [this.#transition, this.#telling];
    if (transition === undefined || telling === undefined) return;
    const progress = ledger.transition?.progress;
    switch (fact.type) {
      case "PlanMade": {
        this.#roster.settle(ledger, fact.type);
        transition.state = "running";
        telling.takePlan(fact.plan);
        this.#toTransition(transition, { type: fact.type, phases: phasesInWords(fact.plan) });
        return;
      }
      case "StepsAnnounced":
        if (progress !== undefined) this.#announce(telling, progress, fact.range[0]);
        return;
      case "StepsApplied":
        if (progress === undefined) return;
        // Where it was announced by the plan, this is the first that is heard of it.
        if (!telling.hasBegun(fact.delivery))
          this.#announce(telling, { ...progress, applied: [] }, fact.ranges[0]?.[0] ?? 0);
        telling.advance(progress);
        return;
      case "StepsDropped":
        if (progress !== undefined) telling.advance(progress);
        return;
      case "StepFailed":
        if (progress !== undefined) telling.advance(progress);
        telling.fail(fact, this.#failure(fact));
        return;
      case "PlanCarriedOut":
        telling.finish();
        return;
      case "TransitionHeld":
        transition.state = "held";
        transition.failure = { ...fact.failure, message: this.#secrets.freeText(fact.failure.message) };
        this.#toTransition(transition, { type: fact.type, ...transition.failure });
        return;
      case "TransitionPaused":
        transition.state = "paused";
        this.#toTransition(transition, { type: fact.type, ...shownCause(fact.cause, this.#secrets) });
        return;
      case "StepSkipped":
        this.#toTransition(transition, { type: fact.type, as: fact.as, ...shownCause(fact.cause, this.#secrets) });
        return;
      case "TransitionResumed": {
        const event = { type: fact.type, ...shownCause(fact.cause, this.#secrets) };
        transition.state = transition.progress === undefined ? "planning" : "running";
        transition.failure = undefined;
        this.#roster.forgive();
        telling.resume(event);
        this.#toTransition(transition, event);
        return;
      }
      case "TransitionAbandoned":
        // The machine holds it as well: where the request that took its place is refused, it can still be gone on with.
        transition.state = "held";
        transition.failure = { code: "SUPERSEDED", message: fact.reason };
        this.#toTransition(transition, { type: fact.type, reason: fact.reason });
        return;
      case "TransitionFinished":
        telling.finish();
        transition.state = "finished";
        transition.outcome = fact.outcome;
        this.#end(transition, { type: fact.type, outcome: fact.outcome });
        this.#roster.settle(ledger, fact.type);
        return;
      default:
    }
  }

  #announce(telling: DeliveryTelling, progress: Progress, from: number): void {
    telling.advance(progress);
    this.#machine.flush();
    telling.announce(progress, from);
  }

  #toTransition({ actor }: TransitionView, event: ShownEvent): void {
    this.#teller.says(event, { to: actor, from: this.#machine.actor });
    this.#teller.shows(actor, event);
  }

  /** What was not finished when another transition begins, or the process ended, stays as it is. */
  #leave(event: ShownEvent, state: "left" | "cutOff" = "left"): void {
    const transition = this.#transition;
    if (transition === undefined) return;
    this.#telling?.leave(event);
    transition.state = state;
    this.#end(transition, event);
  }

  #end({ actor }: TransitionView, event: ShownEvent): void {
    this.#teller.says(event, { to: actor, from: this.#machine.actor });
    this.#teller.ends(actor, event);
    this.#transition = undefined;
    this.#telling = undefined;
    this.#roster.rest();
  }

  #failure({ failure, inDoubt, attempts, dropped }: StepFailed): object {
    const { code, message } = failure;
    return { code, message: this.#secrets.freeText(message), inDoubt, attempts, ...(dropped ? { dropped } : {}) };
  }
}
