/**
 * A conf of more than 64 kB with more than 1,024 groups, so that a reload of it is kept as its changes, and a plan of all of it by
 * where its names stand. The group `changed` is another peer's, and there may be `more` lines at its end.
 */
export function largeText(changed: number, more = ""): string {
  const groups = Array.from({ length: 1_100 }, (_, group) => group);
  const sections = groups.map((group) => {
    const peer = group === changed ? "Peer1" : "Peer0";
    return `[VolumeGroup:G${group}]\nPrimaryPeer: ${peer}\nVirtualIPAddr:\nVolumeList: V${group}\n`;
  });
  const list = groups.map((group) => `G${group}`).join(" ");
  return `[Cluster]\nWhoAmI: Peer0\nPeers: Peer0 Peer1\n[FSGlobals]\nVolumeGroupList: ${list}\n${sections.join("")}${more}`;
}
