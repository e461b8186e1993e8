/**
 * SingleTransition: given a topology that everybody is at, when one transition is asked for, this is what comes of it.
 *
 * The smallest test of a participant: no conf file, no clock, no journal to look after. What follows ("then") is for the
 * test's own assertions on the report.
 */
import { ConfMap, type ConfValues } from "../conf/conf-map.ts";
import type { ParticipantCallbacks } from "../effects/participant.ts";
import { createTransitions, type Transitions } from "../effects/transitions.ts";
import { TransitionError } from "../error.ts";
import { CALLBACK_NAMES, CALLBACKS } from "../plan/lifecycle-event.ts";
import type { Command, OrderName } from "../plan/order.ts";
import { explainViolations, orderingLaws, type Violation } from "./ordering-laws.ts";
import { type OneTimeFault, scriptedParticipant } from "./scripted-participant.ts";
import { confValuesOf } from "./topology-conf.ts";
import type { TopologyLike } from "./topology-like.ts";
import { type Trace, traceRecorder } from "./trace.ts";
import { transcriptRows } from "./transcript-rows.ts";

/** What came of the transition. */
export interface TransitionReport {
  /** `finished`, `unchanged`, or the code of the error. */
  readonly outcome: string;
  readonly error: TransitionError | undefined;
  /** What the participants were given, without what brought them to the beginning. */
  readonly trace: Trace;
  /** The trace as lines: callback, subjects, participants. */
  readonly rows: readonly string[];
  /** How it breaks the ordering laws; empty, but for a fault of Signaled itself. */
  readonly violations: readonly Violation[];
  /** The violations as a text. */
  readonly explanation: string;
}

export interface GivenOptions {
  /** In registration order. */
  readonly participants: Readonly<Record<string, ParticipantCallbacks>>;
  /** Default `documented`. */
  readonly order?: OrderName | undefined;
  /** By participant: what goes wrong in the transition; calls before it do not count. */
  readonly faults?: Readonly<Record<string, OneTimeFault>> | undefined;
  /** Options beside the topology's own, of the conf before and of the conf after. */
  readonly sections?: { readonly before?: ConfValues; readonly after?: ConfValues } | undefined;
}

/** A beginning, of which one transition can be asked for. */
export interface Given {
  when(command: Command, to?: TopologyLike): Promise<TransitionReport>;
}

/** Everybody up and idle at a topology; without one, down. */
export function given(at: TopologyLike | undefined, options: GivenOptions): Given {
  return { when: (command, to) => transition(at, { ...options, command, to }) };
}

async function transition(
  from: TopologyLike | undefined,
  options: GivenOptions & { readonly command: Command; readonly to: TopologyLike | undefined },
): Promise<TransitionReport> {
  const { command, to, order = "documented", sections = {} } = options;
  const recorder = traceRecorder();
  const t = createTransitions({ order });
  const cast = Object.entries(options.participants).map(([name, callbacks]) => {
    const actor = scriptedParticipant(callbacks);
    t.register(name, recorder.participant(name, actor.callbacks));
    return { name, actor };
  });
  try {
    if (from !== undefined) await t.up(ConfMap.from(confValuesOf(from, { sections: sections.before })));
    recorder.clear();
    for (const { name, actor } of cast) {
      const fault = options.faults?.[name];
      if (fault !== undefined) actor.fail(fault);
    }
    const confMap = to === undefined ? undefined : ConfMap.from(confValuesOf(to, { sections: sections.after }));
    const { outcome, error } = await asked(t, command, confMap);
    const trace = [...recorder.trace];
    const own = trace.filter(({ transitionId }) => transitionId === trace[0]?.transitionId);
    const participants = cast.map(({ name, actor }) => ({
      name,
      callbacks: CALLBACK_NAMES.filter((callback) => actor.callbacks[CALLBACKS[callback].method] !== undefined),
    }));
    const ended = error === undefined ? ("finished" as const) : ("failed" as const);
    const violations = orderingLaws(own, order, { command, participants, from, to, ended });
    const rows = transcriptRows(trace);
    return { outcome, error, trace, rows, violations, explanation: explainViolations(violations, own) };
  } finally {
    await t.close();
  }
}

async function asked(
  t: Transitions,
  command: Command,
  confMap: ConfMap | undefined,
): Promise<Pick<TransitionReport, "outcome" | "error">> {
  try {
    // Without a conf, up and signaled are refused by the service itself, which is a result like any other.
    const result = command === "down" ? await t.down(confMap) : await t[command](confMap ?? ConfMap.from({}));
    return { outcome: result.outcome, error: undefined };
  } catch (error) {
    if (!(error instanceof TransitionError)) throw error;
    return { outcome: error.code, error };
  }
}
