/**
 * Precondition: what a participant must have been told for an event to make sense to it.
 *
 * A plan keeps these by its order. Once a step of it has been given up, whatever rests on that step must be given up
 * with it: a volume that could not be unserved keeps its group from moving, one that could not be moved keeps its old
 * group from being destroyed.
 */
import type { Topology } from "../topology/topology.ts";
import type { LifecycleEvent } from "./lifecycle-event.ts";
import { driftedFrom, type ParticipantState } from "./participant-state.ts";

/** For a participant in this state, on the way to the target: whether it can be told an event. */
export function preconditionIn(
  state: ParticipantState,
  target: Topology | undefined,
): (event: LifecycleEvent) => boolean {
  const { groups, volumes } = driftedFrom(state.known);
  const inside = new Set<string>();
  const servedInside = new Set<string>();
  for (const { group, served } of volumes.values()) {
    inside.add(group);
    if (served) servedInside.add(group);
  }

  return (event) => {
    if (event.type === "Up") return !state.up;
    if (!state.up) return false;
    switch (event.type) {
      case "VolumeGroupCreated":
        return !groups.has(event.volumeGroupName);
      case "VolumeGroupMoved":
        return groups.has(event.volumeGroupName) && !servedInside.has(event.volumeGroupName);
      case "VolumeGroupChanged":
        return groups.has(event.volumeGroupName);
      case "VolumeGroupDestroyed":
        return groups.has(event.volumeGroupName) && !inside.has(event.volumeGroupName);
      case "VolumeCreated":
        return !volumes.has(event.volumeName) && groups.has(event.volumeGroupName);
      case "VolumeMoved":
        return volumes.get(event.volumeName)?.served === false && groups.has(event.volumeGroupName);
      case "VolumeChanged":
        return volumes.get(event.volumeName)?.group === event.volumeGroupName;
      case "VolumeDestroyed":
        return volumes.get(event.volumeName)?.served === false;
      case "ServeVolume": {
        const volume = volumes.get(event.volumeName);
        if (volume === undefined || volume.served) return false;
        const activePeer = groups.get(volume.group)?.activePeer;
        return activePeer !== undefined && activePeer !== "" && activePeer === target?.whoAmI;
      }
      case "UnserveVolume":
        return volumes.get(event.volumeName)?.served === true;
      case "VolumeToBeUnserved":
        return volumes.get(event.volumeName)?.served === true && volumes.get(event.volumeName)?.noticed === false;
      case "SignaledStart":
      case "SignaledFinish":
      case "Down":
        return true;
    }
  };
}
