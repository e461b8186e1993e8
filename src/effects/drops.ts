/**
 * Drops: the steps of a transition that are passed over, because an earlier step was given up.
 *
 * A termination goes on past a failure without the failed subject, and so does an operator's skip: the participant that
 * failed and those that come after it in that phase hear nothing more of the subject, while the ones before go on, since
 * for them the step took effect. Whatever else rests on a dropped step is dropped with it.
 */
import type { EventList } from "../plan/event-list.ts";
import { CALLBACKS } from "../plan/lifecycle-event.ts";
import type { ParticipantState } from "../plan/participant-state.ts";
import type { Delivery, Plan } from "../plan/plan.ts";
import { preconditionIn } from "../plan/precondition.ts";
import type { Exception } from "../plan/progress.ts";

/** Which participants hear nothing more of which subjects. */
export class Drops {
  readonly #volumes = new Map<string, Set<string>>();
  readonly #groups = new Map<string, Set<string>>();
  readonly #participants = new Set<string>();

  /** The drops that follow from a plan's exceptions, as the facts have them. */
  static of(plan: Plan, exceptions: readonly Exception[]): Drops {
    const drops = new Drops();
    for (const { delivery, index, outcome } of exceptions) {
      const at = plan.deliveries[delivery];
      if (outcome === "dropped" && at !== undefined) drops.add(plan, at, index);
    }
    return drops;
  }

  get empty(): boolean {
    return this.#volumes.size === 0 && this.#groups.size === 0 && this.#participants.size === 0;
  }

  /** Drops the subject of a step for its participant and the later ones of its phase. */
  add(plan: Plan, delivery: Delivery, index: number): void {
    const { events } = delivery;
    const names = plan.deliveries
      .filter((other) => other.phase === delivery.phase && other.index >= delivery.index)
      .map((other) => other.participant);
    switch (CALLBACKS[delivery.callback].subject) {
      case "none":
        // Who did not get Up or SignaledStart can be told nothing more in this transition; the later ones can.
        this.#participants.add(delivery.participant);
        break;
      case "group":
        addAll(this.#groups, events.subject(index), names);
        break;
      case "volume":
        addAll(this.#volumes, events.subject(index), names);
        break;
    }
  }

  /** Positions of the delivery that are to be passed over, its participant being in this state. */
  indexesIn({ participant, events }: Delivery, state: ParticipantState, plan: Plan): readonly number[] {
    const canBeTold = preconditionIn(state, plan.target);
    const indexes: number[] = [];
    for (let i = 0; i < events.length; i++) {
      if (this.#drops(participant, events, i) || !canBeTold(events.at(i))) indexes.push(i);
    }
    return indexes;
  }

  #drops(participant: string, events: EventList, index: number): boolean {
    if (this.#participants.has(participant)) return true;
    switch (CALLBACKS[events.callback].subject) {
      case "none":
        return false;
      case "group":
        return this.#groups.get(events.subject(index))?.has(participant) ?? false;
      case "volume":
        return this.#volumes.get(events.subject(index))?.has(participant) ?? false;
    }
  }
}

function addAll(sets: Map<string, Set<string>>, key: string, names: readonly string[]): void {
  const set = sets.get(key) ?? new Set();
  for (const name of names) set.add(name);
  sets.set(key, set);
}
