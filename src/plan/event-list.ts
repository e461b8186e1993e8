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

/** Consecutive events whose volumes are of one group and stand together. */
interface EventBlock {
  readonly volumeGroupName: string;
  readonly count: number;
  /** Where the name of the first one's volume stands. */
  readonly first: number;
}

/** Callbacks whose events name a volume and no group. */
type VolumeCallback = "VolumeDestroyed" | "ServeVolume" | "UnserveVolume" | "VolumeToBeUnserved";

const NO_VOLUMES = new PlacedVolumes();
const NO_GROUPS: readonly VolumeGroup[] = [];

/** All events of one callback for one set of participants. Immutable. */
export class EventList implements Iterable<LifecycleEvent> {
  readonly callback: CallbackName;
  readonly length: number;
  readonly #volumes: PlacedVolumes;
  readonly #groups: readonly VolumeGroup[];
  /** Position of the first event's subject, and the step to the next one's. */
  readonly #first: number;
  readonly #step: 1 | -1;

  /**
   * @param subjects empty for a callback without a subject, which has one event
   * @param direction `reverse`: the last subject comes first
   */
  constructor(callback: CallbackName, subjects: Subjects, direction: Direction = "registration") {
    this.callback = callback;
    this.#volumes = subjects instanceof PlacedVolumes ? subjects : NO_VOLUMES;
    this.#groups = subjects instanceof PlacedVolumes ? NO_GROUPS : subjects;
    this.length = CALLBACKS[callback].subject === "none" ? 1 : subjects.length;
    this.#step = direction === "reverse" ? -1 : 1;
    this.#first = direction === "reverse" ? this.length - 1 : 0;
  }

  /** Whether `preparing` has nothing to do. */
  get isPrepared(): boolean {
    return this.#volumes.isFilled;
  }

  /** Does beforehand what the first event would take a long time for. */
  preparing(): Stretches<void> {
    return this.#volumes.filling();
  }

  /** A fresh event. Of volumes there are most, so these are asked for first. */
  at(index: number): LifecycleEvent {
    const { callback } = this;
    const at = this.#first + index * this.#step;
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

  /**
   * Fresh events of a stretch. A million events are made fastest in a loop that does nothing else: in the one that calls
   * participants, the compiler has other things to put in as well, and at times leaves this out.
   */
  stretch(from: number, to: number): readonly LifecycleEvent[] {
    const events = new Array<LifecycleEvent>(to - from);
    if (this.#volumes.length === 0) for (let i = from; i < to; i++) events[i - from] = this.at(i);
    else this.#putVolumes(from, to, events);
    return events;
  }

  /** The hot loop of a start and of an end, whose events are nearly all about volumes: block by block, without a look-up. */
  #putVolumes(from: number, to: number, events: LifecycleEvent[]): void {
    this.#volumes.fill();
    const { names } = this.#volumes;
    const type = this.callback;
    const step = this.#step;
    for (let i = from; i < to; ) {
      const { volumeGroupName, count, first } = this.#blockFrom(i, to);
      const end = i + count;
      let position = first;
      if (type === "VolumeCreated" || type === "VolumeMoved" || type === "VolumeChanged") {
        for (; i < end; i++, position += step) {
          events[i - from] = { type, volumeName: names[position] as string, volumeGroupName };
        }
      } else {
        for (; i < end; i++, position += step) {
          events[i - from] = { type: type as VolumeCallback, volumeName: names[position] as string };
        }
      }
    }
  }

  /** The events from one on whose volumes are of one group and stand together, in front of another one. */
  #blockFrom(index: number, to: number): EventBlock {
    const volumes = this.#volumes;
    const at = this.#first + index * this.#step;
    const block = volumes.blockOf(at);
    const left = this.#step === 1 ? volumes.endOf(block) - at : at - volumes.firstOf(block) + 1;
    return {
      volumeGroupName: volumes.groupOf(block),
      count: Math.min(left, to - index),
      first: volumes.positionOf(at, block),
    };
  }

  /** All volumes in dispatch order, and their groups: the name of each, with the number of consecutive volumes. */
  volumesInRuns(): { readonly volumes: string[]; readonly runs: [string, number][] } {
    this.#volumes.fill();
    const { names } = this.#volumes;
    const volumes = new Array<string>(this.length);
    const runs: [string, number][] = [];
    for (let i = 0; i < this.length; ) {
      const { volumeGroupName, count, first } = this.#blockFrom(i, this.length);
      const last = runs[runs.length - 1];
      if (last !== undefined && last[0] === volumeGroupName) last[1] += count;
      else runs.push([volumeGroupName, count]);
      for (let k = 0; k < count; k++) volumes[i++] = names[first + k * this.#step] as string;
    }
    return { volumes, runs };
  }

  /** The volume or group of the event at `index`; empty for a callback without one. */
  subject(index: number): string {
    const at = this.#first + index * this.#step;
    if (this.#groups !== NO_GROUPS) return this.#groups[at]?.name ?? "";
    return at < this.#volumes.length ? this.#volumes.volumeAt(at) : "";
  }

  /** The group that the event at `index` is about or happens in; empty where there is none. */
  group(index: number): string {
    const at = this.#first + index * this.#step;
    if (this.#groups !== NO_GROUPS) return this.#groups[at]?.name ?? "";
    return at < this.#volumes.length ? this.#volumes.groupAt(at) : "";
  }

  /** The groups that the events are about, in dispatch order; none for a callback that is not about groups. */
  groups(): readonly VolumeGroup[] {
    return this.#step === 1 ? this.#groups : [...this.#groups].reverse();
  }

  *[Symbol.iterator](): Iterator<LifecycleEvent> {
    for (let i = 0; i < this.length; i++) yield this.at(i);
  }
}
