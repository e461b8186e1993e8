/**
 * EventList: the subjects of one callback, in dispatch order, from which events are made one at a time.
 *
 * A transition of a hundred thousand volumes has over a million steps. Their events are made as they are delivered and die
 * young: that is faster than keeping them, and nothing that a participant does to its event can reach another.
 */
import type { Stretches } from "../stretches.ts";
import { PlacedVolumes } from "../topology/placed-volumes.ts";
import type { VolumeGroup } from "../topology/volume-group.ts";
import { CALLBACKS, type CallbackName, type LifecycleEvent } from "./lifecycle-event.ts";
import type { Direction } from "./order.ts";

/** What events of one callback are about: volumes with their groups, or groups as the goal has them. */
export type Subjects = PlacedVolumes | readonly VolumeGroup[];

/** Consecutive events that are made alike. */
export interface EventBlock {
  readonly count: number;
  /** Where in {@link EventList.names} the name of the first one's volume stands; that of the next is a `stride` away. */
  readonly first: number;
  /** Undefined: the events name none. */
  readonly volumeGroupName: string | undefined;
}

/** Callbacks whose events name a volume together with its group. */
const WITH_GROUP: Partial<Record<CallbackName, true>> = { VolumeCreated: true, VolumeMoved: true, VolumeChanged: true };

const NO_VOLUMES = new PlacedVolumes();
const NO_GROUPS: readonly VolumeGroup[] = [];

/**
 * The position that is `count` steps of a stride from another. Not a product: 0 * -1 is -0, which V8 keeps as a float, and so
 * all positions that are counted from it; each look-up in a loop then begins with a conversion.
 */
export function stepsFrom(position: number, count: number, stride: 1 | -1): number {
  return stride === 1 ? position + count : position - count;
}

/** All events of one callback for one set of participants. Immutable. */
export class EventList implements Iterable<LifecycleEvent> {
  readonly callback: CallbackName;
  readonly length: number;
  readonly #volumes: PlacedVolumes;
  readonly #groups: readonly VolumeGroup[];
  readonly #namesGroups: boolean;
  /** How far it is from the position of an event's subject to that of the next one's. */
  readonly stride: 1 | -1;

  /**
   * @param subjects empty for a callback without a subject, which has one event
   * @param direction `reverse`: the last subject comes first
   */
  constructor(callback: CallbackName, subjects: Subjects, direction: Direction = "registration") {
    this.callback = callback;
    this.#namesGroups = WITH_GROUP[callback] === true;
    this.#volumes = subjects instanceof PlacedVolumes ? subjects : NO_VOLUMES;
    this.#groups = subjects instanceof PlacedVolumes ? NO_GROUPS : subjects;
    this.length = CALLBACKS[callback].subject === "none" ? 1 : subjects.length;
    this.stride = direction === "reverse" ? -1 : 1;
  }

  /** What the events are about, as it stands before the `stride`. */
  get subjects(): Subjects {
    return this.#groups === NO_GROUPS ? this.#volumes : this.#groups;
  }

  /** Whether `preparing` has nothing to do. */
  get isPrepared(): boolean {
    return this.#volumes.isFilled;
  }

  /** Does beforehand what the first event would take a long time for. */
  preparing(): Stretches<void> {
    return this.#volumes.filling();
  }

  /** Where the subject of the event at `index` stands among all of them. */
  #subjectOf(index: number): number {
    return stepsFrom(this.stride === 1 ? 0 : this.length - 1, index, this.stride);
  }

  /** A fresh event. Of volumes there are most, so these are asked for first. */
  at(index: number): LifecycleEvent {
    const { callback } = this;
    const at = this.#subjectOf(index);
    switch (callback) {
      case "VolumeCreated":
      case "VolumeMoved":
      case "VolumeChanged":
        return { type: callback, volumeName: this.#volumes.volumeAt(at), volumeGroupName: this.#volumes.groupAt(at) };
      case "VolumeDestroyed":
      case "ServeVolume":
      case "UnserveVolume":
      case "VolumeToBeUnserved":
        return { type: callback, volumeName: this.#volumes.volumeAt(at) };
      case "VolumeGroupCreated":
      case "VolumeGroupMoved":
      case "VolumeGroupChanged": {
        const { name, activePeer, virtualIPAddr } = this.#groups[at] as VolumeGroup;
        return { type: callback, volumeGroupName: name, activePeer, virtualIPAddr };
      }
      case "VolumeGroupDestroyed":
        return { type: callback, volumeGroupName: (this.#groups[at] as VolumeGroup).name };
      case "Up":
      case "SignaledStart":
      case "SignaledFinish":
      case "Down":
        return { type: callback };
    }
  }

  // ── Blocks, for who makes very many of the events ──────────────────────────────────────────────────────────────────

  /** Whether the events are about volumes, so that they can be made from blocks and names. */
  get isAboutVolumes(): boolean {
    return this.#volumes.length > 0;
  }

  /** The names of volumes; those of this list are among them. */
  get names(): readonly string[] {
    this.#volumes.fill();
    return this.#volumes.names;
  }

  /** The events from one on that are made alike: they are about volumes of one group, where they name it, which stand together. */
  blockFrom(index: number): EventBlock {
    const volumes = this.#volumes;
    if (volumes.length === 0) return { count: this.length - index, first: 0, volumeGroupName: undefined };
    const at = this.#subjectOf(index);
    const block = volumes.blockOf(at);
    return {
      count: this.stride === 1 ? volumes.endOf(block) - at : at - volumes.firstOf(block) + 1,
      first: volumes.positionOf(at, block),
      volumeGroupName: this.#namesGroups ? volumes.groupOf(block) : undefined,
    };
  }

  /** All volumes in dispatch order, and their groups: the name of each, with the number of consecutive volumes. */
  volumesInRuns(): { readonly volumes: string[]; readonly runs: [string, number][] } {
    const { names } = this;
    const volumes = new Array<string>(this.length);
    const runs: [string, number][] = [];
    for (let i = 0; i < this.length; ) {
      const group = this.group(i);
      const { count, first } = this.blockFrom(i);
      const last = runs[runs.length - 1];
      if (last !== undefined && last[0] === group) last[1] += count;
      else runs.push([group, count]);
      for (let k = 0; k < count; k++) volumes[i++] = names[stepsFrom(first, k, this.stride)] as string;
    }
    return { volumes, runs };
  }

  /** The volume or group of the event at `index`; empty for a callback without one. */
  subject(index: number): string {
    const at = this.#subjectOf(index);
    if (this.#groups !== NO_GROUPS) return this.#groups[at]?.name ?? "";
    return at < this.#volumes.length ? this.#volumes.volumeAt(at) : "";
  }

  /** The group that the event at `index` is about or happens in; empty where there is none. */
  group(index: number): string {
    const at = this.#subjectOf(index);
    if (this.#groups !== NO_GROUPS) return this.#groups[at]?.name ?? "";
    return at < this.#volumes.length ? this.#volumes.groupAt(at) : "";
  }

  /** The groups that the events are about, in dispatch order; none for a callback that is not about groups. */
  groups(): readonly VolumeGroup[] {
    return this.stride === 1 ? this.#groups : [...this.#groups].reverse();
  }

  *[Symbol.iterator](): Iterator<LifecycleEvent> {
    for (let i = 0; i < this.length; i++) yield this.at(i);
  }
}
