/**
 * Built-in admission: a built-in participant takes part from the moment on when a configuration asks for it.
 *
 * Whoever uses no hooks finds no `exec` in plans and logs, and whoever leaves addresses to somebody else no `virtual-ip`.
 * When a reload brings the first use, the participant is admitted under the configuration before, in which it has nothing
 * to do, and then takes part in the reload.
 */

import type { ConfMap } from "../conf/conf-map.ts";
import { upgradeConfMapIfNeeded } from "../conf/upgrade.ts";
import type { ParticipantCallbacks, ParticipantOptions } from "../effects/participant.ts";
import type { Transitions } from "../effects/transitions.ts";
import type { Ledger } from "../journal/ledger.ts";
import { CALLBACK_NAMES, CALLBACKS } from "../plan/lifecycle-event.ts";
import { settledAt } from "../plan/participant-state.ts";
import { type Plan, type PlannedParticipant, planTransition } from "../plan/plan.ts";

/** A participant that a configuration turns on. */
export interface BuiltIn {
  readonly name: string;
  readonly callbacks: ParticipantCallbacks;
  readonly options: ParticipantOptions;
  isAskedFor(confMap: ConfMap): boolean;
}

export class BuiltInAdmission {
  readonly #transitions: Transitions;
  /** Those that do not take part yet, in the order in which they would register. */
  #waiting: readonly BuiltIn[];

  constructor(transitions: Transitions, builtIns: readonly BuiltIn[]) {
    this.#transitions = transitions;
    this.#waiting = builtIns;
  }

  /** Before up: registers those that are asked for, or that took part before and may have left something behind. */
  registerFor(confMap: ConfMap, ledger: Ledger): void {
    const tookPart = new Set(ledger.participants.map(({ name }) => name));
    for (const each of this.#waiting) {
      if (each.isAskedFor(confMap) || tookPart.has(each.name)) this.#register(each);
    }
  }

  /** Whether a reload to this configuration would be the first to ask for one. */
  isNewIn(confMap: ConfMap): boolean {
    return this.#newcomers(confMap).length > 0;
  }

  /** While up and idle: brings those that the configuration asks for to where everybody is. */
  async admitFor(confMap: ConfMap): Promise<void> {
    for (const newcomer of this.#newcomers(confMap)) {
      this.#register(newcomer);
      const reason = `the configuration asks for ${newcomer.name} now`;
      await this.#transitions.admit(newcomer.name, { cause: { how: "policy", reason } });
    }
  }

  /** The plan of a reload, as it will be once the newcomers have been admitted. */
  async planReload(confMap: ConfMap): Promise<Plan> {
    const plan = this.#transitions.plan("signaled", confMap);
    const { current } = await this.#transitions.open();
    const newcomers = this.#newcomers(confMap);
    if (newcomers.length === 0 || current === undefined) return plan;
    const settled = settledAt(current.topology, current.confMap);
    const states = plan.origins.flatMap(({ state, participants }) =>
      participants.map((name) => [name, state] as const),
    );
    return planTransition({
      command: "signaled",
      order: plan.order,
      from: new Map([...states, ...newcomers.map(({ name }) => [name, settled] as const)]),
      to: plan.target,
      participants: [...plan.participants, ...newcomers.map(plannedOf)],
      confMap: upgradeConfMapIfNeeded(confMap),
    });
  }

  #newcomers(confMap: ConfMap): readonly BuiltIn[] {
    return this.#waiting.filter((each) => each.isAskedFor(confMap));
  }

  #register(builtIn: BuiltIn): void {
    this.#transitions.register(builtIn.name, builtIn.callbacks, builtIn.options);
    this.#waiting = this.#waiting.filter((each) => each !== builtIn);
  }
}

function plannedOf({ name, callbacks }: BuiltIn): PlannedParticipant {
  return { name, callbacks: CALLBACK_NAMES.filter((callback) => callbacks[CALLBACKS[callback].method] !== undefined) };
}
