/**
 * VolumeRoll: all volumes of some groups in one flat list, in the order of the groups and their lists.
 *
 * A start tells of every volume there is, and a hundred thousand lists of ten names would be what it costs most. Here a
 * volume is a position, and what stands in the conf is looked at only where its name is wanted.
 */
import { NameRoll } from "../conf/name-roll.ts";
import type { Stretches } from "../stretches.ts";
import { NameIndex, type NameLookup } from "./name-index.ts";
import { ListedGroup, type VolumeGroup } from "./volume-group.ts";

const GROUPS_PER_STRETCH = 1_024;

export class VolumeRoll {
  readonly names: NameRoll;
  /** The names of the groups and no more: a roll outlives the conf that it was read from. */
  readonly groups: readonly string[];
  /** Position of each group's first volume, and the one behind the last group's last. */
  readonly #starts: Int32Array;
  /** Position of each volume's group. */
  #groupOf = new Int32Array(0);

  private constructor(groups: readonly VolumeGroup[]) {
    this.groups = groups.map(({ name }) => name);
    this.names = new NameRoll(groups.length * 8);
    this.#starts = new Int32Array(groups.length + 1);
  }

  static *making(groups: readonly VolumeGroup[]): Stretches<VolumeRoll> {
    const roll = new VolumeRoll(groups);
    for (let i = 0; i < groups.length; i++) {
      roll.#enrol(groups[i] as VolumeGroup, i);
      if (i % GROUPS_PER_STRETCH === 0) yield;
    }
    roll.#groupOf = new Int32Array(roll.length);
    for (let i = 0; i < groups.length; i++) roll.#groupOf.fill(i, roll.startOf(i), roll.startOf(i + 1));
    return roll;
  }

  #enrol(group: VolumeGroup, position: number): void {
    if (group instanceof ListedGroup) group.enrol(this.names);
    else for (const name of group.volumes) this.names.add(name);
    this.#starts[position + 1] = this.names.length;
  }

  get length(): number {
    return this.names.length;
  }

  nameAt(position: number): string {
    return this.names.nameAt(position);
  }

  /** Position of the first volume of the group at `group`; that of the next group's is behind its last. */
  startOf(group: number): number {
    return this.#starts[group] as number;
  }

  /** The position of the group that the volume at `position` is in. */
  groupOf(position: number): number {
    return this.#groupOf[position] as number;
  }

  /** The position of each volume's first group; what is there more than once is told to `again`. */
  *indexing(again: (volume: string, group: number, owner: number) => void): Stretches<NameLookup> {
    const groupOf = this.#groupOf;
    const index = yield* NameIndex.making(this.names, (position, first) =>
      again(this.nameAt(position), groupOf[position] as number, groupOf[first] as number),
    );
    return {
      size: index.size,
      has: (name) => index.has(name),
      get: (name) => {
        const position = index.get(name);
        return position === undefined ? undefined : groupOf[position];
      },
    };
  }
}
