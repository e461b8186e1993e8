/**
 * TopologyLike: what exists and who serves it, as plain data that a test can write down.
 *
 * A Topology is one; so is an object literal. The strict participant and the ordering laws ask for nothing more, so that
 * they can judge programs that never heard of our reader.
 */
import type { Topology } from "../topology/topology.ts";
import type { VolumeGroup } from "../topology/volume-group.ts";

/** Groups stand in the order of `VolumeGroupList`, volumes in that of each `VolumeList`. */
export type TopologyLike = Pick<Topology, "whoAmI" | "groups">;

export type GroupLike = VolumeGroup;

/** Whether this process serves the group's volumes. An empty WhoAmI serves nothing. */
export function servedHere(topology: TopologyLike, group: GroupLike): boolean {
  return group.activePeer !== "" && group.activePeer === topology.whoAmI;
}

/** Nothing exists: where `up` begins and `down` ends. */
export function nothing(whoAmI: string): TopologyLike {
  return { whoAmI, groups: [] };
}
