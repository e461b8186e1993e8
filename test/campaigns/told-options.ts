/**
 * ToldOptions: under which conf a participant has learned of the options of each volume and group.
 *
 * Whoever hears of changes must know the options that hold, and may not be told of options that it knows.
 */
import type { ConfMap } from "../../src/conf/conf-map.ts";
import type { CallbackName, LifecycleEvent } from "../../src/plan/lifecycle-event.ts";
import type { TopologyLike } from "../../src/testing/topology-like.ts";
import { eventText } from "../../src/testing/trace.ts";

/** By these a participant learns of a subject's options; the others only let go of it. */
const TELLS_OPTIONS: Partial<Record<CallbackName, true>> = {
  VolumeGroupCreated: true,
  VolumeGroupMoved: true,
  VolumeGroupChanged: true,
  VolumeCreated: true,
  VolumeMoved: true,
  VolumeChanged: true,
  ServeVolume: true,
};

/** What one participant knows. */
export class ToldOptions {
  readonly #told = new Map<string, ConfMap>();

  /** Takes an event in; gives what is wrong with it. */
  take(event: LifecycleEvent, confMap: ConfMap): string | undefined {
    if (!(event.type in TELLS_OPTIONS)) return undefined;
    const section = sectionOf(event);
    const changed = event.type === "VolumeChanged" || event.type === "VolumeGroupChanged";
    const idle = changed && this.#knows(section, confMap);
    this.#told.set(section, confMap);
    return idle ? `${eventText(event)} came although nothing had changed` : undefined;
  }

  /** The sections whose options are others now. */
  outdated(topology: TopologyLike, confMap: ConfMap): readonly string[] {
    const sections = topology.groups.flatMap(({ name, volumes }) => [
      `VolumeGroup:${name}`,
      ...volumes.map((volume) => `Volume:${volume}`),
    ]);
    return sections.filter((section) => !this.#knows(section, confMap));
  }

  #knows(section: string, confMap: ConfMap): boolean {
    return this.#told.get(section)?.sameSection(confMap, section, ["PrimaryPeer", "VolumeList"]) === true;
  }
}

/** The section of the volume or group that an event is about. */
export function sectionOf(event: LifecycleEvent): string {
  if ("volumeName" in event) return `Volume:${event.volumeName}`;
  return "volumeGroupName" in event ? `VolumeGroup:${event.volumeGroupName}` : "";
}
