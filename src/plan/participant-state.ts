/**
 * ParticipantState: where one participant is, as far as what it was told goes.
 *
 * The original kept one idea of "current" for everybody and replaced it before calling anybody, so that one failure lost
 * the rest of a change. Here each participant has a state of its own, and a plan is the distance from there. In the
 * ordinary case all of them are settled at one shared Topology, which costs one reference each; only who was left
 * elsewhere by a failure has maps of its own.
 */
import type { ConfMap } from "../conf/conf-map.ts";
import { groupIndex, isServedHere, type Topology, volumeIndex } from "../topology/topology.ts";
import type { CallbackName, LifecycleEvent } from "./lifecycle-event.ts";
import { NOTHING_TOLD, type Told, toldAll, toldOfGroup, toldOfVolume } from "./told.ts";

/** Where a participant is. Immutable; equal participants share one object. */
export interface ParticipantState {
  /** Got Up, not yet Down. */
  readonly up: boolean;
  /** Got Up or SignaledStart, is owed SignaledFinish. */
  readonly quiesced: boolean;
  readonly known: Known;
  /** The ConfMap of the last transition that reached it. */
  readonly lastConfMap: ConfMap | undefined;
}

/** The groups and volumes that a participant knows, and which of them it serves. */
export type Known = Settled | Drifted;

/** Exactly what a topology says. */
export interface Settled {
  readonly kind: "settled";
  readonly topology: Topology;
  readonly told: Told;
}

/** Something of its own, after a failure: in the order in which it was told. */
export interface Drifted {
  readonly kind: "drifted";
  readonly groups: ReadonlyMap<string, KnownGroup>;
  readonly volumes: ReadonlyMap<string, KnownVolume>;
}

export interface KnownGroup {
  readonly activePeer: string;
  readonly told: ConfMap | undefined;
}

export interface KnownVolume {
  readonly group: string;
  readonly served: boolean;
  /** Announced by VolumeToBeUnserved and not yet unserved. */
  readonly noticed: boolean;
  readonly told: ConfMap | undefined;
}

const EMPTY: Topology = { whoAmI: "", peers: [], groups: [] };

/** Not up, and knows nothing: where everybody begins, and where Down leads. */
export const UNTOLD: ParticipantState = {
  up: false,
  quiesced: false,
  known: { kind: "settled", topology: EMPTY, told: NOTHING_TOLD },
  lastConfMap: undefined,
};

/** Up, open, and exactly where the topology says. */
export function settledAt(topology: Topology, confMap?: ConfMap, told: Told = toldAll(confMap)): ParticipantState {
  return { up: true, quiesced: false, known: { kind: "settled", topology, told }, lastConfMap: confMap };
}

/** The same knowledge in maps of its own. */
export function driftedFrom(known: Known): Drifted {
  if (known.kind === "drifted") return known;
  const groups = new Map<string, KnownGroup>();
  const volumes = new Map<string, KnownVolume>();
  for (const group of known.topology.groups) {
    groups.set(group.name, { activePeer: group.activePeer, told: toldOfGroup(known.told, group.name) });
    const served = isServedHere(known.topology, group);
    for (const name of group.volumes) {
      volumes.set(name, { group: group.name, served, noticed: false, told: toldOfVolume(known.told, name) });
    }
  }
  return { kind: "drifted", groups, volumes };
}

/** Whether a participant knows nothing at all. */
export function knowsNothing(known: Known): boolean {
  return known.kind === "settled"
    ? known.topology.groups.length === 0
    : known.groups.size === 0 && known.volumes.size === 0;
}

/** The ConfMap under which this state's participant was last told of the event's subject. */
export function toldOf(state: ParticipantState, event: LifecycleEvent): ConfMap | undefined {
  const { known } = state;
  if ("volumeName" in event) {
    if (known.kind === "drifted") return known.volumes.get(event.volumeName)?.told;
    return volumeIndex(known.topology).has(event.volumeName) ? toldOfVolume(known.told, event.volumeName) : undefined;
  }
  if ("volumeGroupName" in event) {
    if (known.kind === "drifted") return known.groups.get(event.volumeGroupName)?.told;
    return groupIndex(known.topology).has(event.volumeGroupName)
      ? toldOfGroup(known.told, event.volumeGroupName)
      : undefined;
  }
  return state.lastConfMap;
}

/** Events of one callback that took effect. */
export interface AppliedEvents {
  readonly callback: CallbackName;
  readonly events: Iterable<LifecycleEvent>;
}

/** What events were told under: the ConfMap, and the topology that the transition goes to (undefined: down). */
export interface ToldUnder {
  readonly confMap: ConfMap | undefined;
  readonly target: Topology | undefined;
}

/**
 * The state after events that all took effect, callback after callback. A subject that the target no longer has keeps the
 * ConfMap that it was last told under, since only that one has its section.
 */
export function afterEvents(
  state: ParticipantState,
  applied: Iterable<AppliedEvents>,
  under: ToldUnder,
): ParticipantState {
  let { up, quiesced, known } = state;
  let own: { groups: Map<string, KnownGroup>; volumes: Map<string, KnownVolume> } | undefined;
  let reached = false;
  for (const { callback, events } of applied) {
    switch (callback) {
      case "Up":
        up = true;
        quiesced = true;
        break;
      case "SignaledStart":
        quiesced = true;
        break;
      case "SignaledFinish":
        quiesced = false;
        break;
      case "Down":
        return UNTOLD;
      default:
        if (own === undefined) {
          const drifted = driftedFrom(known);
          own = { groups: new Map(drifted.groups), volumes: new Map(drifted.volumes) };
        }
        for (const event of events) applyEvent(own, event, under);
    }
    reached = true;
  }
  if (!reached) return state;
  if (own !== undefined) known = { kind: "drifted", groups: own.groups, volumes: own.volumes };
  return { up, quiesced, known, lastConfMap: under.confMap ?? state.lastConfMap };
}

function applyEvent(
  own: { groups: Map<string, KnownGroup>; volumes: Map<string, KnownVolume> },
  event: LifecycleEvent,
  under: ToldUnder,
): void {
  switch (event.type) {
    case "VolumeGroupCreated":
    case "VolumeGroupMoved":
    case "VolumeGroupChanged":
      own.groups.set(event.volumeGroupName, { activePeer: event.activePeer, told: under.confMap });
      break;
    case "VolumeGroupDestroyed":
      own.groups.delete(event.volumeGroupName);
      break;
    case "VolumeDestroyed":
      own.volumes.delete(event.volumeName);
      break;
    case "VolumeCreated":
      change({ group: event.volumeGroupName, served: false, noticed: false });
      break;
    case "VolumeMoved":
    case "VolumeChanged":
      change({ group: event.volumeGroupName });
      break;
    case "ServeVolume":
      change({ served: true });
      break;
    // Who is told to let go of a volume has not been told of its new options: it may still need VolumeChanged.
    case "UnserveVolume":
      change({ served: false, noticed: false, told: toldBefore() });
      break;
    case "VolumeToBeUnserved":
      change({ noticed: true, told: toldBefore() });
      break;
    default:
  }

  function toldBefore(): ConfMap | undefined {
    return own.volumes.get((event as { volumeName: string }).volumeName)?.told;
  }

  function change(fields: Partial<KnownVolume>): void {
    const name = (event as { volumeName: string }).volumeName;
    const before = own.volumes.get(name) ?? { group: "", served: false, noticed: false, told: undefined };
    const stays = under.target !== undefined && volumeIndex(under.target).has(name);
    own.volumes.set(name, { ...before, told: stays ? under.confMap : before.told, ...fields });
  }
}

/** Plain data of a state, for status, snapshots and hashes: what it knows, sorted by name. */
export interface StateSummary {
  readonly up: boolean;
  readonly quiesced: boolean;
  readonly groups: Readonly<Record<string, string>>;
  readonly volumes: Readonly<Record<string, string>>;
  readonly served: readonly string[];
  readonly noticed: readonly string[];
}

export function summaryOf(state: ParticipantState): StateSummary {
  const known = driftedFrom(state.known);
  const groups: Record<string, string> = Object.create(null);
  const volumes: Record<string, string> = Object.create(null);
  const served: string[] = [];
  const noticed: string[] = [];
  for (const name of [...known.groups.keys()].sort()) groups[name] = (known.groups.get(name) as KnownGroup).activePeer;
  for (const name of [...known.volumes.keys()].sort()) {
    const volume = known.volumes.get(name) as KnownVolume;
    volumes[name] = volume.group;
    if (volume.served) served.push(name);
    if (volume.noticed) noticed.push(name);
  }
  return { up: state.up, quiesced: state.quiesced, groups, volumes, served, noticed };
}
