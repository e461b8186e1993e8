/**
 * Topology: what a configuration says exists and who serves it, sorted out and checked.
 *
 * Everything later (delta, plan, participants' states) reads a Topology and never the ConfMap, so that what was checked
 * here once need not be doubted again.
 */

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

const groupIndexes = new WeakMap<Topology, Map<string, number>>();
const volumeIndexes = new WeakMap<Topology, Map<string, number>>();

/**
 * The topology's group names by position. Made when first asked for and kept beside the topology: a reload that touches
 * nothing never pays for it.
 */
export function groupIndex(topology: Topology): ReadonlyMap<string, number> {
  let index = groupIndexes.get(topology);
  if (index === undefined) {
    index = new Map();
    for (let i = 0; i < topology.groups.length; i++) index.set((topology.groups[i] as VolumeGroup).name, i);
    groupIndexes.set(topology, index);
  }
  return index;
}

/** The position in `groups` of each volume's group. Made when first asked for and kept beside the topology. */
export function volumeIndex(topology: Topology): ReadonlyMap<string, number> {
  let index = volumeIndexes.get(topology);
  if (index === undefined) {
    index = new Map();
    for (let i = 0; i < topology.groups.length; i++) {
      for (const volume of (topology.groups[i] as VolumeGroup).volumes) index.set(volume, i);
    }
    volumeIndexes.set(topology, index);
  }
  return index;
}

/** Hands the reader's own index over, which it needed to find duplicates, so that it is not made twice. */
export function adoptVolumeIndex(topology: Topology, index: Map<string, number>): void {
  volumeIndexes.set(topology, index);
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
  readonly #split: () => readonly string[];

  constructor(fields: Omit<VolumeGroup, "volumes">, list: string, split: () => readonly string[]) {
    this.name = fields.name;
    this.activePeer = fields.activePeer;
    this.virtualIPAddr = fields.virtualIPAddr;
    this.list = list;
    this.#split = split;
  }

  get volumes(): readonly string[] {
    if (this.#volumes === undefined) this.#volumes = this.#split();
    return this.#volumes;
  }

  toJSON(): VolumeGroup {
    return { name: this.name, activePeer: this.activePeer, virtualIPAddr: this.virtualIPAddr, volumes: this.volumes };
  }
}
