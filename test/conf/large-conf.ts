/**
 * A conf as large as the largest known cluster: groups of ten volumes, spread over four peers.
 */

/** Text of a conf with that many groups; with `volumeSections`, every volume has a section of its own. */
export function largeConf(groups: number, volumeSections: boolean): string {
  const names = Array.from({ length: groups }, (_, at) => `VolumeGroup_${String(at).padStart(5, "0")}`);
  const cluster = "[Cluster]\nWhoAmI: Peer0\nPeers: Peer0, Peer1, Peer2, Peer3";
  const sections = names.map((name, at) => groupText(name, at, volumeSections));
  return `${[cluster, `[FSGlobals]\nVolumeGroupList: ${names.join(", ")}`, ...sections].join("\n\n")}\n`;
}

function groupText(name: string, at: number, volumeSections: boolean): string {
  const volumes = Array.from({ length: 10 }, (_, volume) => `Volume_${String(at * 10 + volume).padStart(6, "0")}`);
  const address = `10.${at >> 8}.${at & 255}.1`;
  const group = `[VolumeGroup:${name}]\nPrimaryPeer: Peer${at % 4}\nVirtualIPAddr: ${address}\nVolumeList: ${volumes.join(", ")}`;
  if (!volumeSections) return group;
  return [group, ...volumes.map((volume) => `[Volume:${volume}]\nFSID: ${at}\nMaxFlushTime: 10s`)].join("\n\n");
}
