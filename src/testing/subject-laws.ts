/**
 * Subject laws: in which order a participant hears of a volume or a group, and that all hear the same.
 *
 * Each of the pairs is a duty between two callbacks about one subject; together they are why the phases stand as they do.
 */
import type { CallbackName, LifecycleEvent } from "../plan/lifecycle-event.ts";
import { CALLBACKS, subjectOf } from "../plan/lifecycle-event.ts";
import type { Finding, Law } from "./law.ts";
import { strictParticipant } from "./strict-participant.ts";
import { eventText } from "./trace.ts";
import { audience, groupedBy, heardAndUnheard, type Told, type TraceView, toldText } from "./trace-view.ts";

export const SUBJECT_LAWS: readonly Law[] = [
  {
    name: "once",
    says: "Nobody is told the same thing twice in one transition.",
    check: doubles,
  },
  {
    name: "equal-events",
    says: "In an ordinary transition all participants hear the same events in a phase.",
    check: unequalEvents,
  },
  {
    name: "subject-order",
    says: "Forward phases follow the new configuration's order, reverse phases the old one's backwards, the same for everyone.",
    check: unequalOrders,
  },
  pairLaw(
    "notice-before-unserve",
    "VolumeToBeUnserved",
    ["UnserveVolume"],
    "a volume is announced before it is unserved",
  ),
  pairLaw(
    "unserve-before-change",
    "UnserveVolume",
    ["VolumeMoved", "VolumeDestroyed", "ServeVolume"],
    "a volume is unserved before it moves, goes or is served anew",
  ),
  pairLaw("create-before-serve", "VolumeCreated", ["ServeVolume"], "a volume is created before it is served"),
  pairLaw(
    "move-before-serve",
    "VolumeMoved",
    ["ServeVolume"],
    "a volume is in its new group before it is served there",
  ),
  {
    name: "group-before-volume",
    says: "A group is created before a volume is created in it or moves into it.",
    check: volumesBeforeTheirGroup,
  },
  {
    name: "changed-alone",
    says: "VolumeChanged and VolumeGroupChanged come never beside Created, Moved or Serve of the same subject.",
    check: changedBesideOthers,
  },
  {
    name: "assumptions",
    says: "A participant may assume what the strict participant assumes: see its rules.",
    check: brokenAssumptions,
  },
];

function* doubles({ told }: TraceView): Generator<Finding> {
  const seen = new Map<string, Told>();
  for (const each of told) {
    const key = JSON.stringify([each.participant, each.event.type, subjectOf(each.event)]);
    const first = seen.get(key);
    if (first === undefined) seen.set(key, each);
    else yield { message: `${toldText(each)} comes twice, first at ${first.index}.`, index: each.index };
  }
}

function* unequalEvents(view: TraceView): Generator<Finding> {
  if (!view.ordinary) return;
  const lastRow = view.phases.at(-1)?.row;
  for (const { callback, direction, row, told } of view.phases) {
    // A transition that failed stops in the middle of its last phase.
    if (!view.finished && row === lastRow) continue;
    const byParticipant = groupedBy(told, ({ participant }) => participant);
    const all = new Map(told.map((each) => [eventText(each.event), each]));
    for (const name of audience(view, callback, direction)) {
      const own = new Set((byParticipant.get(name) ?? []).map(({ event }) => eventText(event)));
      for (const [text, { participant, index }] of all) {
        if (!own.has(text)) yield { message: `${name} does not hear ${text}, and ${participant} does.`, index };
      }
    }
  }
}

/** With both ends known the order is the configuration's; otherwise participants and phases must agree among themselves. */
function* unequalOrders(view: TraceView): Generator<Finding> {
  if (!view.subjectsInOrder) return;
  const agreed = new Map<string, (event: LifecycleEvent) => number>();
  for (const { callback, direction, told } of view.phases) {
    // After a failure everyone has an old order of its own, which is not known here.
    if (direction === "reverse" && !view.ordinary) continue;
    const kind = `${direction} ${CALLBACKS[callback].subject}`;
    for (const [participant, own] of groupedBy(told, (each) => each.participant)) {
      const stated = view.expected?.get(participant)?.get(callback);
      // Without a stated order, who spoke first sets it for all phases of the kind, as far as subjects recur.
      const place = stated === undefined ? agreed.get(kind) : placeIn(stated);
      const fault = place === undefined ? undefined : firstDescent(own, place);
      if (fault !== undefined) {
        const [before, after] = fault;
        const rule = stated === undefined ? "elsewhere in the trace" : whose(direction);
        const message = `${toldText(after)} comes after ${eventText(before.event)}, but ${rule} it comes before.`;
        yield { message, index: after.index };
      }
      if (!agreed.has(kind) && own.length > 1) agreed.set(kind, placeIn(own.map(({ event }) => event)));
    }
  }
}

function whose(direction: string): string {
  return direction === "reverse" ? "in the old configuration's order, backwards," : "in the new configuration's order";
}

function placeIn(events: readonly LifecycleEvent[]): (event: LifecycleEvent) => number {
  const places = new Map(events.map((event, i) => [subjectOf(event), i]));
  return (event) => places.get(subjectOf(event)) ?? -1;
}

/** The first two deliveries that stand the wrong way round; those without a place are passed over. */
function firstDescent(
  told: readonly Told[],
  place: (event: LifecycleEvent) => number,
): readonly [Told, Told] | undefined {
  let before: Told | undefined;
  for (const each of told) {
    const at = place(each.event);
    if (at < 0) continue;
    if (before !== undefined && at < place(before.event)) return [before, each];
    before = each;
  }
  return undefined;
}

/** A law that one callback comes before others about the same volume, participant by participant. */
function pairLaw(name: string, first: CallbackName, later: readonly CallbackName[], sentence: string): Law {
  return {
    name,
    says: `For each participant ${sentence}.`,
    check: function* check({ told }: TraceView): Generator<Finding> {
      const seen = new Map<string, Told>();
      for (const each of told) {
        const key = JSON.stringify([each.participant, subjectOf(each.event)]);
        if (later.includes(each.event.type) && !seen.has(key)) seen.set(key, each);
        const early = seen.get(key);
        if (each.event.type !== first || early === undefined) continue;
        yield { message: `${toldText(each)} comes after ${eventText(early.event)}: ${sentence}.`, index: each.index };
      }
    },
  };
}

function* volumesBeforeTheirGroup({ told }: TraceView): Generator<Finding> {
  const early = new Map<string, Told>();
  for (const each of told) {
    if (!("volumeGroupName" in each.event)) continue;
    const key = JSON.stringify([each.participant, each.event.volumeGroupName]);
    if (each.event.type === "VolumeCreated" || each.event.type === "VolumeMoved") {
      if (!early.has(key)) early.set(key, each);
    } else if (each.event.type === "VolumeGroupCreated") {
      const volume = early.get(key);
      if (volume === undefined) continue;
      const message = `${toldText(volume)} comes before its group ${each.event.volumeGroupName} is created.`;
      yield { message, index: volume.index };
    }
  }
}

const CHANGES: readonly CallbackName[] = ["VolumeChanged", "VolumeGroupChanged"];
const ANEW: readonly CallbackName[] = [
  ...(["VolumeCreated", "VolumeMoved", "ServeVolume"] as const),
  ...(["VolumeGroupCreated", "VolumeGroupMoved"] as const),
];

function* changedBesideOthers({ told }: TraceView): Generator<Finding> {
  const keyOf = ({ participant, event }: Told): string =>
    JSON.stringify([participant, CALLBACKS[event.type].subject, subjectOf(event)]);
  const anew = new Map(told.filter(({ event }) => ANEW.includes(event.type)).map((each) => [keyOf(each), each]));
  for (const each of told) {
    const other = CHANGES.includes(each.event.type) ? anew.get(keyOf(each)) : undefined;
    if (other === undefined) continue;
    yield {
      message: `${toldText(each)} comes beside ${eventText(other.event)}, which tells it all.`,
      index: each.index,
    };
  }
}

function* brokenAssumptions(view: TraceView): Generator<Finding> {
  if (view.standings === undefined) return;
  for (const [participant, own] of groupedBy(heardAndUnheard(view), (each) => each.participant)) {
    const standing = view.standings.get(participant);
    if (standing === undefined) continue;
    const strict = strictParticipant({ whoAmI: view.whoAmI, from: standing });
    for (const { event, index } of own) {
      const complaint = strict.apply(event);
      if (complaint !== undefined) yield { message: `${participant} may not be told ${complaint}`, index };
    }
  }
}
