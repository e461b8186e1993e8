/**
 * A conf in a line for each group, `G1@Peer0 V1 V2`, for tests in which only who serves what matters.
 *
 * WhoAmI is `Peer0`; a group without a peer (`G1@`) is nobody's. Options of a volume or a group are added with `with`.
 */
import { ConfMap } from "../../src/conf/conf-map.ts";

export function shortConf(...groups: readonly string[]): ConfMap {
  const values: Record<string, Record<string, readonly string[]>> = {
    Cluster: { WhoAmI: ["Peer0"], Peers: ["Peer0", "Peer1"] },
    FSGlobals: { VolumeGroupList: groups.map((line) => partsOf(line).group) },
  };
  for (const line of groups) {
    const { group, peer, volumes } = partsOf(line);
    values[`VolumeGroup:${group}`] = {
      VolumeList: volumes,
      PrimaryPeer: peer === "" ? [] : [peer],
      VirtualIPAddr: [],
    };
    for (const volume of volumes) values[`Volume:${volume}`] = { FSID: ["1"] };
  }
  return ConfMap.from(values);
}

function partsOf(line: string): { group: string; peer: string; volumes: readonly string[] } {
  const [head = "", ...volumes] = line.split(" ");
  const [group = "", peer = ""] = head.split("@");
  return { group, peer, volumes };
}
