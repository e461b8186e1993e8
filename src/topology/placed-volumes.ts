/**
 * PlacedVolumes: a list of volumes with their groups, as two flat lists.
 *
 * A start has a hundred thousand of them, which live as long as the plan does: as objects they would cost a third of the
 * transition, most of it for the collector, which has to carry them along.
 */

/** A volume together with the group that it is, or now is, in. */
export interface PlacedVolume {
  readonly volumeName: string;
  readonly volumeGroupName: string;
}

export class PlacedVolumes implements Iterable<PlacedVolume> {
  readonly #volumes: string[] = [];
  readonly #groups: string[] = [];

  get length(): number {
    return this.#volumes.length;
  }

  add(volumeName: string, volumeGroupName: string): void {
    this.#volumes.push(volumeName);
    this.#groups.push(volumeGroupName);
  }

  volumeAt(index: number): string {
    return this.#volumes[index] as string;
  }

  groupAt(index: number): string {
    return this.#groups[index] as string;
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
