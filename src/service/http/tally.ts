/**
 * The tally: what happens, as numbers to be added up, from the first fact on.
 *
 * The library that keeps and prints metrics is loaded with the first request for them. Until then the numbers wait here, a
 * few for each transition; once it is there they go straight to it.
 */

import type { Fact } from "../../journal/fact.ts";
import type { Ledger } from "../../journal/ledger.ts";

/** One thing to add up. Labels are few by nature: callbacks, participants, kinds, outcomes, codes; never names of volumes. */
export type Observation =
  | { readonly what: "transition"; readonly kind: string; readonly outcome: string; readonly seconds: number }
  | { readonly what: "phase"; readonly callback: string; readonly seconds: number }
  | {
      readonly what: "steps";
      readonly participant: string;
      readonly callback: string;
      readonly outcome: "applied" | "failed" | "in-doubt" | "dropped";
      readonly count: number;
    }
  | { readonly what: "refusal"; readonly kind: string; readonly code: string };

/** Observations that wait for somebody who wants them; the oldest go. */
const WAITING_AT_MOST = 20_000;

export class Tally {
  readonly #now: () => number;
  #sink: ((observation: Observation) => void) | undefined;
  #waiting: Observation[] = [];
  #began = 0;
  #phase: { readonly callback: string; readonly index: number; readonly began: number } | undefined;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Hands over what has been waiting, and everything from now on. */
  pour(sink: (observation: Observation) => void): void {
    this.#sink = sink;
    for (const observation of this.#waiting.splice(0)) sink(observation);
  }

  hear(fact: Fact, before: Ledger, after: Ledger): void {
    switch (fact.type) {
      case "TransitionStarted":
        if (before.transition !== undefined)
          this.#end(before, before.transition.held === undefined ? "superseded" : "held");
        this.#began = this.#now();
        return;
      case "StepsAnnounced":
        this.#enterPhase(fact.delivery, after);
        return;
      case "StepsApplied":
        this.#enterPhase(fact.delivery, after);
        this.#observeSteps(
          after,
          fact.delivery,
          "applied",
          appliedIn(after, fact.delivery) - appliedIn(before, fact.delivery),
        );
        return;
      case "StepFailed":
        this.#observeSteps(after, fact.delivery, fact.inDoubt ? "in-doubt" : fact.dropped ? "dropped" : "failed", 1);
        return;
      case "StepsDropped":
        this.#observeSteps(after, fact.delivery, "dropped", fact.indexes.length);
        return;
      case "RequestRefused":
        this.#observe({ what: "refusal", kind: fact.kind, code: fact.code });
        return;
      case "TransitionHeld":
        this.#leavePhase();
        return;
      case "TransitionFinished":
        this.#end(before, fact.outcome);
        return;
      default:
    }
  }

  #end({ transition }: Ledger, outcome: string): void {
    this.#leavePhase();
    const seconds = (this.#now() - this.#began) / 1000;
    if (transition !== undefined) this.#observe({ what: "transition", kind: transition.kind, outcome, seconds });
  }

  #enterPhase(delivery: number, { transition }: Ledger): void {
    const at = transition?.progress?.plan.deliveries[delivery];
    if (at === undefined || at.phase === this.#phase?.index) return;
    this.#leavePhase();
    this.#phase = { callback: at.callback, index: at.phase, began: this.#now() };
  }

  #leavePhase(): void {
    const phase = this.#phase;
    this.#phase = undefined;
    if (phase === undefined) return;
    this.#observe({ what: "phase", callback: phase.callback, seconds: (this.#now() - phase.began) / 1000 });
  }

  #observeSteps(
    { transition }: Ledger,
    delivery: number,
    outcome: Extract<Observation, { what: "steps" }>["outcome"],
    count: number,
  ): void {
    const at = transition?.progress?.plan.deliveries[delivery];
    if (at === undefined || count === 0) return;
    this.#observe({ what: "steps", participant: at.participant, callback: at.callback, outcome, count });
  }

  #observe(observation: Observation): void {
    if (this.#sink !== undefined) this.#sink(observation);
    else {
      this.#waiting.push(observation);
      if (this.#waiting.length > WAITING_AT_MOST) this.#waiting.shift();
    }
  }
}

/** Steps of a delivery that are known to have taken effect. Progress is told several times while it goes on. */
function appliedIn({ transition }: Ledger, delivery: number): number {
  const progress = transition?.progress;
  if (progress === undefined || progress.cursor !== delivery) return 0;
  return progress.applied.reduce((sum, [from, to]) => sum + to - from, 0);
}
