/**
 * Metrics for Prometheus, kept by its client library.
 *
 * Labels are the names of callbacks, participants, kinds, outcomes and codes; volumes and groups are counted and never
 * named, so that a configuration of a hundred thousand volumes makes no more series than one of ten.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { VERSION } from "../../version.ts";
import type { EventStream } from "./event-stream.ts";
import type { LiveView } from "./live-view.ts";
import { countsIn } from "./participant-counts.ts";
import type { Observation, Tally } from "./tally.ts";

export interface MetricsParts {
  readonly view: LiveView;
  readonly events: EventStream;
  readonly tally: Tally;
}

const STATES = ["down", "signaling", "finishing", "up", "failed"];
/** Seconds. A transition may take a minute with its volumes mounted, or an hour with a stuck one. */
const TRANSITION_BUCKETS = [0.01, 0.1, 1, 5, 15, 60, 300, 900, 3_600];
const PHASE_BUCKETS = [0.001, 0.01, 0.1, 1, 5, 15, 60, 300, 900];

export class Metrics {
  readonly #registry = new Registry();

  constructor(parts: MetricsParts) {
    const registers = [this.#registry];
    collectDefaultMetrics({ register: this.#registry });
    new Gauge({ name: "signaled_info", help: "The version that runs.", labelNames: ["version"], registers })
      .labels(VERSION)
      .set(1);
    gaugePresent(parts, registers);
    parts.tally.pour(adder(registers));
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }
}

/** What is read off when somebody asks. */
function gaugePresent({ view, events }: MetricsParts, registers: Registry[]): void {
  const gauge = (name: string, help: string, value: () => number): void => {
    new Gauge({
      ...{ name, help, registers },
      collect() {
        this.set(value());
      },
    });
  };
  new Gauge({
    ...{ name: "signaled_state", help: "1 for the state that the service is in.", labelNames: ["state"], registers },
    collect() {
      const { state } = view.transitions.status();
      for (const each of STATES) this.labels(each).set(each === state ? 1 : 0);
    },
  });
  for (const what of ["groups", "volumes", "served"] as const) {
    new Gauge({
      name: `signaled_participant_${what === "served" ? "served_volumes" : what}`,
      help: `Number of ${what === "served" ? "volumes that a participant serves" : `${what} that a participant knows`}.`,
      ...{ labelNames: ["participant"], registers },
      collect() {
        this.reset();
        for (const { name } of view.ledger.participants) this.labels(name).set(countsIn(view.ledger, name)[what]);
      },
    });
  }
  gauge("signaled_steps_in_doubt", "Steps whose outcome is unknown.", () => view.ledger.inDoubt.length);
  gauge("signaled_transition_held", "1 while a transition is held.", () => (view.ledger.transition?.held ? 1 : 0));
  gauge(
    "signaled_step_overdue",
    "Steps that have taken half of their deadline.",
    () => view.running().filter(({ overdue }) => overdue).length,
  );
  gauge("signaled_journal_facts", "Facts in the journal.", () => view.ledger.seq);
  gauge("signaled_journal_broken", "1 when nothing can be recorded any more.", () =>
    view.transitions.status().broken === undefined ? 0 : 1,
  );
  gauge("signaled_event_stream_readers", "Readers of the event stream.", () => events.readers);
  gauge("signaled_event_stream_dropped", "Readers that were let go because they did not read.", () => events.dropped);
}

/** What is added up as it happens. */
function adder(registers: Registry[]): (observation: Observation) => void {
  const transitions = new Histogram({
    ...{ name: "signaled_transition_duration_seconds", help: "Transitions by how long they took.", registers },
    ...{ labelNames: ["kind", "outcome"], buckets: TRANSITION_BUCKETS },
  });
  const phases = new Histogram({
    ...{ name: "signaled_phase_duration_seconds", help: "Phases by how long they took.", registers },
    ...{ labelNames: ["callback"], buckets: PHASE_BUCKETS },
  });
  const steps = new Counter({
    ...{ name: "signaled_steps_total", help: "Steps by what became of them.", registers },
    labelNames: ["participant", "callback", "outcome"],
  });
  const refusals = new Counter({
    ...{ name: "signaled_refusals_total", help: "Requests that were refused before anything moved.", registers },
    labelNames: ["kind", "code"],
  });
  return (observation) => {
    switch (observation.what) {
      case "transition":
        transitions.labels(observation.kind, observation.outcome).observe(observation.seconds);
        return;
      case "phase":
        phases.labels(observation.callback).observe(observation.seconds);
        return;
      case "steps":
        steps.labels(observation.participant, observation.callback, observation.outcome).inc(observation.count);
        return;
      case "refusal":
        refusals.labels(observation.kind, observation.code).inc();
        return;
    }
  };
}
