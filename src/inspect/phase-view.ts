/**
 * Phase view: one phase of the running plan as an actor, such as `ServeVolume ↑`.
 */
import type { Delivery, Phase } from "../plan/plan.ts";
import type { Progress } from "../plan/progress.ts";
import { type PhaseState, phaseChart } from "./charts.ts";
import { headwayOf, headwayWords } from "./headway.ts";
import { phaseName } from "./plan-words.ts";
import { StandIn } from "./stand-in.ts";

export class PhaseView {
  readonly actor: StandIn;
  state: PhaseState = "waiting";

  constructor(
    phase: Phase,
    parts: { readonly parent: StandIn; readonly leg: number; readonly progress: () => Progress },
  ) {
    const name = phaseName(phase);
    const { parent, leg, progress } = parts;
    const sessionId = `${parent.sessionId}/${leg}/${phase.callback}`;
    const implemented = phase.deliveries.filter((delivery) => delivery.implemented);
    this.actor = new StandIn({ name, sessionId, parent, definition: phaseChart(name) }, () => ({
      status: this.state === "done" ? "done" : this.state === "left" ? "stopped" : "active",
      value: this.state,
      context: {
        direction: phase.direction === "reverse" ? "reverse registration order" : "registration order",
        ...headwayOf(progress(), implemented),
        participants: byParticipant(progress(), implemented),
      },
    }));
  }

  get isOver(): boolean {
    return this.state === "done" || this.state === "left";
  }
}

function byParticipant(progress: Progress, deliveries: readonly Delivery[]): Record<string, string> {
  return Object.fromEntries(
    deliveries.map((delivery) => [delivery.participant, headwayWords(headwayOf(progress, [delivery]))]),
  );
}
