/**
 * Delivery telling: how a plan is carried out, told to an inspector: phases begin and end, participants are told and answer.
 *
 * A delivery of any size is one event to the participant and one back; in between there are snapshots now and then.
 */
import type { StepFailed } from "../journal/fact.ts";
import type { Delivery, Plan } from "../plan/plan.ts";
import type { Progress } from "../plan/progress.ts";
import { headwayOf } from "./headway.ts";
import type { ParticipantView } from "./participant-view.ts";
import type { PhaseView } from "./phase-view.ts";
import { subjectWords } from "./plan-words.ts";
import type { ShownEvent, Teller } from "./teller.ts";
import type { TransitionView } from "./transition-view.ts";

export class DeliveryTelling {
  readonly #teller: Teller;
  readonly #transition: TransitionView;
  readonly #participants: ReadonlyMap<string, ParticipantView>;
  /** Deliveries before this one have been told of to their end. */
  #reached = 0;
  /** The delivery whose beginning has been told. */
  #begun: number | undefined;

  constructor(teller: Teller, transition: TransitionView, participants: ReadonlyMap<string, ParticipantView>) {
    this.#teller = teller;
    this.#transition = transition;
    this.#participants = participants;
  }

  takePlan(plan: Plan): void {
    this.#endPhases(Number.POSITIVE_INFINITY);
    this.#reached = 0;
    this.#begun = undefined;
    this.#transition.takePlan(plan);
    for (const { actor } of this.#transition.phases.values()) this.#teller.appears(actor);
  }

  /** Whether the beginning of the delivery has been told. */
  hasBegun(delivery: number): boolean {
    return this.#begun === delivery;
  }

  /** Steps of the delivery, which was reached before, are about to be delivered. */
  announce(progress: Progress, from: number): void {
    const delivery = progress.plan.deliveries[progress.cursor];
    if (delivery === undefined || !delivery.implemented) return;
    this.#enterPhase(delivery.phase);
    if (this.#begun === delivery.index) return;
    this.#begun = delivery.index;
    const participant = this.#participants.get(delivery.participant);
    if (participant === undefined) return;
    participant.delivery = delivery;
    participant.failure = undefined;
    const to = delivery.events.length;
    const event = { type: delivery.callback, steps: to - from, ...about(subjectWords(delivery, [from, to])) };
    this.#teller.says(event, { to: participant.actor, from: this.#phase(delivery)?.actor });
    this.#teller.shows(participant.actor, event);
  }

  /** Steps have taken effect. */
  advance(progress: Progress): void {
    const { deliveries } = progress.plan;
    this.#transition.progress = progress;
    for (const { participant } of deliveries.slice(this.#reached, progress.cursor + 1))
      this.#follow(participant, progress);
    for (; this.#reached < progress.cursor; this.#reached++) this.#end(deliveries[this.#reached] as Delivery, progress);
    const delivery = deliveries[progress.cursor];
    if (delivery === undefined || delivery.index !== this.#begun) return;
    const participant = this.#participants.get(delivery.participant);
    for (const view of [participant, this.#phase(delivery), this.#transition])
      if (view !== undefined) this.#teller.showsProgress(view.actor);
  }

  /** The plan is carried out to its end. */
  finish(): void {
    const { progress } = this.#transition;
    if (progress === undefined) return;
    const cursor = progress.plan.deliveries.length;
    this.advance({ ...progress, cursor, applied: [], announced: undefined });
    this.#endPhases(Number.POSITIVE_INFINITY);
  }

  fail(fact: StepFailed, failure: object): void {
    const delivery = this.#transition.progress?.plan.deliveries[fact.delivery];
    if (delivery === undefined) return;
    const participant = this.#participants.get(delivery.participant);
    const phase = this.#phase(delivery);
    const event = { type: "StepFailed", ...about([delivery.events.subject(fact.index)]), ...failure };
    if (phase !== undefined) {
      // A termination goes on without the subject.
      if (!fact.dropped) phase.state = "failed";
      this.#teller.says(event, { to: phase.actor, from: participant?.actor });
      this.#teller.shows(phase.actor, event);
    }
    if (participant === undefined) return;
    participant.failure = failure;
    this.#teller.shows(participant.actor, event);
  }

  /** Somebody goes on where it stopped: what is delivered next is told anew. */
  resume(event: ShownEvent): void {
    this.#begun = undefined;
    for (const phase of this.#transition.phases.values()) {
      if (phase.state !== "failed") continue;
      phase.state = "running";
      this.#teller.shows(phase.actor, event);
    }
  }

  /** The transition is left where it is. */
  leave(event: ShownEvent): void {
    for (const phase of this.#transition.phases.values()) {
      if (phase.isOver) continue;
      phase.state = "left";
      this.#teller.ends(phase.actor, event);
    }
  }

  #follow(name: string, progress: Progress): void {
    const participant = this.#participants.get(name);
    if (participant !== undefined) participant.progress = progress;
  }

  #end(delivery: Delivery, progress: Progress): void {
    const participant = this.#participants.get(delivery.participant);
    if (participant === undefined) return;
    const before = participant.standing;
    const missed = progress.exceptions.some((exception) => exception.delivery === delivery.index);
    if (!missed) participant.hasHeard(delivery.callback);
    if (!delivery.implemented) {
      if (participant.standing !== before) this.#teller.shows(participant.actor, { type: delivery.callback });
      return;
    }
    participant.delivery = undefined;
    participant.waitedFor = [];
    const phase = this.#phase(delivery);
    const event = { type: "StepsApplied", steps: headwayOf(progress, [delivery]).told };
    if (phase !== undefined) this.#teller.says(event, { to: phase.actor, from: participant.actor });
    this.#teller.shows(participant.actor, event);
    const next = progress.plan.deliveries.findLast(({ phase, implemented }) => phase === delivery.phase && implemented);
    if (next?.index === delivery.index) this.#endPhases(delivery.phase + 1);
  }

  #enterPhase(index: number): void {
    this.#endPhases(index);
    const phase = this.#transition.phases.get(index);
    if (phase === undefined || phase.state !== "waiting") return;
    phase.state = "running";
    this.#teller.says(PHASE_STARTED, { to: phase.actor, from: this.#transition.actor });
    this.#teller.shows(phase.actor, PHASE_STARTED);
    this.#teller.shows(this.#transition.actor, PHASE_STARTED);
  }

  /** Ends the phases before this position. */
  #endPhases(before: number): void {
    for (const [index, phase] of this.#transition.phases) {
      if (index >= before || phase.isOver) continue;
      phase.state = "done";
      this.#teller.says(PHASE_FINISHED, { to: this.#transition.actor, from: phase.actor });
      this.#teller.ends(phase.actor, PHASE_FINISHED);
    }
  }

  #phase(delivery: Delivery): PhaseView | undefined {
    return this.#transition.phases.get(delivery.phase);
  }
}

const PHASE_STARTED: ShownEvent = { type: "phaseStarted" };
const PHASE_FINISHED: ShownEvent = { type: "phaseFinished" };

function about(subjects: readonly string[] | undefined): object {
  return subjects === undefined || subjects[0] === "" ? {} : { subjects };
}
