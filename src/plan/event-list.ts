/**
 * EventList: the subjects of one callback, in dispatch order, from which events are made one at a time.
 *
 * A transition of a hundred thousand volumes has over a million steps. Their events are made as they are delivered and die
 * young: that is faster than keeping them, and nothing that a participant does to its event can reach another.
 */
import type { PlacedVolume } from "../topology/delta.ts";
import type { VolumeGroup } from "../topology/topology.ts";
import type { Subject } from "./distance.ts";
import { CALLBACKS, type CallbackName, type LifecycleEvent } from "./lifecycle-event.ts";

/** All events of one callback for one set of participants. Immutable. */
export class EventList implements Iterable<LifecycleEvent> {
  readonly callback: CallbackName;
  /** Empty for a callback without a subject, which has one event. */
  readonly subjects: readonly Subject[];
  readonly length: number;

  constructor(callback: CallbackName, subjects: readonly Subject[]) {
    this.callback = callback;
    this.subjects = subjects;
    this.length = CALLBACKS[callback].subject === "none" ? 1 : subjects.length;
  }

  /** A fresh event. */
  at(index: number): LifecycleEvent {
    const { callback } = this;
    switch (callback) {
      case "Up":
      case "SignaledStart":
      case "SignaledFinish":
      case "Down":
        return { type: callback };
      case "VolumeGroupCreated":
      case "VolumeGroupMoved":
      case "VolumeGroupChanged": {
        const group = this.subjects[index] as VolumeGroup;
        return {
          type: callback,
          volumeGroupName: group.name,
          activePeer: group.activePeer,
          virtualIPAddr: group.virtualIPAddr,
        };
      }
      case "VolumeGroupDestroyed":
        return { type: callback, volumeGroupName: (this.subjects[index] as VolumeGroup).name };
      case "VolumeCreated":
      case "VolumeMoved":
      case "VolumeChanged": {
        const placed = this.subjects[index] as PlacedVolume;
        return { type: callback, volumeName: placed.volumeName, volumeGroupName: placed.volumeGroupName };
      }
      case "VolumeDestroyed":
      case "ServeVolume":
      case "UnserveVolume":
      case "VolumeToBeUnserved":
        return { type: callback, volumeName: (this.subjects[index] as PlacedVolume).volumeName };
    }
  }

  /** The volume or group of the event at `index`; empty for a callback without one. */
  subject(index: number): string {
    const subject = this.subjects[index];
    if (subject === undefined) return "";
    return "volumeName" in subject ? subject.volumeName : subject.name;
  }

  /** The group that the event at `index` is about or happens in; empty where there is none. */
  group(index: number): string {
    const subject = this.subjects[index];
    if (subject === undefined) return "";
    return "volumeName" in subject ? subject.volumeGroupName : subject.name;
  }

  *[Symbol.iterator](): Iterator<LifecycleEvent> {
    for (let i = 0; i < this.length; i++) yield this.at(i);
  }
}
