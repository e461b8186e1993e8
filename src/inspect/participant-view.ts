/**
 * Participant view: one participant as an actor that outlives transitions: how it stands, what it is being told, how much
 * of the plan it has heard, and what it is waited for.
 */
import type { CallbackName } from "../plan/lifecycle-event.ts";
import type { Delivery } from "../plan/plan.ts";
import type { Progress } from "../plan/progress.ts";
import { participantChart } from "./charts.ts";
import { type Headway, headwayOf, headwayWords } from "./headway.ts";
import { StandIn } from "./stand-in.ts";

/** How a participant stands: not up; up with its gate closed; up with its gate open. */
export type Standing = "down" | "quiesced" | "up";

/** A step that has begun and has not answered. Plain JSON, masked. */
export interface WaitedFor {
  readonly subject: string;
  /** ISO 8601. */
  readonly since: string;
  /** Between 0 and 1, where the participant says so. */
  readonly fraction?: number | undefined;
  readonly text?: string | undefined;
}

export class ParticipantView {
  readonly actor: StandIn;
  standing: Standing = "down";
  /** What it is being told. */
  delivery: Delivery | undefined;
  /** Of the plan that is carried out. */
  progress: Progress | undefined;
  /** The failure that it is held at. Plain JSON, masked. */
  failure: object | undefined;
  waitedFor: readonly WaitedFor[] = [];
  inDoubt = 0;
  gone = false;
  #last: Headway = { told: 0, total: 0, failed: 0 };

  constructor(name: string, root: StandIn) {
    const parts = { name, sessionId: `${root.sessionId}/${name}`, parent: root, definition: participantChart(name) };
    this.actor = new StandIn(parts, () => ({
      status: this.gone ? "stopped" : "active",
      value: { [this.standing]: this.#activity },
      context: this.#context(),
    }));
  }

  /** The delivery is over: some callbacks change how the participant stands, whether it implements them or not. */
  hasHeard(callback: CallbackName): void {
    if (callback === "Up" || callback === "SignaledStart") this.standing = "quiesced";
    else if (callback === "SignaledFinish") this.standing = "up";
    else if (callback === "Down") this.standing = "down";
  }

  /** The transition is over. Its numbers stay, and its plan can go. */
  rest(): void {
    this.#last = this.#headway;
    this.progress = undefined;
    this.delivery = undefined;
    this.failure = undefined;
    this.waitedFor = [];
  }

  get #activity(): "idle" | "beingTold" | "failed" {
    if (this.failure !== undefined) return "failed";
    return this.delivery === undefined ? "idle" : "beingTold";
  }

  get #headway(): Headway {
    const { progress } = this;
    if (progress === undefined) return this.#last;
    const own = progress.plan.deliveries.filter(({ participant }) => participant === this.actor.id);
    return headwayOf(progress, own);
  }

  #context(): object {
    const { delivery, progress, failure, waitedFor, inDoubt } = this;
    const hears =
      delivery === undefined || progress === undefined
        ? {}
        : { hears: `${delivery.callback}, ${headwayWords(headwayOf(progress, [delivery]))}` };
    return {
      ...this.#headway,
      ...hears,
      ...(waitedFor.length === 0 ? {} : { waitedFor }),
      ...(failure === undefined ? {} : { failure }),
      ...(inDoubt === 0 ? {} : { inDoubt }),
    };
  }
}
