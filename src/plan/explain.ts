/**
 * Explain: for every event of a plan, the setting that caused it and the rule that connects them.
 *
 * A plan says what will happen; who reads it at night wants to know why: which section and option, what stood there
 * before and what stands there now, and in which file and line.
 */
import type { ConfMap } from "../conf/conf-map.ts";
import { groupIndex, type Topology, volumeIndex } from "../topology/topology.ts";
import type { VolumeGroup } from "../topology/volume-group.ts";
import { type CallbackName, type LifecycleEvent, subjectOf } from "./lifecycle-event.ts";
import type { Plan } from "./plan.ts";

/** The rules of the contract (and of this library) by which settings become events. */
export const RULES = {
  "brought-up": "everybody who is not up gets Up before anything else",
  quiesced: "everybody who is up is quiesced before anything changes",
  released: "everybody who was quiesced is released at the end",
  "taken-down": "everybody who is up is taken down at the end",
  "group-listed": "the group is listed now and was not before",
  "group-unlisted": "the group was listed before and is not now",
  "active-peer-changed": "the group's active peer changed",
  "group-options-changed": "other options of the group changed",
  "volume-listed": "the volume is in a group now and was in none before",
  "volume-unlisted": "the volume was in a group before and is in none now",
  "volume-moved": "the volume is in another group now",
  "volume-options-changed": "options of the volume changed",
  "served-here": "the volume's group is served by this peer now",
  "served-here-no-more": "the volume's group is not served by this peer any more",
  "served-anew": "the volume was moved, or its group was, so it is unserved and served again",
  "going-down": "everything is let go of on the way down",
  "catching-up": "a participant was left behind by an earlier failure",
} as const;

export type Rule = keyof typeof RULES;

/** Why one event is in a plan. */
export interface Explanation {
  readonly event: LifecycleEvent;
  readonly rule: Rule;
  /** The setting that decides; absent where none does. */
  readonly section?: string | undefined;
  readonly option?: string | undefined;
  /** Values before and now; undefined: the option was, or is, not there. */
  readonly before?: readonly string[] | undefined;
  readonly after?: readonly string[] | undefined;
  /** Where the value of now stands, or, where there is none now, the one of before. */
  readonly file?: string | undefined;
  /** Counted from 1. */
  readonly line?: number | undefined;
}

/** What is compared: the conf and topology before and now; undefined before up, and after down. */
export interface ExplainRequest {
  readonly plan: Plan;
  readonly from?: { readonly confMap: ConfMap; readonly topology: Topology } | undefined;
  readonly to?: { readonly confMap: ConfMap; readonly topology: Topology } | undefined;
}

/** One explanation for each event of the plan, in the plan's order. Pure. */
export function explain(request: ExplainRequest): readonly Explanation[] {
  return request.plan.phases.flatMap(({ callback, events }) =>
    events.map((event) => explainEvent(callback, event, request)),
  );
}

/** An explanation as a sentence. */
export function explanationText({ rule, section, option, before, after, file, line }: Explanation): string {
  const why = RULES[rule];
  if (section === undefined) return why;
  const place = file === undefined ? "" : ` (${file}${line === undefined ? "" : `:${line}`})`;
  const setting =
    option === undefined ? `[${section}]` : `[${section}] ${option}: ${valueText(before)} → ${valueText(after)}`;
  return `${why}: ${setting}${place}`;
}

const SHOWN_AT_MOST = 6;

function valueText(values: readonly string[] | undefined): string {
  if (values === undefined) return "not there";
  if (values.length === 0) return "empty";
  const shown = values.slice(0, SHOWN_AT_MOST).join(", ");
  return values.length > SHOWN_AT_MOST ? `${shown}, … (${values.length})` : shown;
}

function explainEvent(callback: CallbackName, event: LifecycleEvent, request: ExplainRequest): Explanation {
  const subject = subjectOf(event);
  switch (callback) {
    case "Up":
      return { event, rule: "brought-up" };
    case "SignaledStart":
      return { event, rule: "quiesced" };
    case "SignaledFinish":
      return { event, rule: "released" };
    case "Down":
      return { event, rule: "taken-down" };
    case "VolumeGroupCreated":
    case "VolumeGroupDestroyed":
      return explainListing(event, subject, request);
    case "VolumeGroupMoved":
      return explainActivePeer(event, subject, request);
    case "VolumeGroupChanged":
      return explainChange(event, `VolumeGroup:${subject}`, "group-options-changed", request);
    case "VolumeChanged":
      return explainChange(event, `Volume:${subject}`, "volume-options-changed", request);
    case "VolumeCreated":
    case "VolumeMoved":
    case "VolumeDestroyed":
      return explainPlace(event, subject, request);
    case "ServeVolume":
    case "UnserveVolume":
    case "VolumeToBeUnserved":
      return explainService(event, subject, request);
  }
}

/** The decisive setting with its values and place. */
function setting(section: string, option: string, { from, to }: ExplainRequest): Omit<Explanation, "event" | "rule"> {
  const valuesIn = (confMap: ConfMap | undefined) => confMap && valuesOf(confMap, section, option);
  const origin =
    to?.confMap.origin(section, option) ??
    from?.confMap.origin(section, option) ??
    to?.confMap.origin(section) ??
    from?.confMap.origin(section);
  return {
    section,
    option,
    before: valuesIn(from?.confMap),
    after: valuesIn(to?.confMap),
    file: origin?.file,
    line: origin?.line,
  };
}

interface ReadValues {
  readonly section: string;
  readonly option: string;
  readonly values: readonly string[] | undefined;
}

/** What was read last: one list of thousands of volumes decides about each of them, one after the other. */
const lastRead = new WeakMap<ConfMap, ReadValues>();

function valuesOf(confMap: ConfMap, section: string, option: string): readonly string[] | undefined {
  const last = lastRead.get(confMap);
  if (last?.section === section && last.option === option) return last.values;
  const values = confMap.has(section, option) ? confMap.strings(section, option) : undefined;
  lastRead.set(confMap, { section, option, values });
  return values;
}

function explainListing(event: LifecycleEvent, group: string, request: ExplainRequest): Explanation {
  const { from, to } = request;
  const before = from !== undefined && groupIndex(from.topology).has(group);
  const after = to !== undefined && groupIndex(to.topology).has(group);
  if (to === undefined) return { event, rule: "going-down" };
  const rule: Rule = before === after ? "catching-up" : after ? "group-listed" : "group-unlisted";
  return { event, rule, ...setting("FSGlobals", "VolumeGroupList", request) };
}

function explainActivePeer(event: LifecycleEvent, group: string, request: ExplainRequest): Explanation {
  const before = groupIn(request.from?.topology, group)?.activePeer;
  const after = groupIn(request.to?.topology, group)?.activePeer;
  return {
    event,
    rule: before === after ? "catching-up" : "active-peer-changed",
    ...setting(`VolumeGroup:${group}`, "PrimaryPeer", request),
  };
}

/** The first option that differs stands for all that do. */
function explainChange(event: LifecycleEvent, section: string, rule: Rule, request: ExplainRequest): Explanation {
  const { from, to } = request;
  const options = new Set(
    [from, to].flatMap((place) => (place?.confMap.has(section) ? place.confMap.options(section) : [])),
  );
  for (const option of options) {
    if (option === "PrimaryPeer" || option === "VolumeList") continue;
    const found = setting(section, option, request);
    if (JSON.stringify(found.before) !== JSON.stringify(found.after)) return { event, rule, ...found };
  }
  return { event, rule: "catching-up", section };
}

function explainPlace(event: LifecycleEvent, volume: string, request: ExplainRequest): Explanation {
  if (request.to === undefined) return { event, rule: "going-down" };
  const before = groupOfVolume(request.from?.topology, volume)?.name;
  const after = groupOfVolume(request.to.topology, volume)?.name;
  const group = after ?? before;
  const rule: Rule =
    before === after
      ? "catching-up"
      : before === undefined
        ? "volume-listed"
        : after === undefined
          ? "volume-unlisted"
          : "volume-moved";
  return group === undefined
    ? { event, rule }
    : { event, rule, ...setting(`VolumeGroup:${group}`, "VolumeList", request) };
}

/** Serving follows from what happened to the volume or its group: the setting that decides is theirs. */
function explainService(event: LifecycleEvent, volume: string, request: ExplainRequest): Explanation {
  if (request.to === undefined) return { event, rule: "going-down" };
  const before = groupOfVolume(request.from?.topology, volume);
  const after = groupOfVolume(request.to.topology, volume);
  const servedBefore =
    before !== undefined && before.activePeer !== "" && before.activePeer === request.from?.topology.whoAmI;
  const servedAfter = after !== undefined && after.activePeer !== "" && after.activePeer === request.to.topology.whoAmI;
  if (before?.name !== after?.name) {
    const rule: Rule =
      servedBefore && servedAfter ? "served-anew" : servedAfter ? "served-here" : "served-here-no-more";
    const group = after ?? before;
    return { event, rule, ...setting(`VolumeGroup:${group?.name}`, "VolumeList", request) };
  }
  if (before?.activePeer !== after?.activePeer) {
    const rule: Rule = servedAfter ? "served-here" : "served-here-no-more";
    return { event, rule, ...setting(`VolumeGroup:${after?.name}`, "PrimaryPeer", request) };
  }
  return { event, rule: "catching-up" };
}

function groupIn(topology: Topology | undefined, name: string): VolumeGroup | undefined {
  const at = topology === undefined ? undefined : groupIndex(topology).get(name);
  return at === undefined ? undefined : topology?.groups[at];
}

function groupOfVolume(topology: Topology | undefined, volume: string): VolumeGroup | undefined {
  const at = topology === undefined ? undefined : volumeIndex(topology).get(volume);
  return at === undefined ? undefined : topology?.groups[at];
}
