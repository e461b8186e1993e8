/**
 * The ConfMap of a topology, made once for each: a campaign goes between the same few confs a million times.
 */
import { ConfMap } from "../../src/conf/conf-map.ts";
import type { TopologyLike } from "../../src/testing/topology-like.ts";

const PEERS = ["Peer0", "Peer1", "Peer2"];
const confs = new WeakMap<TopologyLike, ConfMap>();

/** The conf that says exactly this. */
export function confOf(topology: TopologyLike): ConfMap {
  let confMap = confs.get(topology);
  if (confMap === undefined) {
    confMap = ConfMap.from(confValues(topology));
    confs.set(topology, confMap);
  }
  return confMap;
}

/**
 * The same as plain data. Volumes and groups have an option that depends on where they are, so that going from one
 * topology to another changes the options of what stays as well.
 */
function confValues(topology: TopologyLike): Record<string, Record<string, readonly string[]>> {
  const values: Record<string, Record<string, readonly string[]>> = {
    Cluster: { WhoAmI: [topology.whoAmI], Peers: PEERS },
    FSGlobals: { VolumeGroupList: topology.groups.map(({ name }) => name) },
  };
  for (const { name, activePeer, virtualIPAddr, volumes } of topology.groups) {
    values[`VolumeGroup:${name}`] = {
      VolumeList: volumes,
      PrimaryPeer: activePeer === "" ? [] : [activePeer],
      VirtualIPAddr: virtualIPAddr === "" ? [] : [virtualIPAddr],
      ReadCacheWeight: [String(volumes.length)],
    };
    for (const volume of volumes) values[`Volume:${volume}`] = { Quota: [`${topology.groups.length}${virtualIPAddr}`] };
  }
  return values;
}
