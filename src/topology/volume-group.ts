/**
 * VolumeGroup: the unit that a configuration places on a peer, and the form of it that is read from a conf.
 */
import type { ConfOption } from "../conf/conf-section.ts";
import type { NameRoll } from "../conf/name-roll.ts";

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

  /** Puts its volumes behind the names that are in `roll`, and does not split the list for that. */
  enrol(roll: NameRoll): void {
    this.#option.enrol(roll);
  }

  toJSON(): VolumeGroup {
    return { name: this.name, activePeer: this.activePeer, virtualIPAddr: this.virtualIPAddr, volumes: this.volumes };
  }
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
