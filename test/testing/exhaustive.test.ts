/** All topologies up to a size: the counts that the documentation states, and that nothing comes twice. */
import { describe, expect, it } from "vitest";
import { allTopologies, countTopologies, thinned, topologySequences } from "../../src/testing/exhaustive.ts";

describe("allTopologies", () => {
  it.each([
    [{ groups: 0, volumes: 2, peers: 2 }, 1],
    [{ groups: 1, volumes: 1, peers: 1 }, 5],
    [{ groups: 1, volumes: 2, peers: 2 }, 13],
    [{ groups: 2, volumes: 1, peers: 2 }, 40],
    [{ groups: 2, volumes: 2, peers: 2 }, 106],
    [{ groups: 2, volumes: 3, peers: 2 }, 292],
    [{ groups: 3, volumes: 3, peers: 2 }, 2530],
    [{ groups: 1, volumes: 1, peers: 1, virtualIPAddrs: 2 }, 9],
  ])("has exactly as many as stated: %j gives %i", (space, count) => {
    const all = [...allTopologies(space)];
    expect(all.length).toBe(count);
    expect(countTopologies(space)).toBe(count);
    expect(new Set(all.map((topology) => JSON.stringify(topology))).size).toBe(count);
  });

  it("never puts a volume into two groups or into a group that is not there", () => {
    for (const topology of allTopologies({ groups: 2, volumes: 3, peers: 2 })) {
      const volumes = topology.groups.flatMap((group) => group.volumes);
      expect(new Set(volumes).size).toBe(volumes.length);
    }
  });

  it("begins with nothing and holds the largest as well", () => {
    const all = [...allTopologies({ groups: 2, volumes: 2, peers: 2 })];
    expect(all[0]).toEqual({ whoAmI: "Peer0", groups: [] });
    expect(all).toContainEqual({
      whoAmI: "Peer0",
      groups: [
        { name: "G1", activePeer: "Peer0", virtualIPAddr: "", volumes: ["V2"] },
        { name: "G2", activePeer: "Peer1", virtualIPAddr: "", volumes: ["V1"] },
      ],
    });
  });
});

describe("virtual IP addresses", () => {
  it("are none or one of the few", () => {
    const all = [...allTopologies({ groups: 1, volumes: 0, peers: 1, virtualIPAddrs: 3 })];
    const used = new Set(all.flatMap(({ groups }) => groups.map(({ virtualIPAddr }) => virtualIPAddr)));
    expect([...used]).toEqual(["", "10.0.0.1", "10.0.0.2"]);
  });
});

describe("topologySequences and thinned", () => {
  const space = { groups: 1, volumes: 1, peers: 1 };

  it("gives every pair and triple once", () => {
    const pairs = [...topologySequences(space, 2)];
    expect(pairs.length).toBe(25);
    expect(new Set(pairs.map((pair) => JSON.stringify(pair))).size).toBe(25);
    expect([...topologySequences(space, 3)].length).toBe(125);
  });

  it("thins without losing: all offsets together are the whole campaign", () => {
    const whole = [...topologySequences(space, 2)].map((pair) => JSON.stringify(pair));
    const parts = [0, 1, 2].flatMap((offset) => [...thinned(topologySequences(space, 2), 3, offset)]);
    expect(parts.map((pair) => JSON.stringify(pair)).sort()).toEqual(whole.sort());
    expect([...thinned(topologySequences(space, 2), 3)].length).toBe(9);
  });
});
