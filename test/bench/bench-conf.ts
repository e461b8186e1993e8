/**
 * The confs that are measured: groups of ten volumes, spread evenly over four peers of which this one is the first; and the
 * same conf after each of the changes that a reload is measured with.
 */

/** What the reload brings. */
export type Change = "none" | "moved" | "volumes" | "order";

const PEERS = ["Peer0", "Peer1", "Peer2", "Peer3"];
/** Of so many groups, one changes. */
const ONE_OF = 100;
const VOLUMES_PER_GROUP = 10;

/** The text of a conf with so many volumes. */
export function benchConf(volumes: number, change: Change = "none"): string {
  const groups = Math.ceil(volumes / VOLUMES_PER_GROUP);
  const width = Math.max(5, String(groups).length);
  const names = Array.from({ length: groups }, (_, at) => `VolumeGroup_${String(at).padStart(width, "0")}`);
  const listed = change === "order" ? names.toReversed() : names;
  const cluster = `[Cluster]\nWhoAmI: Peer0\nPeers: ${PEERS.join(", ")}`;
  const sections = names.map((name, at) => groupText(name, { at, width, change: isChanged(at) ? change : "none" }));
  return `${[cluster, `[FSGlobals]\nVolumeGroupList: ${listed.join(", ")}`, ...sections].join("\n\n")}\n`;
}

/** One group of each hundred, of each peer as many. */
function isChanged(at: number): boolean {
  return at % ONE_OF === Math.floor(at / ONE_OF) % PEERS.length;
}

function groupText(
  name: string,
  group: { readonly at: number; readonly width: number; readonly change: Change },
): string {
  const { at, width, change } = group;
  const volumes = Array.from(
    { length: VOLUMES_PER_GROUP },
    (_, volume) => `Volume_${String(at * VOLUMES_PER_GROUP + volume).padStart(width + 1, "0")}`,
  );
  if (change === "volumes") volumes.push(`New_${at}`);
  const peer = PEERS[(at + (change === "moved" ? 1 : 0)) % PEERS.length];
  const address = `10.${(at >> 16) & 255}.${(at >> 8) & 255}.${at & 255}`;
  return `[VolumeGroup:${name}]\nPrimaryPeer: ${peer}\nVirtualIPAddr: ${address}\nVolumeList: ${volumes.join(", ")}`;
}
