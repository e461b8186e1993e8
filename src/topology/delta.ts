/**
 * Delta: what differs between two topologies, in the words of the contract.
 *
 * It answers "what changed" once, so that the planner only has to put it in order. Forward lists follow the new
 * topology, backward ones the old: the same input always gives the same lists.
 */
import { invariant } from "../error.ts";
import { type PlacedVolume, PlacedVolumes } from "./placed-volumes.ts";
import { areListedAlike, counterpart, isServedHere, type Topology, volumeRoll } from "./topology.ts";
import { sameVolumes, type VolumeGroup } from "./volume-group.ts";

/** Everything that differs between an old and a new topology of one WhoAmI. */
export interface Delta {
  /** In the new order. */
  readonly groupsCreated: readonly VolumeGroup[];
  /** Groups whose active peer changed, as they are now; in the new order. */
  readonly groupsMoved: readonly VolumeGroup[];
  /** In the old order. */
  readonly groupsDestroyed: readonly VolumeGroup[];
  /** In the new order. */
  readonly volumesCreated: readonly PlacedVolume[];
  /** Volumes whose group changed, with the new group; in the new order. */
  readonly volumesMoved: readonly PlacedVolume[];
  /** In the old order. */
  readonly volumesDestroyed: readonly PlacedVolume[];
  /** Served before, and destroyed, or moved to another group, or in a moved group; in the old order, with the old group. */
  readonly toUnserve: readonly PlacedVolume[];
  /** Served now, and created, or moved to another group, or in a moved group; in the new order, with the new group. */
  readonly toServe: readonly PlacedVolume[];
}

/** A {@link Delta} whose volumes stand in flat lists: what plans are made of. */
export interface FlatDelta {
  readonly groupsCreated: VolumeGroup[];
  readonly groupsMoved: VolumeGroup[];
  readonly groupsDestroyed: VolumeGroup[];
  readonly volumesCreated: PlacedVolumes;
  readonly volumesMoved: PlacedVolumes;
  readonly volumesDestroyed: PlacedVolumes;
  readonly toUnserve: PlacedVolumes;
  readonly toServe: PlacedVolumes;
}

export function emptyDelta(): FlatDelta {
  return {
    groupsCreated: [],
    groupsMoved: [],
    groupsDestroyed: [],
    volumesCreated: new PlacedVolumes(),
    volumesMoved: new PlacedVolumes(),
    volumesDestroyed: new PlacedVolumes(),
    toUnserve: new PlacedVolumes(),
    toServe: new PlacedVolumes(),
  };
}

/** How one group of the new topology stands to the old one. */
interface Match {
  readonly before: VolumeGroup | undefined;
  readonly after: VolumeGroup | undefined;
  /** Its active peer changed. */
  readonly moved: boolean;
  /** Its volumes are the same, in the same order: none of them can have been created, destroyed or moved. */
  readonly sameVolumes: boolean;
}

/** What changed from one topology to another. Pure; both must be of one WhoAmI. Source: the contract, "Reading the ConfMap". */
export function diffTopologies(from: Topology, to: Topology): Delta {
  const { groupsCreated, groupsMoved, groupsDestroyed, ...volumes } = flatDelta(from, to);
  return {
    groupsCreated,
    groupsMoved,
    groupsDestroyed,
    volumesCreated: [...volumes.volumesCreated],
    volumesMoved: [...volumes.volumesMoved],
    volumesDestroyed: [...volumes.volumesDestroyed],
    toUnserve: [...volumes.toUnserve],
    toServe: [...volumes.toServe],
  };
}

/**
 * As {@link diffTopologies}, for plans.
 *
 * Only groups that differ are looked into: a volume that moved leaves one differing group and enters another, so the
 * volumes of all other groups need no look-up at all.
 */
export function flatDelta(from: Topology, to: Topology): FlatDelta {
  invariant(
    from.whoAmI === to.whoAmI || from.groups.length === 0 || to.groups.length === 0,
    `two topologies of one WhoAmI (${from.whoAmI} and ${to.whoAmI})`,
  );
  if (from.groups.length === 0) return allEnters(to);
  if (to.groups.length === 0) return allLeaves(from);
  const alike = areListedAlike(from, to);
  const forward = alike ? matchMoved(from, to) : matchForward(from, to);
  const backward = alike ? forward : matchBackward(from, to, forward);
  // Where one side has no differing group, no volume can be found there.
  const groupBefore = forward.length === 0 ? NOWHERE : placesIn(backward, (match) => match.before);
  const groupAfter = backward.length === 0 ? NOWHERE : placesIn(forward, (match) => match.after);

  const lists = emptyDelta();
  for (const match of forward) walkForward(to, match, groupBefore, lists);
  for (const match of backward) walkBackward(from, match, groupAfter, lists);
  return lists;
}

/** The fast path of a start: everything is created, and nothing need be looked up. */
function allEnters(to: Topology): FlatDelta {
  const roll = volumeRoll(to);
  const volumesCreated = new PlacedVolumes();
  const toServe = new PlacedVolumes();
  to.groups.forEach((group, i) => {
    volumesCreated.addGroup(roll, i);
    if (isServedHere(to, group)) toServe.addGroup(roll, i);
  });
  return { ...emptyDelta(), groupsCreated: [...to.groups], volumesCreated, toServe };
}

/** The fast path of an end: everything is destroyed. */
function allLeaves(from: Topology): FlatDelta {
  const roll = volumeRoll(from);
  const volumesDestroyed = new PlacedVolumes();
  const toUnserve = new PlacedVolumes();
  from.groups.forEach((group, i) => {
    volumesDestroyed.addGroup(roll, i);
    if (isServedHere(from, group)) toUnserve.addGroup(roll, i);
  });
  return { ...emptyDelta(), groupsDestroyed: [...from.groups], volumesDestroyed, toUnserve };
}

const NOWHERE: ReadonlyMap<string, string> = new Map();

/** Whether a delta has nothing to tell anybody. */
export function isEmptyDelta(delta: Delta | FlatDelta): boolean {
  return Object.values(delta).every((list: { readonly length: number }) => list.length === 0);
}

/** The groups of the new topology that differ, in its order. */
function matchForward(from: Topology, to: Topology): readonly Match[] {
  const matches: Match[] = [];
  for (let i = 0; i < to.groups.length; i++) {
    const after = to.groups[i] as VolumeGroup;
    const before = counterpart(from, after.name, i);
    if (before === undefined) matches.push({ before, after, moved: false, sameVolumes: false });
    else {
      const match = {
        before,
        after,
        moved: before.activePeer !== after.activePeer,
        sameVolumes: sameVolumes(before, after),
      };
      if (match.moved || !match.sameVolumes) matches.push(match);
    }
  }
  return matches;
}

/** The fast path of a reload: where all groups are listed as they were, they can only have moved. */
function matchMoved(from: Topology, to: Topology): readonly Match[] {
  const matches: Match[] = [];
  for (let i = 0; i < to.groups.length; i++) {
    const before = from.groups[i] as VolumeGroup;
    const after = to.groups[i] as VolumeGroup;
    if (before.activePeer !== after.activePeer) matches.push({ before, after, moved: true, sameVolumes: true });
  }
  return matches;
}

/** The groups of the old topology that differ, in its order; those that remain were compared already. */
function matchBackward(from: Topology, to: Topology, forward: readonly Match[]): readonly Match[] {
  const differing = new Map<string, Match>();
  for (const match of forward) if (match.before !== undefined) differing.set(match.before.name, match);
  const matches: Match[] = [];
  for (let i = 0; i < from.groups.length; i++) {
    const before = from.groups[i] as VolumeGroup;
    const match = differing.get(before.name);
    if (match !== undefined) matches.push(match);
    else if (counterpart(to, before.name, i) === undefined) {
      matches.push({ before, after: undefined, moved: false, sameVolumes: false });
    }
  }
  return matches;
}

/** Volume → its group, over the groups whose volumes differ. */
function placesIn(
  matches: readonly Match[],
  side: (match: Match) => VolumeGroup | undefined,
): ReadonlyMap<string, string> {
  const places = new Map<string, string>();
  for (const match of matches) {
    const group = side(match);
    if (group === undefined || match.sameVolumes) continue;
    for (const volume of group.volumes) places.set(volume, group.name);
  }
  return places;
}

function walkForward(to: Topology, match: Match, groupBefore: ReadonlyMap<string, string>, lists: FlatDelta): void {
  const group = match.after;
  if (group === undefined) return;
  if (match.before === undefined) lists.groupsCreated.push(group);
  if (match.moved) lists.groupsMoved.push(group);
  const served = isServedHere(to, group);
  for (const volumeName of group.volumes) {
    const before = match.sameVolumes ? group.name : groupBefore.get(volumeName);
    if (before === undefined) lists.volumesCreated.add(volumeName, group.name);
    else if (before !== group.name) lists.volumesMoved.add(volumeName, group.name);
    if (served && (match.moved || before !== group.name)) lists.toServe.add(volumeName, group.name);
  }
}

function walkBackward(from: Topology, match: Match, groupAfter: ReadonlyMap<string, string>, lists: FlatDelta): void {
  const group = match.before;
  if (group === undefined) return;
  if (match.after === undefined) lists.groupsDestroyed.push(group);
  const served = isServedHere(from, group);
  for (const volumeName of group.volumes) {
    const after = match.sameVolumes ? group.name : groupAfter.get(volumeName);
    if (after === undefined) lists.volumesDestroyed.add(volumeName, group.name);
    if (served && (match.moved || after !== group.name)) lists.toUnserve.add(volumeName, group.name);
  }
}
