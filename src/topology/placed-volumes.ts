/**
 * PlacedVolumes: a list of volumes with their groups, as blocks of volumes of one group.
 *
 * A start has a hundred thousand volumes, and its plan lives as long as it takes to tell everybody of them. As objects, and
 * even as lists of names, they would be what the collector has to carry along; as blocks of a roll they are two numbers
 * and a name for each group.
 */
import { atOnce, type Stretches } from "../stretches.ts";
import type { VolumeRoll } from "./volume-roll.ts";

/** A volume together with the group that it is, or now is, in. */
export interface PlacedVolume {
  readonly volumeName: string;
  readonly volumeGroupName: string;
}

const BLOCKS_PER_STRETCH = 1_024;

export class PlacedVolumes implements Iterable<PlacedVolume> {
  /** The names of volumes that were added one by one. */
  readonly #own: string[] = [];
  /** What names stand in otherwise. They are made when they are wanted: many plans are made and not looked into. */
  #roll: VolumeRoll | undefined;
  /** Of each block: its group, the index of its first volume in this list, and where that one's name stands. */
  readonly #groups: string[] = [];
  readonly #firsts: number[] = [];
  readonly #positions: number[] = [];
  #size = 0;
  /** So many blocks have their names. */
  #filled = 0;
  /** The block that was asked for last: whoever asks for one volume after the other is answered without a search. */
  #recent = 0;

  get length(): number {
    return this.#size;
  }

  add(volumeName: string, volumeGroupName: string): void {
    const last = this.#groups.length - 1;
    if (last < 0 || this.#groups[last] !== volumeGroupName) this.#begin(volumeGroupName, this.#own.length);
    this.#own.push(volumeName);
    this.#size++;
  }

  /** Adds all volumes of the roll's group at this position. Nothing else may be added to the list than groups of this roll. */
  addGroup(roll: VolumeRoll, group: number): void {
    this.#roll = roll;
    const from = roll.startOf(group);
    const to = roll.startOf(group + 1);
    if (from === to) return;
    this.#begin(roll.groups[group] as string, from);
    this.#size += to - from;
  }

  /** The roll that its volumes stand in, of whole groups; undefined: they were added one by one, or there are none. */
  get roll(): VolumeRoll | undefined {
    return this.#roll;
  }

  /** Which groups of the roll it has: the position of the first, and the one behind the last, of those that stand together. */
  spans(): [number, number][] {
    const spans: [number, number][] = [];
    const roll = this.#roll;
    if (roll === undefined) return spans;
    let end = -1;
    for (let block = 0; block < this.#groups.length; block++) {
      const from = this.#positions[block] as number;
      const group = roll.groupOf(from);
      const last = spans[spans.length - 1];
      // Groups without volumes may be between: what they add is nothing.
      if (last !== undefined && from === end) last[1] = group + 1;
      else spans.push([group, group + 1]);
      end = roll.startOf(group + 1);
    }
    return spans;
  }

  #begin(group: string, position: number): void {
    this.#groups.push(group);
    this.#firsts.push(this.#size);
    this.#positions.push(position);
  }

  volumeAt(index: number): string {
    const position = this.positionOf(index, this.blockOf(index));
    return this.#roll === undefined ? (this.#own[position] as string) : this.#roll.nameAt(position);
  }

  groupAt(index: number): string {
    return this.groupOf(this.blockOf(index));
  }

  // ── Blocks, for who makes something of many volumes ───────────────────────────────────────────────────────────────

  /** The block that the volume at `index` is in. */
  blockOf(index: number): number {
    const recent = this.#recent;
    if (index >= (this.#firsts[recent] as number)) {
      if (index < this.endOf(recent)) return recent;
      if (index < this.endOf(recent + 1)) return ++this.#recent;
    } else if (recent > 0 && index >= (this.#firsts[recent - 1] as number)) return --this.#recent;
    this.#recent = this.#search(index);
    return this.#recent;
  }

  #search(index: number): number {
    let low = 0;
    let high = this.#firsts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#firsts[middle] as number) <= index) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  groupOf(block: number): string {
    return this.#groups[block] as string;
  }

  /** The index of its first volume. */
  firstOf(block: number): number {
    return this.#firsts[block] as number;
  }

  /** The index behind that of its last volume. */
  endOf(block: number): number {
    return this.#firsts[block + 1] ?? this.#size;
  }

  /** Where in `names` the name of the volume at `index` stands, which is in this block. */
  positionOf(index: number, block: number): number {
    return (this.#positions[block] as number) + index - (this.#firsts[block] as number);
  }

  /** Names by position, complete for this list once it `isFilled`. */
  get names(): readonly string[] {
    return this.#roll === undefined ? this.#own : (this.#roll.names.made as readonly string[]);
  }

  get isFilled(): boolean {
    return this.#roll === undefined || this.#filled === this.#groups.length;
  }

  /** Makes the names that the list lacks. */
  *filling(): Stretches<void> {
    while (!this.isFilled) {
      this.#fill(Math.min(this.#groups.length, this.#filled + BLOCKS_PER_STRETCH));
      if (!this.isFilled) yield;
    }
  }

  /** As `filling`, for who cannot wait. */
  fill(): void {
    if (!this.isFilled) atOnce(this.filling());
  }

  /** A function of its own, since the compiler does not keep up with a loop that yields. */
  #fill(to: number): void {
    for (let block = this.#filled; block < to; block++) {
      const from = this.#positions[block] as number;
      this.#roll?.names.make(from, from + this.endOf(block) - this.firstOf(block));
    }
    this.#filled = to;
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
