/**
 * Hook admission: `exec` takes part from the moment on when a configuration has hooks.
 *
 * Whoever uses no hooks finds no `exec` in plans and logs. When a reload brings the first ones, `exec` is admitted under the
 * configuration before, in which it has nothing to do, and then takes part in the reload.
 */

import type { ConfMap } from "../conf/conf-map.ts";
import { upgradeConfMapIfNeeded } from "../conf/upgrade.ts";
import type { Transitions } from "../effects/transitions.ts";
import type { Ledger } from "../journal/ledger.ts";
import { CALLBACK_NAMES } from "../plan/lifecycle-event.ts";
import { settledAt } from "../plan/participant-state.ts";
import { type Plan, planTransition } from "../plan/plan.ts";
import { EXEC, type ExecParticipant } from "./exec-participant.ts";
import { hasHooks } from "./hooks-section.ts";

export class HookAdmission {
  readonly #transitions: Transitions;
  readonly #exec: ExecParticipant;
  #registered = false;

  constructor(transitions: Transitions, exec: ExecParticipant) {
    this.#transitions = transitions;
    this.#exec = exec;
  }

  /** Before up: registers `exec` if there are hooks, or if it took part before and may have left something behind. */
  registerFor(confMap: ConfMap, ledger: Ledger): void {
    if (hasHooks(confMap) || ledger.participants.some(({ name }) => name === EXEC)) this.#register();
  }

  /** Whether a reload to this configuration would bring the first hooks. */
  isNewIn(confMap: ConfMap): boolean {
    return !this.#registered && hasHooks(confMap);
  }

  /** While up and idle: brings `exec` to where everybody is. */
  async admit(): Promise<void> {
    this.#register();
    await this.#transitions.admit(EXEC, { cause: { how: "policy", reason: "the configuration has hooks now" } });
  }

  /** The plan of a reload, as it will be once `exec` has been admitted. */
  async planReload(confMap: ConfMap): Promise<Plan> {
    const plan = this.#transitions.plan("signaled", confMap);
    const { current } = await this.#transitions.open();
    if (!this.isNewIn(confMap) || current === undefined) return plan;
    const states = plan.origins.flatMap(({ state, participants }) =>
      participants.map((name) => [name, state] as const),
    );
    return planTransition({
      command: "signaled",
      order: plan.order,
      from: new Map([...states, [EXEC, settledAt(current.topology, current.confMap)]]),
      to: plan.target,
      participants: [...plan.participants, { name: EXEC, callbacks: CALLBACK_NAMES }],
      confMap: upgradeConfMapIfNeeded(confMap),
    });
  }

  #register(): void {
    this.#transitions.register(EXEC, this.#exec.callbacks, this.#exec.options);
    this.#registered = true;
  }
}
