/**
 * Transition view: one transition as an actor, such as `signaled abc.3`, with its phases as children.
 */
import type { Cause, TransitionStarted } from "../journal/fact.ts";
import type { Plan } from "../plan/plan.ts";
import { beginProgress, type Progress } from "../plan/progress.ts";
import { type TransitionState, transitionChart } from "./charts.ts";
import { headwayOf } from "./headway.ts";
import { topologyWords } from "./masked-value.ts";
import { PhaseView } from "./phase-view.ts";
import type { Secrets } from "./secrets.ts";
import { StandIn } from "./stand-in.ts";

export class TransitionView {
  readonly actor: StandIn;
  readonly cause: object;
  state: TransitionState = "planning";
  /** How it ended, where its state does not say it all. */
  outcome: string | undefined;
  /** Plain JSON, masked. */
  failure: object | undefined;
  /** Of the plan made last. */
  progress: Progress | undefined;
  /** By position in the plan; phases that nobody implements are not shown. */
  phases: ReadonlyMap<number, PhaseView> = new Map();
  #legs = 0;

  constructor(
    fact: TransitionStarted,
    parts: { readonly root: StandIn; readonly secrets: Secrets; readonly changes: readonly string[] },
  ) {
    const { root, secrets, changes } = parts;
    const name = `${fact.kind} ${fact.transitionId}`;
    const participant = fact.declared?.name ?? fact.participant;
    this.cause = shownCause(fact.cause, secrets);
    const started = {
      ...this.cause,
      order: fact.order,
      to: fact.target === undefined ? "down" : topologyWords(fact.target),
      ...(participant === undefined ? {} : { participant }),
      ...(changes.length === 0 ? {} : { changes }),
    };
    const sessionId = `${root.sessionId}/${fact.transitionId}`;
    this.actor = new StandIn({ name, sessionId, parent: root, definition: transitionChart(name) }, () => ({
      status: this.state === "finished" ? "done" : this.isOver ? "stopped" : "active",
      value: this.state,
      context: {
        ...started,
        ...(this.progress === undefined ? {} : headwayOf(this.progress, this.progress.plan.deliveries)),
        ...this.#place(),
        ...(this.outcome === undefined ? {} : { outcome: this.outcome }),
        ...(this.failure === undefined ? {} : { failure: this.failure }),
      },
    }));
  }

  get isOver(): boolean {
    return this.state === "finished" || this.state === "left" || this.state === "cutOff";
  }

  /** Another plan: the first, or the one after everybody's doubts are settled. */
  takePlan(plan: Plan): void {
    this.#legs++;
    this.progress = beginProgress(plan, undefined);
    const phases = new Map<number, PhaseView>();
    plan.phases.forEach((phase, i) => {
      if (phase.participants.length === 0) return;
      const parts = {
        parent: this.actor,
        leg: this.#legs,
        progress: () => this.progress ?? beginProgress(plan, undefined),
      };
      phases.set(i, new PhaseView(phase, parts));
    });
    this.phases = phases;
  }

  #place(): object {
    const shown = [...this.phases.values()];
    const at = shown.findIndex(({ state }) => state === "running" || state === "failed");
    return at === -1 ? {} : { phase: `${shown[at]?.actor.id}, ${at + 1} of ${shown.length}` };
  }
}

/** Who asked for something, as it may be shown. */
export function shownCause({ how, who, reason }: Cause, secrets: Secrets): object {
  return {
    how,
    ...(who === undefined ? {} : { who: secrets.text(who) }),
    ...(reason === undefined ? {} : { reason: secrets.freeText(reason) }),
  };
}
