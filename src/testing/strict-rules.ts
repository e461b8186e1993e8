/**
 * The rules of the strict participant: which event may come when, and the sentence for one that may not.
 *
 * One function per event that needs more than a line, so that each rule can be read, and broken in a test, by itself.
 */
import type { LifecycleEvent } from "../plan/lifecycle-event.ts";
import type { Standing } from "./standing.ts";

/** Subjects told of in the running transition: by Created, Moved or Serve (`anew`), or by Changed. */
export type Touched = ReadonlyMap<string, "anew" | "changed">;

/** What the rules look at. */
export interface Told extends Standing {
  readonly touched: Touched;
}

/** Keys of {@link Touched}: groups and volumes may have the same names. */
export const groupKey = (name: string): string => `group ${name}`;
export const volumeKey = (name: string): string => `volume ${name}`;

/** Why the event may not come now; undefined when it may. */
export function objection(now: Told, event: LifecycleEvent, whoAmI?: string): string | undefined {
  if (event.type === "Up") return now.up ? "it is up already" : undefined;
  if (!now.up) return "it is not up";
  switch (event.type) {
    case "SignaledStart":
      return now.quiesced ? "its gate is closed already; closing it twice is a deadlock" : undefined;
    case "VolumeToBeUnserved":
      return objectionToNotice(now, event.volumeName);
    default:
      if (!now.quiesced) return "its gate is open, so requests may be running";
  }
  switch (event.type) {
    case "SignaledFinish":
      return some(now.noticed, (names) => `${names} was announced to be unserved and never was`);
    case "Down":
      return objectionToDown(now);
    case "VolumeGroupCreated":
      return now.groups.has(event.volumeGroupName) ? "the group is known already" : undefined;
    case "VolumeGroupMoved":
      return objectionToGroupMove(now, event.volumeGroupName, event.activePeer);
    case "VolumeGroupDestroyed":
      return objectionToGroupDestruction(now, event.volumeGroupName);
    case "VolumeCreated":
      if (now.volumes.has(event.volumeName)) return "the volume is known already";
      return now.groups.has(event.volumeGroupName) ? undefined : `its group ${event.volumeGroupName} is not known`;
    case "VolumeMoved":
      return objectionToVolumeMove(now, event.volumeName, event.volumeGroupName);
    case "VolumeDestroyed":
      if (!now.volumes.has(event.volumeName)) return "the volume is not known";
      return now.served.has(event.volumeName) ? "the volume is served" : undefined;
    case "ServeVolume":
      return objectionToServe(now, event.volumeName, whoAmI);
    case "UnserveVolume":
      if (!now.served.has(event.volumeName)) return "the volume is not served";
      return now.noticed.has(event.volumeName) ? undefined : "it was not announced by VolumeToBeUnserved";
    case "VolumeChanged":
      return objectionToVolumeChange(now, event.volumeName, event.volumeGroupName);
    case "VolumeGroupChanged":
      return objectionToGroupChange(now, event.volumeGroupName, event.activePeer);
  }
}

function objectionToNotice(now: Standing, volume: string): string | undefined {
  if (!now.served.has(volume)) return "the volume is not served";
  return now.noticed.has(volume) ? "it was announced already" : undefined;
}

function objectionToDown(now: Standing): string | undefined {
  return (
    some(now.served, (names) => `${names} is still served`) ??
    some(now.volumes.keys(), (names) => `volume ${names} was never destroyed`) ??
    some(now.groups.keys(), (names) => `group ${names} was never destroyed`)
  );
}

function objectionToGroupMove(now: Standing, group: string, activePeer: string): string | undefined {
  const known = now.groups.get(group);
  if (known === undefined) return "the group is not known";
  if (known.activePeer === activePeer) return `its active peer is ${activePeer || "nobody"} already`;
  const inside = [...now.served].filter((volume) => now.volumes.get(volume) === group);
  return some(inside, (names) => `${names} inside is still served`);
}

function objectionToGroupDestruction(now: Standing, group: string): string | undefined {
  if (!now.groups.has(group)) return "the group is not known";
  const inside = [...now.volumes].filter(([, of]) => of === group).map(([volume]) => volume);
  return some(inside, (names) => `${names} is still inside`);
}

function objectionToVolumeMove(now: Standing, volume: string, group: string): string | undefined {
  if (!now.volumes.has(volume)) return "the volume is not known";
  if (!now.groups.has(group)) return `its new group ${group} is not known`;
  if (now.volumes.get(volume) === group) return `it is in group ${group} already`;
  return now.served.has(volume) ? "the volume is served" : undefined;
}

function objectionToServe(now: Told, volume: string, whoAmI?: string): string | undefined {
  const group = now.volumes.get(volume);
  if (group === undefined) return "the volume is not known";
  if (now.served.has(volume)) return "the volume is served already";
  const activePeer = now.groups.get(group)?.activePeer;
  if (whoAmI !== undefined && activePeer !== whoAmI) {
    return `its group ${group} has the active peer ${activePeer || "nobody"}, and this is ${whoAmI}`;
  }
  return now.touched.get(volumeKey(volume)) === "changed" ? BESIDE : undefined;
}

function objectionToVolumeChange(now: Told, volume: string, group: string): string | undefined {
  const known = now.volumes.get(volume);
  if (known === undefined) return "the volume is not known";
  if (known !== group) return `it was told to be in group ${known}, not ${group}`;
  return now.touched.get(volumeKey(volume)) === "anew" ? BESIDE : undefined;
}

function objectionToGroupChange(now: Told, group: string, activePeer: string): string | undefined {
  const known = now.groups.get(group);
  if (known === undefined) return "the group is not known";
  if (known.activePeer !== activePeer) return `its active peer was told to be ${known.activePeer || "nobody"}`;
  return now.touched.get(groupKey(group)) === "anew" ? BESIDE : undefined;
}

const BESIDE = "Changed comes never beside Created, Moved or Serve of the same subject in one transition";

/** A clause about the first of these names (and how many more), or nothing when there are none. */
function some(names: Iterable<string>, clause: (names: string) => string): string | undefined {
  const all = [...names];
  if (all.length === 0) return undefined;
  return clause(all.length === 1 ? `${all[0]}` : `${all[0]} (and ${all.length - 1} more)`);
}
