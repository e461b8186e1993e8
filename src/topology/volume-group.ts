/**
 * VolumeGroup: the unit that a configuration places on a peer, and the form of it that is read from a conf.
 */
import type { ConfOption, ConfSection } from "../conf/conf-section.ts";
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

/** Where a group's options stand in the conf. */
export interface GroupOptions {
  readonly list: ConfOption;
  /** Number of settings before the address in the section; undefined: the section does not stand in one piece. */
  readonly address: number | undefined;
}

/**
 * A group read from a conf, whose volumes are split from the list's text when they are first asked for: a reload compares
 * the texts of thousands of unchanged groups and splits none of them. Ten thousand are kept with a topology: it holds the
 * list's place, and what else is to be known of the section is found from there.
 */
export class ListedGroup implements VolumeGroup {
  readonly name: string;
  readonly activePeer: string;
  readonly virtualIPAddr: string;
  #volumes: readonly string[] | undefined;
  readonly #list: ConfOption;
  readonly #address: number | undefined;

  constructor(fields: Omit<VolumeGroup, "volumes">, { list, address }: GroupOptions) {
    this.name = fields.name;
    this.activePeer = fields.activePeer;
    this.virtualIPAddr = fields.virtualIPAddr;
    this.#list = list;
    this.#address = address;
  }

  get volumes(): readonly string[] {
    if (this.#volumes === undefined) this.#volumes = this.#list.values;
    return this.#volumes;
  }

  /** The list as the conf has it. Equal texts are equal lists. */
  get list(): string {
    return this.#list.text;
  }

  /**
   * The group of this name in a section that reads as the one did that this group was read from, to the letter; undefined
   * where it does not. Everything but the peer is taken from the new text, so that the old one can be forgotten.
   */
  rereadIn(section: ConfSection, name: string, activePeer: string): ListedGroup | undefined {
    const address = this.#address;
    if (address === undefined) return undefined;
    const { text } = section;
    if (text === undefined || text !== this.#list.section.text) return undefined;
    const virtualIPAddr = section.optionAt(address).sole as string;
    return new ListedGroup({ name, activePeer, virtualIPAddr }, { list: section.optionAt(this.#list.offset), address });
  }

  /** Puts its volumes behind the names that are in `roll`, and does not split the list for that. */
  enrol(roll: NameRoll): void {
    this.#list.enrol(roll);
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
