/**
 * PlacedVolumes: a list of volumes with their groups, as flat lists.
 *
 * A start has a hundred thousand of them, which live as long as the plan does: as objects they would cost a third of the
 * transition, most of it for the collector, which has to carry them along.
 */
import { atOnce, type Stretches } from "../stretches.ts";
import type { VolumeRoll } from "./volume-roll.ts";

/** A volume together with the group that it is, or now is, in. */
export interface PlacedVolume {
  readonly volumeName: string;
  readonly volumeGroupName: string;
}

const GROUPS_PER_STRETCH = 1_024;

export class PlacedVolumes implements Iterable<PlacedVolume> {
  #volumes: string[] = [];
  #groups: string[] = [];
  /** Groups of a roll whose volumes come last, and are not in the lists yet: many plans are made and not looked into. */
  readonly #pending: number[] = [];
  /** So many of them are in the lists by now. */
  #filled = 0;
  /** So many volumes are. */
  #copied = 0;
  #roll: VolumeRoll | undefined;
  #size = 0;

  get length(): number {
    return this.#size;
  }

  add(volumeName: string, volumeGroupName: string): void {
    this.#volumes.push(volumeName);
    this.#groups.push(volumeGroupName);
    this.#size++;
  }

  /** Adds all volumes of the roll's group at this position. Nothing else may be added to the list than groups of this roll. */
  addGroup(roll: VolumeRoll, group: number): void {
    this.#roll = roll;
    this.#pending.push(group);
    this.#size += roll.startOf(group + 1) - roll.startOf(group);
  }

  volumeAt(index: number): string {
    if (this.#roll !== undefined) atOnce(this.filling());
    return this.#volumes[index] as string;
  }

  groupAt(index: number): string {
    if (this.#roll !== undefined) atOnce(this.filling());
    return this.#groups[index] as string;
  }

  get isFilled(): boolean {
    return this.#roll === undefined;
  }

  /** Makes plain lists, from which a million events are made the fastest; whoever asks for a volume before does it at once. */
  *filling(): Stretches<void> {
    while (this.#roll !== undefined) {
      this.#fill(this.#roll, Math.min(this.#pending.length, this.#filled + GROUPS_PER_STRETCH));
      if (this.#roll !== undefined) yield;
    }
  }

  /** A function of its own, since the compiler does not keep up with a loop that yields. */
  #fill(roll: VolumeRoll, to: number): void {
    if (this.#filled === 0) {
      // As long as they will be: lists that grow are copied over and over.
      this.#volumes = new Array<string>(this.#size);
      this.#groups = new Array<string>(this.#size);
    }
    for (let at = this.#filled; at < to; at++) {
      this.#copied = roll.copyGroup(this.#pending[at] as number, this.#volumes, this.#groups, this.#copied);
    }
    this.#filled = to;
    if (to < this.#pending.length) return;
    this.#roll = undefined;
    this.#pending.length = 0;
  }

  filter(wanted: (volumeName: string) => boolean): PlacedVolumes {
    const kept = new PlacedVolumes();
    for (let i = 0; i < this.length; i++) if (wanted(this.volumeAt(i))) kept.add(this.volumeAt(i), this.groupAt(i));
    return kept;
  }

  *[Symbol.iterator](): Iterator<PlacedVolume> {
    for (let i = 0; i < this.length; i++) yield { volumeName: this.volumeAt(i), volumeGroupName: this.groupAt(i) };
  }
}
