/**
 * Topology: what a configuration says exists and who serves it, sorted out and checked.
 *
 * Everything later (delta, plan, participants' states) reads a Topology and never the ConfMap, so that what was checked
 * here once need not be doubted again.
 */

import { NameRoll } from "../conf/name-roll.ts";
import { atOnce } from "../stretches.ts";
import { NameIndex, type NameLookup } from "./name-index.ts";
import { sameVolumes, type VolumeGroup } from "./volume-group.ts";
import { VolumeRoll } from "./volume-roll.ts";

/** What exists, which peer serves what, and who this process is. Groups stand in the order of `VolumeGroupList`. */
export interface Topology {
  readonly whoAmI: string;
  readonly peers: readonly string[];
  readonly groups: readonly VolumeGroup[];
}

/** Whether this process serves the group: its active peer is WhoAmI. Source: the contract, "Reading the ConfMap". */
export function isServedHere(topology: Topology, group: VolumeGroup): boolean {
  return group.activePeer !== "" && group.activePeer === topology.whoAmI;
}

/** A topology without groups: where `down` goes. */
export function emptyTopology(whoAmI: string): Topology {
  return { whoAmI, peers: [], groups: [] };
}

/** What is worked out of a topology when somebody first asks, and kept beside it. */
interface Beside {
  groups?: NameLookup;
  volumes?: NameLookup;
  roll?: VolumeRoll;
}

const beside = new WeakMap<Topology, Beside>();

function besideOf(topology: Topology): Beside {
  let known = beside.get(topology);
  if (known === undefined) {
    known = {};
    beside.set(topology, known);
  }
  return known;
}

/** The topology's group names by position. Made when first asked for: a reload that touches nothing never pays for it. */
export function groupIndex(topology: Topology): NameLookup {
  const known = besideOf(topology);
  known.groups ??= atOnce(NameIndex.making(nameRollOf(topology.groups.map(({ name }) => name))));
  return known.groups;
}

/** The group of that name, looked for at the same position first: most reloads leave the list as it was. */
export function counterpart(topology: Topology, name: string, position: number): VolumeGroup | undefined {
  const there = topology.groups[position];
  if (there !== undefined && there.name === name) return there;
  const found = groupIndex(topology).get(name);
  return found === undefined ? undefined : topology.groups[found];
}

/** The position in `groups` of each volume's group. Made when first asked for. */
export function volumeIndex(topology: Topology): NameLookup {
  const known = besideOf(topology);
  known.volumes ??= atOnce(volumeRoll(topology).indexing(() => {}));
  return known.volumes;
}

/** All volumes of the topology. Made when first asked for. */
export function volumeRoll(topology: Topology): VolumeRoll {
  const known = besideOf(topology);
  known.roll ??= atOnce(VolumeRoll.making(topology.groups));
  return known.roll;
}

/** Whether the roll is the topology's. */
export function hasVolumeRoll(topology: Topology, roll: VolumeRoll): boolean {
  return beside.get(topology)?.roll === roll;
}

/** Takes over what the reader of the topology has worked out already. */
export function keepBeside(topology: Topology, worked: Beside): void {
  beside.set(topology, worked);
}

/** Lets a topology with the same groups in the same order, and the same lists, have what the other has, and will have. */
export function shareBeside(topology: Topology, other: Topology): void {
  beside.set(topology, besideOf(other));
}

/** Whether it is known of two topologies that they have the same groups in the same order, with the same lists. */
export function areListedAlike(a: Topology, b: Topology): boolean {
  const known = beside.get(a);
  return known !== undefined && known === beside.get(b);
}

function nameRollOf(names: readonly string[]): NameRoll {
  const roll = new NameRoll(names.length);
  for (const name of names) roll.add(name);
  return roll;
}

/** Whether two topologies say the same, order included. */
export function equalTopologies(a: Topology, b: Topology): boolean {
  if (a === b) return true;
  if (a.whoAmI !== b.whoAmI || a.groups.length !== b.groups.length || a.peers.length !== b.peers.length) return false;
  return (
    a.peers.every((peer, i) => peer === b.peers[i]) &&
    a.groups.every((group, i) => {
      const other = b.groups[i] as VolumeGroup;
      return (
        group.name === other.name &&
        group.activePeer === other.activePeer &&
        group.virtualIPAddr === other.virtualIPAddr &&
        sameVolumes(group, other)
      );
    })
  );
}
