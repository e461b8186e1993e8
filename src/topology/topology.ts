/**
 * Topology: what a configuration says exists and who serves it, sorted out and checked.
 *
 * Everything later (delta, plan, participants' states) reads a Topology and never the ConfMap, so that what was checked
 * here once need not be doubted again.
 */

import type { ConfOption } from "../conf/conf-section.ts";
import { hashOfName, NameHashes } from "../conf/settings.ts";
import { NameIndex, type NameLookup } from "./name-index.ts";

/** A set of volumes that live on one peer and move together. */
export interface VolumeGroup {
  readonly name: string;
  /** The one peer that serves the group; empty: nobody. */
  readonly activePeer: string;
  /** Client-facing address that follows the group; empty: none. */
  readonly virtualIPAddr: string;
  /** Names of its volumes, in the order of `VolumeList`. */
  readonly volumes: readonly string[];
}

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

const groupIndexes = new WeakMap<Topology, NameLookup>();
const volumeIndexes = new WeakMap<Topology, NameLookup>();

/**
 * The topology's group names by position. Made when first asked for and kept beside the topology: a reload that touches
 * nothing never pays for it.
 */
export function groupIndex(topology: Topology): NameLookup {
  let index = groupIndexes.get(topology);
  if (index === undefined) {
    const made = new NameIndex(topology.groups.length);
    for (let i = 0; i < topology.groups.length; i++) made.add((topology.groups[i] as VolumeGroup).name, i);
    index = made;
    groupIndexes.set(topology, index);
  }
  return index;
}

/** The position in `groups` of each volume's group. Made when first asked for and kept beside the topology. */
export function volumeIndex(topology: Topology): NameLookup {
  let index = volumeIndexes.get(topology);
  if (index === undefined) {
    index = indexVolumes(topology.groups, () => {});
    volumeIndexes.set(topology, index);
  }
  return index;
}

/** The position in `groups` of each volume's first group; what is there more than once is told to `again`. */
export function indexVolumes(
  groups: readonly VolumeGroup[],
  again: (volume: string, group: VolumeGroup, owner: VolumeGroup) => void,
): NameLookup {
  // Names and hashes come out of one pass over the lists' text.
  const hashes = new NameHashes();
  for (const group of groups) {
    if (group instanceof ListedGroup) group.splitAndHash(hashes);
    else for (const name of group.volumes) hashes.push(hashOfName(name));
  }
  const index = new NameIndex(hashes.size);
  let next = 0;
  for (let i = 0; i < groups.length; i++) {
    const group = groups[i] as VolumeGroup;
    const { volumes } = group;
    for (let at = 0; at < volumes.length; at++) {
      const owner = index.add(volumes[at] as string, i, hashes.at(next++));
      if (owner !== undefined) again(volumes[at] as string, group, groups[owner] as VolumeGroup);
    }
  }
  return index;
}

/** Hands the reader's own indexes over, which it needed to find duplicates, so that they are not made twice. */
export function adoptIndexes(
  topology: Topology,
  indexes: { groups: NameLookup; volumes: NameLookup | undefined },
): void {
  groupIndexes.set(topology, indexes.groups);
  if (indexes.volumes !== undefined) volumeIndexes.set(topology, indexes.volumes);
}

/** Whether two groups hold the same volumes in the same order. */
export function sameVolumes(a: VolumeGroup, b: VolumeGroup): boolean {
  if (a === b) return true;
  if (a instanceof ListedGroup && b instanceof ListedGroup && a.list === b.list) return true;
  const left = a.volumes;
  const right = b.volumes;
  if (left.length !== right.length) return false;
  for (let i = 0; i < left.length; i++) if (left[i] !== right[i]) return false;
  return true;
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

/**
 * A group read from a conf, whose volumes are split from the list's text when they are first asked for: a reload compares
 * the texts of thousands of unchanged groups and splits none of them.
 */
export class ListedGroup implements VolumeGroup {
  readonly name: string;
  readonly activePeer: string;
  readonly virtualIPAddr: string;
  /** The list as the conf has it. Equal texts are equal lists. */
  readonly list: string;
  #volumes: readonly string[] | undefined;
  readonly #option: ConfOption;

  /** @param option `VolumeList` of the group */
  constructor(fields: Omit<VolumeGroup, "volumes">, list: string, option: ConfOption) {
    this.name = fields.name;
    this.activePeer = fields.activePeer;
    this.virtualIPAddr = fields.virtualIPAddr;
    this.list = list;
    this.#option = option;
  }

  get volumes(): readonly string[] {
    if (this.#volumes === undefined) this.#volumes = this.#option.values;
    return this.#volumes;
  }

  /** Splits the list, and puts the hash of each name behind those that are in `hashes`. */
  splitAndHash(hashes: NameHashes): void {
    if (this.#volumes === undefined) this.#volumes = this.#option.hashedValues(hashes);
    else this.hashVolumes(hashes);
  }

  /** Puts the hash of each name behind those that are in `hashes`, and does not split the list for that. */
  hashVolumes(hashes: NameHashes): void {
    this.#option.hashValues(hashes);
  }

  toJSON(): VolumeGroup {
    return { name: this.name, activePeer: this.activePeer, virtualIPAddr: this.virtualIPAddr, volumes: this.volumes };
  }
}
