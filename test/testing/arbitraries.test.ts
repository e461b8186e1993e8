/** The random confs, topologies and histories are what they say, and small where a case can be small. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConfMap } from "../../src/conf/conf-map.ts";
import { parseConf } from "../../src/conf/conf-text.ts";
import { upgradeConfMapIfNeeded } from "../../src/conf/upgrade.ts";
import { TransitionError } from "../../src/error.ts";
import { applyChange } from "../../src/testing/change.ts";
import { confTexts, hostileConfTexts, legacyConfTexts } from "../../src/testing/conf-arbitraries.ts";
import { contractTrace } from "../../src/testing/contract-model.ts";
import { behaviours, faults } from "../../src/testing/fault-arbitraries.ts";
import { orderingLaws } from "../../src/testing/ordering-laws.ts";
import { changes, histories, ODD_NAMES, topologies } from "../../src/testing/topology-arbitraries.ts";
import { confTextOf, confValuesOf } from "../../src/testing/topology-conf.ts";
import type { TopologyLike } from "../../src/testing/topology-like.ts";
import { readTopology } from "../../src/topology/read-topology.ts";

const read = (confMap: ConfMap): TopologyLike => {
  const { whoAmI, groups } = readTopology(upgradeConfMapIfNeeded(confMap));
  const plain = groups.map(({ name, activePeer, virtualIPAddr, volumes }) => ({
    name,
    activePeer,
    virtualIPAddr,
    volumes,
  }));
  return { whoAmI, groups: plain };
};

/** What an arbitrary gives in a fixed sample, for questions of coverage. */
const sample = <T>(arbitrary: fc.Arbitrary<T>, count = 600): readonly T[] =>
  fc.sample(arbitrary, { numRuns: count, seed: 7 });

describe("topologies", () => {
  it("are read back the same from the text and the values that say them", () => {
    fc.assert(
      fc.property(topologies(), (topology) => {
        expect(read(parseConf(confTextOf(topology)))).toEqual(topology);
        expect(read(ConfMap.from(confValuesOf(topology)))).toEqual(topology);
      }),
    );
  });

  it("hold odd but legal names, groups of every kind, empty ones and nobody's", () => {
    const all = sample(topologies());
    const groups = all.flatMap((topology) => topology.groups);
    const used = new Set(groups.flatMap(({ name, volumes }) => [name, ...volumes]));
    expect(ODD_NAMES.filter((name) => !used.has(name))).toEqual([]);
    expect(new Set(groups.map(({ activePeer }) => activePeer))).toEqual(new Set(["", "Peer0", "Peer1", "Peer2"]));
    expect(groups.some(({ volumes }) => volumes.length === 0)).toBe(true);
    expect(all.some((topology) => topology.groups.length === 0)).toBe(true);
    expect(all.some((topology) => topology.groups.filter(({ volumes }) => volumes.length > 1).length > 1)).toBe(true);
    expect(new Set(groups.map(({ virtualIPAddr }) => virtualIPAddr)).size).toBeGreaterThan(3);
  });

  it("shrink to the smallest that shows a fault", () => {
    const served = fc.property(topologies(), ({ groups, whoAmI }) =>
      groups.every(({ activePeer, volumes }) => activePeer !== whoAmI || volumes.length < 2),
    );
    for (const seed of [1, 2, 3]) {
      const [smallest] = fc.check(served, { seed, numRuns: 1000 }).counterexample ?? [];
      expect(smallest?.groups.length).toBe(1);
      expect(smallest?.groups[0]?.volumes.length).toBe(2);
    }
  });
});

describe("changes and histories", () => {
  it("keep a topology sound: no volume in two groups, no name twice", () => {
    fc.assert(
      fc.property(histories(), ({ start, reloads }) => {
        for (const { groups } of [start, ...reloads.map(({ topology }) => topology)]) {
          const all = groups.flatMap(({ volumes }) => volumes);
          expect(new Set(all).size).toBe(all.length);
          expect(new Set(groups.map(({ name }) => name)).size).toBe(groups.length);
        }
      }),
    );
  });

  it("bring every event of the contract and every kind of move", () => {
    const events = new Set<string>();
    let movedHere = 0;
    let movedBetweenLocal = 0;
    for (const { start, reloads } of sample(histories())) {
      let from = start;
      for (const { topology: to } of reloads) {
        for (const { event } of contractTrace({
          command: "signaled",
          order: "documented",
          participants: ["p"],
          from,
          to,
        })) {
          events.add(event.type);
          if (event.type === "VolumeGroupMoved" && event.activePeer === "Peer0") movedHere++;
          if (event.type !== "VolumeMoved") continue;
          const holders = [from, to].map(({ groups }) =>
            groups.find(({ volumes }) => volumes.includes(event.volumeName)),
          );
          if (holders.every((group) => group?.activePeer === "Peer0")) movedBetweenLocal++;
        }
        from = to;
      }
    }
    expect(events.size).toBe(11);
    expect(movedHere).toBeGreaterThan(20);
    expect(movedBetweenLocal).toBeGreaterThan(20);
  });

  it("do each what they say", () => {
    const group = (name: string, activePeer: string, volumes: readonly string[]): TopologyLike["groups"][number] => ({
      ...{ name, activePeer, volumes },
      virtualIPAddr: "",
    });
    const before: TopologyLike = { whoAmI: "P0", groups: [group("G", "P0", ["a", "b"]), group("H", "P1", ["c"])] };
    const groupsAfter = (change: Parameters<typeof applyChange>[1]): TopologyLike["groups"] =>
      applyChange(before, change, { peers: ["P0", "P1"] }).groups;
    const [g, h] = before.groups;
    expect(groupsAfter({ kind: "nothing changes" })).toBe(before.groups);
    expect(groupsAfter({ kind: "group moves", group: 0, peer: 2 })).toEqual([group("G", "P1", ["a", "b"]), h]);
    expect(groupsAfter({ kind: "group moves", group: 1, peer: 3 })).toEqual([g, group("H", "", ["c"])]);
    expect(groupsAfter({ kind: "group is served by nobody", group: 2 })).toEqual([group("G", "", ["a", "b"]), h]);
    expect(groupsAfter({ kind: "volume moves", volume: 0, group: 1 })).toEqual([
      group("G", "P0", ["b"]),
      group("H", "P1", ["c", "a"]),
    ]);
    expect(groupsAfter({ kind: "volume moves", volume: 2, group: 1 })).toBe(before.groups);
    expect(groupsAfter({ kind: "volume is created", name: "d", group: 1 })).toEqual([g, group("H", "P1", ["c", "d"])]);
    expect(groupsAfter({ kind: "volume is created", name: "a", group: 1 })).toBe(before.groups);
    expect(groupsAfter({ kind: "volume is destroyed", volume: 4 })).toEqual([group("G", "P0", ["a"]), h]);
    expect(groupsAfter({ kind: "group is created", name: "N", peer: 1 })).toEqual([g, h, group("N", "P0", [])]);
    expect(groupsAfter({ kind: "group is created", name: "G", peer: 1 })).toBe(before.groups);
    expect(groupsAfter({ kind: "group is destroyed", group: 0, volumes: "destroyed" })).toEqual([h]);
    expect(groupsAfter({ kind: "group is destroyed", group: 0, volumes: "moved" })).toEqual([
      group("H", "P1", ["c", "a", "b"]),
    ]);
    expect(groupsAfter({ kind: "group is renamed", group: 0, name: "N" })).toEqual([group("N", "P0", ["a", "b"]), h]);
    expect(groupsAfter({ kind: "group is renamed", group: 0, name: "H" })).toBe(before.groups);
    expect(groupsAfter({ kind: "virtual IP changes", group: 1, virtualIPAddr: "10.0.0.9" })[1]?.virtualIPAddr).toBe(
      "10.0.0.9",
    );
    expect(groupsAfter({ kind: "order changes", group: undefined, by: 1 })).toEqual([h, g]);
    expect(groupsAfter({ kind: "order changes", group: 0, by: 3 })).toEqual([group("G", "P0", ["b", "a"]), h]);
  });

  it("do nothing to nothing", () => {
    const empty: TopologyLike = { whoAmI: "P0", groups: [] };
    fc.assert(
      fc.property(changes(), (change) => {
        const { groups } = applyChange(empty, change, { peers: ["P0"] });
        expect(groups.length).toBe(change.kind === "group is created" ? 1 : 0);
      }),
    );
  });

  it("give traces that the laws accept, in either order", () => {
    fc.assert(
      fc.property(
        histories(),
        fc.constantFrom("documented" as const, "proxyfs" as const),
        ({ start, reloads }, order) => {
          let from = start;
          for (const { topology: to } of reloads) {
            const options = { command: "signaled", participants: ["a", "b"], from, to } as const;
            expect(orderingLaws(contractTrace({ ...options, order }), order, options)).toEqual([]);
            from = to;
          }
        },
      ),
    );
  });
});

describe("what is asked of them", () => {
  const own = { peers: ["Here", "There"], names: fc.constantFrom(..."uvwxyz") };
  const largest = (numbers: readonly number[]): number => Math.max(...numbers);

  it("topologies are as large as is said, of the names and peers that are given", () => {
    const all = sample(topologies({ ...own, groups: 5, volumes: 3 }));
    const groups = all.flatMap((topology) => topology.groups);
    expect(largest(all.map((topology) => topology.groups.length))).toBe(5);
    expect(largest(all.map((topology) => topology.groups.flatMap(({ volumes }) => volumes).length))).toBe(3);
    expect(new Set(groups.map(({ activePeer }) => activePeer))).toEqual(new Set(["", "Here", "There"]));
    expect(groups.flatMap(({ name, volumes }) => [name, ...volumes]).join("")).toMatch(/^[u-z]+$/);
    expect(
      largest(sample(topologies({ volumes: 12 })).map(({ groups }) => groups.flatMap(({ volumes }) => volumes).length)),
    ).toBeGreaterThan(6);
  });

  it("changes are of every kind, to the names that are given", () => {
    const all = sample(changes(own));
    expect(new Set(all.map(({ kind }) => kind)).size).toBe(11);
    expect(all.flatMap((change) => ("name" in change ? [change.name] : [])).join("")).toMatch(/^[u-z]+$/);
    const addresses = all.flatMap((change) => (change.kind === "virtual IP changes" ? [change.virtualIPAddr] : []));
    expect(new Set(addresses).size).toBeGreaterThan(2);
  });

  it("histories are as long as is said, each reload made from the one before, and some going back", () => {
    const all = sample(histories({ ...own, reloads: 8, changesPerReload: 5 }));
    expect(largest(all.map(({ reloads }) => reloads.length))).toBe(8);
    expect(largest(all.flatMap(({ reloads }) => reloads.map(({ changes: made }) => made.length)))).toBe(5);
    let back = 0;
    for (const { start, reloads } of all) {
      const past = [start];
      for (const { changes: made, topology } of reloads) {
        const before = past.at(-1) as TopologyLike;
        const followed = made.reduce((from, change) => applyChange(from, change, { peers: own.peers }), before);
        if (made.length > 0) expect(topology).toEqual(followed);
        else expect([before, past.at(-2)]).toContainEqual(topology);
        if (JSON.stringify(topology) !== JSON.stringify(followed)) back++;
        past.push(topology);
      }
    }
    expect(back).toBeGreaterThan(20);
  });

  it("faults and behaviours are of the kinds, callbacks and sizes that are said", () => {
    expect(new Set(sample(faults()).map(({ how }) => how))).toEqual(new Set(["throws", "in doubt", "hangs"]));
    expect(new Set(sample(faults({ how: ["lies"] })).map(({ how }) => how))).toEqual(new Set(["lies"]));
    const named = (hearsChanges: boolean): Set<string | undefined> =>
      new Set(sample(faults({ hearsChanges })).map(({ callback }) => callback));
    expect(named(false)).not.toContain("VolumeChanged");
    expect(named(true)).toContain("VolumeChanged");
    const all = sample(behaviours({ faults: 4, delays: 5, milliseconds: 9 }));
    expect(largest(all.map((behaviour) => behaviour.faults.length))).toBe(4);
    expect(largest(all.map(({ delays }) => delays.length))).toBe(5);
    expect(largest(all.flatMap(({ delays }) => delays.map(({ milliseconds }) => milliseconds)))).toBe(9);
  });
});

describe("conf texts", () => {
  it("are written in every way that the dialect knows", () => {
    const all = sample(confTexts()).map(({ text }) => text);
    const ways = {
      "a section is opened again": /^\[Cluster\]$[\s\S]*^\[Cluster\]$/m,
      "a setting is overruled": /Overruled/,
      "a colon assigns": /^\s*\w+: ?\w/m,
      "an equals sign assigns": /^\s*\w+=\w/m,
      "values are parted by blanks": /^Peers\W+Peer0 {1,2}Peer1/m,
      "values are parted by tabs": /Peer0\tPeer1/,
      "values are parted by commas": /Peer0,Peer1/,
      "a line is indented": /^\t\w/m,
      "a comment follows": /# note/,
      "a comment stands alone": /^# WhoAmI/m,
    };
    const missing = Object.entries(ways).filter(([, way]) => !all.some((text) => way.test(text)));
    expect(missing.map(([way]) => way)).toEqual([]);
    const legacy = sample(legacyConfTexts()).flatMap(({ topology }) => topology.groups.map(({ name }) => name));
    expect(legacy.some((name) => name.startsWith("VG_")) && legacy.some((name) => name.endsWith(".grp"))).toBe(true);
  });

  it("hostile ones are damaged, each in one of many ways", () => {
    const all = sample(hostileConfTexts(), 2000);
    const pieces = [
      ".include missing",
      "Nowhere",
      "__proto__",
      "\u0000",
      "\uFEFF",
      "\n = x\n",
      "VolumeGroupList = A, A",
    ];
    expect(pieces.filter((piece) => !all.some((text) => text.includes(piece)))).toEqual([]);
    // Lost, doubled, moved and cut lines as well: most texts that got nothing are not what they were.
    const whole = (text: string): boolean => /^\[Cluster\]\n/.test(text) && text.endsWith("\n");
    expect(all.filter((text) => !whole(text)).length).toBeGreaterThan(400);
  });

  it("valid ones say their topology, however they are written", () => {
    fc.assert(
      fc.property(confTexts(), ({ text, topology }) => {
        expect(read(parseConf(text))).toEqual(topology);
      }),
    );
  });

  it("legacy ones say theirs once upgraded", () => {
    fc.assert(
      fc.property(legacyConfTexts(), ({ text, topology }) => {
        expect(text).toContain("VolumeList");
        expect(read(parseConf(text))).toEqual(topology);
      }),
    );
  });

  it("hostile ones are read or refused with a catalogued error, and nothing else", () => {
    fc.assert(
      fc.property(hostileConfTexts(), (text) => {
        try {
          read(parseConf(text));
        } catch (error) {
          expect(error).toBeInstanceOf(TransitionError);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("hostile ones are refused for many reasons, and a part of them is accepted", () => {
    const codes = new Map<string, number>();
    for (const text of sample(hostileConfTexts(), 1000)) {
      let code = "accepted";
      try {
        read(parseConf(text));
      } catch (error) {
        code = (error as TransitionError).code;
      }
      codes.set(code, (codes.get(code) ?? 0) + 1);
    }
    for (const code of ["accepted", "CONF_SYNTAX", "CONF_INVALID", "UPGRADE_REFUSED", "CONF_UNREADABLE"]) {
      expect(codes.get(code), JSON.stringify([...codes])).toBeGreaterThan(0);
    }
  });
});
