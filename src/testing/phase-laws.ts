/**
 * Phase laws: which callback comes when, and in which direction the participants are walked.
 *
 * They need nothing but the trace and the order's name, so they judge a recording of any program.
 */
import { nameOf } from "./contract-model.ts";
import type { Finding, Law } from "./law.ts";
import { audience, groupedBy, type Told, type TraceView, toldText } from "./trace-view.ts";

export const PHASE_LAWS: readonly Law[] = [
  {
    name: "known-callback",
    says: "Only callbacks of the transition's table are delivered: no Down in a reload, nothing created on the way down.",
    check: foreignCallbacks,
  },
  {
    name: "known-participant",
    says: "Only registered participants are called.",
    check: strangers,
  },
  {
    name: "phase-order",
    says: "The phases follow each other as the order table says, for all participants together.",
    check: phasesOutOfOrder,
  },
  {
    name: "direction",
    says: "A phase walks the participants in registration order or in reverse registration order, as the table says.",
    check: wrongDirections,
  },
  {
    name: "participant-outer",
    says: "Within a phase a participant hears of all its subjects before the next participant hears of any.",
    check: interleavedParticipants,
  },
  {
    name: "logger-first",
    says: "The logger is registered before anyone else: first in forward phases, last in reverse ones.",
    check: loggerNotFirst,
  },
  {
    name: "opening",
    says: "Everyone hears Up (up) or SignaledStart (signaled, down), and nothing but notices before it.",
    check: badOpenings,
  },
  {
    name: "closing",
    says: "A finished transition ends for everyone with SignaledFinish (up, signaled) or Down (down), and nothing follows.",
    check: badClosings,
  },
  {
    name: "doubts-first",
    says: "Steps in doubt from an earlier transition are redelivered before anything new but Up.",
    check: lateRedeliveries,
  },
];

function* foreignCallbacks({ told, command }: TraceView): Generator<Finding> {
  for (const each of told) {
    if (each.row < 0) yield { message: `${toldText(each)} does not belong into ${command}.`, index: each.index };
  }
}

function* strangers(view: TraceView): Generator<Finding> {
  const names = new Set(view.participants.map(nameOf));
  for (const each of view.told) {
    if (!names.has(each.participant)) {
      yield { message: `${toldText(each)}: nobody of that name is registered.`, index: each.index };
    }
  }
}

function* phasesOutOfOrder({ told, order }: TraceView): Generator<Finding> {
  let latest: Told | undefined;
  // A phase that stands in the wrong place is one fault, however many events it has.
  const reported = new Set<number>();
  for (const each of told) {
    if (each.row < 0) continue;
    if (latest === undefined || each.row >= latest.row) latest = each;
    else if (!reported.has(each.row)) {
      reported.add(each.row);
      const message = `${toldText(each)} comes after ${toldText(latest)}, but in the ${order} order ${each.event.type} comes before ${latest.event.type}.`;
      yield { message, index: each.index };
    }
  }
}

function* wrongDirections(view: TraceView): Generator<Finding> {
  const position = new Map(view.participants.map((each, i) => [nameOf(each), i] as const));
  for (const { callback, direction, told } of view.phases) {
    const firsts = [...groupedBy(told, ({ participant }) => participant).values()].map((group) => group[0] as Told);
    for (let i = 1; i < firsts.length; i++) {
      const [before, after] = [firsts[i - 1] as Told, firsts[i] as Told];
      const step = (position.get(after.participant) ?? 0) - (position.get(before.participant) ?? 0);
      if (direction === "reverse" ? step <= 0 : step >= 0) continue;
      const walk = direction === "reverse" ? "reverse registration order" : "registration order";
      const message = `${callback} goes in ${walk}, so ${after.participant} comes before ${before.participant}.`;
      yield { message, index: after.index };
    }
  }
}

function* interleavedParticipants({ phases }: TraceView): Generator<Finding> {
  for (const { told } of phases) {
    const left = new Set<string>();
    let current: Told | undefined;
    for (const each of told) {
      if (current !== undefined && each.participant !== current.participant) {
        left.add(current.participant);
        if (left.delete(each.participant)) {
          const message = `${toldText(each)} comes after ${toldText(current)}: the participant is the outer loop, the subject the inner one.`;
          yield { message, index: each.index };
        }
      }
      current = each;
    }
  }
}

function* loggerNotFirst(view: TraceView): Generator<Finding> {
  for (const { callback, direction, told } of view.phases) {
    const logger = told.find(({ participant }) => participant === "logger");
    const edge = direction === "reverse" ? told.at(-1) : told[0];
    if (logger === undefined || edge === undefined || edge.participant === "logger") continue;
    const place = direction === "reverse" ? "last" : "first";
    const message = `${callback} must reach logger ${place}, and ${edge.participant} is ${place}.`;
    yield { message, index: logger.index };
  }
}

/** Who begins quiesced or not up is owed another opening, so this is asked of ordinary transitions only. */
function* badOpenings(view: TraceView): Generator<Finding> {
  if (!view.ordinary) return;
  const opening = view.command === "up" ? "Up" : "SignaledStart";
  const byParticipant = groupedBy(view.told, ({ participant }) => participant);
  for (const name of audience(view, opening, "registration")) {
    const told = byParticipant.get(name) ?? [];
    const first = told.find(({ event }) => event.type !== "VolumeToBeUnserved");
    if (first !== undefined && first.event.type !== opening) {
      yield { message: `${toldText(first)} comes before ${opening}.`, index: first.index };
    }
  }
}

function* badClosings(view: TraceView): Generator<Finding> {
  const closing = view.command === "down" ? "Down" : "SignaledFinish";
  const byParticipant = groupedBy(view.told, ({ participant }) => participant);
  for (const name of audience(view, closing, "registration")) {
    const told = byParticipant.get(name) ?? [];
    const at = told.findIndex(({ event }) => event.type === closing);
    const after = at < 0 ? undefined : told[at + 1];
    if (after !== undefined) yield { message: `${toldText(after)} comes after ${closing}.`, index: after.index };
    if (at < 0 && view.finished && (view.ordinary || told.length > 0)) {
      yield { message: `${name} never gets ${closing}.`, index: (view.told.at(-1)?.index ?? -1) + 1 };
    }
  }
}

function* lateRedeliveries({ told, redelivered }: TraceView): Generator<Finding> {
  const firstNew = told.find(({ event }) => event.type !== "Up");
  if (firstNew === undefined) return;
  for (const each of redelivered) {
    if (each.index > firstNew.index) {
      const message = `${toldText(each)}, in doubt from an earlier transition, comes after ${toldText(firstNew)}.`;
      yield { message, index: each.index };
    }
  }
}
