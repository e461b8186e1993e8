/** One change with everything in it that can happen to a volume or a group: what the ordering tests are told with. */
import type { GroupLike, TopologyLike } from "../../src/testing/topology-like.ts";

const group = (name: string, activePeer: string, volumes: readonly string[], virtualIPAddr = ""): GroupLike => ({
  name,
  activePeer,
  virtualIPAddr,
  volumes,
});

export const BEFORE: TopologyLike = {
  whoAmI: "Peer0",
  groups: [
    group("Leaving", "Peer0", ["leaves"], "10.0.0.1"),
    group("Stays", "Peer0", ["stays", "across", "away", "dead"], "10.0.0.2"),
    group("Second", "Peer0", ["second"]),
    group("Coming", "Peer1", ["comes"], "10.0.0.3"),
    group("Remote", "Peer1", ["returns", "remote"]),
    group("Gone", "Peer1", ["gone"]),
    group("Nobody", "", ["idle"]),
  ],
};

export const AFTER: TopologyLike = {
  whoAmI: "Peer0",
  groups: [
    group("Leaving", "Peer1", ["leaves"], "10.0.0.1"),
    group("Stays", "Peer0", ["stays", "returns", "born"], "10.0.0.9"),
    group("Second", "Peer0", ["second", "across"]),
    group("Coming", "Peer0", ["comes"], "10.0.0.3"),
    group("Remote", "Peer1", ["remote", "away"]),
    group("Fresh", "Peer0", ["fresh1", "fresh2"], "10.0.0.4"),
    group("Nobody", "", ["idle"]),
  ],
};
