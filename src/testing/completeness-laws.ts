/**
 * Completeness laws: exactly what the contract asks for is delivered, nothing less and nothing else.
 *
 * They need both ends of the transition; without them there is nothing to compare with, and they are silent.
 */
import { type LifecycleEvent, subjectOf } from "../plan/lifecycle-event.ts";
import { rowsOf } from "../plan/order.ts";
import type { Finding, Law } from "./law.ts";
import { eventText } from "./trace.ts";
import { audience, groupedBy, type Told, type TraceView, toldText } from "./trace-view.ts";

export const COMPLETENESS_LAWS: readonly Law[] = [
  {
    name: "nothing-lost",
    says: "Everyone hears every event that the contract asks for; in a failed transition, every one before it stopped.",
    check: lostEvents,
  },
  {
    name: "nothing-extra",
    says: "Nobody hears an event that the contract does not ask for: unchanged volumes get none.",
    check: extraEvents,
  },
  {
    name: "arguments",
    says: "Events carry the group, the active peer and the virtual IP address of the new configuration.",
    check: wrongArguments,
  },
];

function* lostEvents(view: TraceView): Generator<Finding> {
  if (view.expected === undefined) return;
  const told = new Set(view.told.map(keyOf));
  const last = view.told.at(-1);
  for (const [row, { callback, direction }] of rowsOf(view.order, view.command).entries()) {
    for (const participant of audience(view, callback, direction)) {
      const events = view.expected.get(participant)?.get(callback) ?? [];
      const stoppedHere =
        !view.finished && (last === undefined || (row === last.row && participant === last.participant));
      for (const event of stoppedHere ? beforeTheLast(events, last, view) : events) {
        if (told.has(keyOf({ participant, event }))) continue;
        const index = view.told.find((each) => each.row > row)?.index ?? (last?.index ?? -1) + 1;
        yield { message: `${toldText({ participant, event })} is missing.`, index };
      }
      if (stoppedHere) return;
    }
  }
}

/** Of the group in which a failed transition stopped, what should have come before its last delivery. */
function beforeTheLast(
  events: readonly LifecycleEvent[],
  last: Told | undefined,
  view: TraceView,
): readonly LifecycleEvent[] {
  if (last === undefined || !view.subjectsInOrder || !view.ordinary) return [];
  return events.slice(
    0,
    events.findIndex((event) => subjectOf(event) === subjectOf(last.event)),
  );
}

function* extraEvents(view: TraceView): Generator<Finding> {
  for (const [participant, own] of groupedBy(view.told, (each) => each.participant)) {
    const expected = view.expected?.get(participant);
    if (expected === undefined) continue;
    const keys = new Set([...expected.values()].flat().map((event) => keyOf({ participant, event })));
    for (const each of own) {
      // Options are not in a topology: the further callbacks are the business of `changed-alone`.
      if (each.event.type === "VolumeChanged" || each.event.type === "VolumeGroupChanged") continue;
      if (!keys.has(keyOf(each))) {
        yield { message: `${toldText(each)} is not called for by the change.`, index: each.index };
      }
    }
  }
}

function* wrongArguments(view: TraceView): Generator<Finding> {
  for (const each of view.told) {
    const alike = view.expected?.get(each.participant)?.get(each.event.type) ?? [];
    const expected = alike.find((event) => subjectOf(event) === subjectOf(each.event));
    if (expected === undefined) continue;
    for (const [name, value] of Object.entries(expected)) {
      const given = (each.event as unknown as Record<string, unknown>)[name];
      if (given === value) continue;
      const message = `${toldText(each)} has the ${name} "${given}" in place of "${value}".`;
      yield { message, index: each.index };
    }
  }
}

/** The arguments beside the subject are left out: a wrong one is one violation, not an event lost and another too many. */
function keyOf({ participant, event }: Pick<Told, "participant"> & { readonly event: LifecycleEvent }): string {
  return JSON.stringify([participant, eventText(event)]);
}
