/** Arbitrary topologies of a few names, so that two of them overlap: groups and volumes stay, move, come and go. */
import fc from "fast-check";
import type { Topology } from "../../src/topology/topology.ts";

const GROUPS = ["G1", "G2", "__proto__", "Tenant/1:grp"];
const VOLUMES = ["a", "b", "c", "constructor", "t/1"];

export function topologies(): fc.Arbitrary<Topology> {
  return fc
    .tuple(
      fc.shuffledSubarray(GROUPS),
      fc.array(fc.constantFrom("Peer0", "Peer0", "Peer1", ""), { minLength: GROUPS.length, maxLength: GROUPS.length }),
      fc.shuffledSubarray(VOLUMES),
      fc.array(fc.nat(), { minLength: VOLUMES.length, maxLength: VOLUMES.length }),
    )
    .map(([names, peers, volumes, places]) => ({
      whoAmI: "Peer0",
      peers: ["Peer0", "Peer1"],
      groups: names.map((name, i) => ({
        name,
        activePeer: peers[i] as string,
        virtualIPAddr: "",
        volumes: volumes.filter((_, v) => (places[v] as number) % names.length === i),
      })),
    }));
}
