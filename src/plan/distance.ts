/**
 * Distance: what one participant has yet to be told to be where a topology says.
 *
 * This is the central idea: a plan is not "what changed in the conf" but the way from where a participant is. For a
 * participant that is settled the two are the same, and the delta of the topologies answers; for one that a failure left
 * elsewhere the same questions are asked of its own maps.
 */
import type { ConfMap } from "../conf/conf-map.ts";
import { emptyDelta, type FlatDelta, flatDelta } from "../topology/delta.ts";
import { PlacedVolumes } from "../topology/placed-volumes.ts";
import { groupIndex, isServedHere, type Topology, volumeIndex } from "../topology/topology.ts";
import type { VolumeGroup } from "../topology/volume-group.ts";
import type { Subjects } from "./event-list.ts";
import type { CallbackName } from "./lifecycle-event.ts";
import { type Drifted, driftedFrom, type Known, type KnownGroup, type ParticipantState } from "./participant-state.ts";
import { type Told, toldOfGroup, toldOfVolume } from "./told.ts";

/** Where a participant shall be: at a topology, or down. */
export interface Goal {
  /** Undefined: down. */
  readonly topology: Topology | undefined;
  /** The ConfMap of the topology; without it, changed options cannot be seen. */
  readonly confMap?: ConfMap | undefined;
}

/** Whom the further callbacks reach: who does not implement one is not told, and its state does not pretend it was. */
export interface HearsChanges {
  readonly volumes: boolean;
  readonly groups: boolean;
}

/** What is to be told, callback by callback: in the goal's order for forward callbacks, in the known order for reverse ones. */
export interface Distance {
  readonly up: boolean;
  readonly start: boolean;
  /** SignaledFinish is owed, or will be after Up or SignaledStart. */
  readonly finish: boolean;
  readonly down: boolean;
  readonly subjects: Readonly<Partial<Record<CallbackName, Subjects>>>;
}

const NO_DISTANCE: Distance = { up: false, start: false, finish: false, down: false, subjects: {} };
const NOWHERE: Topology = { whoAmI: "", peers: [], groups: [] };

/** What it takes to bring a participant from its state to the goal. Pure. */
export function distanceTo(state: ParticipantState, goal: Goal, hears: HearsChanges): Distance {
  if (goal.topology === undefined) return distanceDown(state);
  const { known } = state;
  const delta =
    known.kind === "settled" ? flatDelta(known.topology, goal.topology) : driftedDelta(known, goal.topology);
  const unnoticed = known.kind === "settled" ? delta.toUnserve : delta.toUnserve.filter(notNoticedIn(known));
  return {
    up: !state.up,
    start: state.up && !state.quiesced,
    finish: true,
    down: false,
    subjects: { ...subjectsOf(delta, unnoticed), ...changesOf(known, delta, goal, hears) },
  };
}

/** Down asks of everybody who is up to let go of everything; who is not up can be told nothing. */
function distanceDown(state: ParticipantState): Distance {
  if (!state.up) return NO_DISTANCE;
  const { known } = state;
  const delta = known.kind === "settled" ? flatDelta(known.topology, NOWHERE) : driftedDelta(known, NOWHERE);
  const unnoticed = known.kind === "settled" ? delta.toUnserve : delta.toUnserve.filter(notNoticedIn(known));
  return { up: false, start: !state.quiesced, finish: false, down: true, subjects: subjectsOf(delta, unnoticed) };
}

function subjectsOf(delta: FlatDelta, unnoticed: PlacedVolumes): Partial<Record<CallbackName, Subjects>> {
  return {
    VolumeToBeUnserved: unnoticed,
    UnserveVolume: delta.toUnserve,
    VolumeGroupCreated: delta.groupsCreated,
    VolumeCreated: delta.volumesCreated,
    VolumeGroupMoved: delta.groupsMoved,
    VolumeMoved: delta.volumesMoved,
    ServeVolume: delta.toServe,
    VolumeDestroyed: delta.volumesDestroyed,
    VolumeGroupDestroyed: delta.groupsDestroyed,
  };
}

/** The delta of one participant's own maps. A noticed volume that stays is unserved and served again: it may have acted on the notice. */
function driftedDelta(known: Drifted, to: Topology): FlatDelta {
  const groupAt = groupIndex(to);
  const volumeAt = volumeIndex(to);
  const groupNow = (name: string): VolumeGroup | undefined => {
    const at = groupAt.get(name);
    return at === undefined ? undefined : to.groups[at];
  };
  const moved = (name: string): boolean => {
    const before = known.groups.get(name);
    const after = groupNow(name);
    return before !== undefined && after !== undefined && before.activePeer !== after.activePeer;
  };

  const lists = emptyDelta();
  const stillServed = new Set<string>();
  for (const [volumeName, volume] of inGroupOrder(known)) {
    const at = volumeAt.get(volumeName);
    const group = at === undefined ? undefined : (to.groups[at] as VolumeGroup);
    if (group === undefined) lists.volumesDestroyed.add(volumeName, volume.group);
    if (!volume.served) continue;
    const stays =
      group !== undefined &&
      group.name === volume.group &&
      isServedHere(to, group) &&
      !moved(group.name) &&
      !volume.noticed;
    if (stays) stillServed.add(volumeName);
    else lists.toUnserve.add(volumeName, volume.group);
  }

  for (const group of to.groups) {
    if (!known.groups.has(group.name)) lists.groupsCreated.push(group);
    else if (moved(group.name)) lists.groupsMoved.push(group);
    for (const volumeName of group.volumes) {
      const before = known.volumes.get(volumeName);
      if (before === undefined) lists.volumesCreated.add(volumeName, group.name);
      else if (before.group !== group.name) lists.volumesMoved.add(volumeName, group.name);
      if (isServedHere(to, group) && !stillServed.has(volumeName)) lists.toServe.add(volumeName, group.name);
    }
  }
  for (const [name, group] of known.groups) {
    if (groupNow(name) === undefined) lists.groupsDestroyed.push(knownGroup(name, group));
  }
  return lists;
}

function knownGroup(name: string, group: KnownGroup): VolumeGroup {
  return { name, activePeer: group.activePeer, virtualIPAddr: "", volumes: [] };
}

function notNoticedIn(known: Drifted): (volumeName: string) => boolean {
  return (volumeName) => known.volumes.get(volumeName)?.noticed !== true;
}

/** The known volumes group by group, as the topology that they came from had them; volumes without a known group last. */
function inGroupOrder(
  known: Drifted,
): readonly (readonly [string, Drifted["volumes"] extends ReadonlyMap<string, infer V> ? V : never])[] {
  const position = new Map([...known.groups.keys()].map((name, i) => [name, i]));
  const last = position.size;
  return [...known.volumes].sort(([, a], [, b]) => (position.get(a.group) ?? last) - (position.get(b.group) ?? last));
}

/**
 * Known subjects whose options differ from those that the participant was last told under, and that nothing else of this
 * transition tells about: a Changed beside Created, Moved or Serve would tell one thing twice.
 */
function changesOf(
  known: Known,
  delta: FlatDelta,
  goal: Goal,
  hears: HearsChanges,
): Partial<Record<CallbackName, Subjects>> {
  const { topology, confMap } = goal;
  if (topology === undefined || confMap === undefined || !(hears.volumes || hears.groups)) return {};
  const changes: { VolumeGroupChanged?: VolumeGroup[]; VolumeChanged?: PlacedVolumes } = {};
  if (hears.groups) {
    const told = new Set([...delta.groupsCreated, ...delta.groupsMoved].map((group) => group.name));
    changes.VolumeGroupChanged = topology.groups.filter((group) => {
      if (told.has(group.name)) return false;
      const before = groupTold(known, group.name);
      return before !== undefined && before !== confMap && !sameGroupOptions(before, confMap, group.name);
    });
  }
  if (hears.volumes) {
    const told = new Set(
      [...delta.volumesCreated, ...delta.volumesMoved, ...delta.toServe].map((placed) => placed.volumeName),
    );
    const changed = new PlacedVolumes();
    for (const group of topology.groups) {
      for (const volumeName of group.volumes) {
        if (told.has(volumeName)) continue;
        const before = volumeTold(known, volumeName);
        if (before === undefined || before === confMap || before.sameSection(confMap, `Volume:${volumeName}`)) continue;
        changed.add(volumeName, group.name);
      }
    }
    changes.VolumeChanged = changed;
  }
  return changes;
}

/** PrimaryPeer and VolumeList have callbacks of their own. */
function sameGroupOptions(before: ConfMap, after: ConfMap, group: string): boolean {
  return before.sameSection(after, `VolumeGroup:${group}`, ["PrimaryPeer", "VolumeList"]);
}

function groupTold(known: Known, name: string): ConfMap | undefined {
  if (known.kind === "drifted") return known.groups.get(name)?.told;
  return groupIndex(known.topology).has(name) ? toldOfGroup(known.told, name) : undefined;
}

function volumeTold(known: Known, name: string): ConfMap | undefined {
  if (known.kind === "drifted") return known.volumes.get(name)?.told;
  return volumeIndex(known.topology).has(name) ? toldOfVolume(known.told, name) : undefined;
}

/** The record of who was told what, of any state, as a settled one carries it. */
export function toldOfKnown(known: Known, goal: Topology): Told {
  if (known.kind === "settled") return known.told;
  const drifted = driftedFrom(known);
  const groups = new Map<string, ConfMap>();
  const volumes = new Map<string, ConfMap>();
  for (const group of goal.groups) {
    const told = drifted.groups.get(group.name)?.told;
    if (told !== undefined) groups.set(group.name, told);
    for (const name of group.volumes) {
      const volumeTold = drifted.volumes.get(name)?.told;
      if (volumeTold !== undefined) volumes.set(name, volumeTold);
    }
  }
  return { base: undefined, layers: [{ groups, volumes }] };
}
