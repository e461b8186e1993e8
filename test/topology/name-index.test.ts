import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { parseConf } from "../../src/conf/conf-text.ts";
import { hashOfName, NameRoll } from "../../src/conf/name-roll.ts";
import { atOnce, inStretches, type Stretches } from "../../src/stretches.ts";
import { diffTopologies } from "../../src/topology/delta.ts";
import { NameIndex } from "../../src/topology/name-index.ts";
import { readTopology } from "../../src/topology/read-topology.ts";
import { type Topology, volumeIndex, volumeRoll } from "../../src/topology/topology.ts";
import { largeConf } from "../conf/large-conf.ts";
import { runs } from "../runs.ts";

const rollOf = (names: readonly string[]): NameRoll => {
  const roll = new NameRoll();
  for (const name of names) roll.add(name);
  return roll;
};

describe("a name index is a Map that keeps the first value", () => {
  property.prop([fc.array(fc.string({ maxLength: 3 }))], { numRuns: runs(1000) })(
    "whatever is in the roll",
    (names) => {
      const map = new Map<string, number>();
      const twice: [number, number | undefined][] = [];
      names.forEach((name, position) => {
        if (map.has(name)) twice.push([position, map.get(name)]);
        else map.set(name, position);
      });
      const again: [number, number][] = [];
      const index = atOnce(NameIndex.making(rollOf(names), (...found) => again.push(found)));
      expect(again).toEqual(twice);
      expect(index.size).toBe(map.size);
      for (const [name, position] of map) expect(index.get(name)).toBe(position);
      expect(index.has("none of three characters")).toBe(false);
    },
  );

  test("also for names that were made to collide", () => {
    const names: string[] = [];
    for (let i = 0; names.length < 3_000; i++) if ((hashOfName(`v${i}`) & 0x3ff) === 7) names.push(`v${i}`);
    const again: [number, number][] = [];
    const index = atOnce(NameIndex.making(rollOf([...names, ...names]), (...found) => again.push(found)));
    expect(again).toEqual(names.map((_, position) => [names.length + position, position]));
    expect(index.size).toBe(names.length);
    names.forEach((name, position) => {
      expect(index.get(name)).toBe(position);
    });
    expect(index.get("v")).toBe(undefined);
  });
});

describe("a name roll has the values of the lists that were put in, in their order", () => {
  // Names that need an escape, names of several texts, and names given as such.
  const lists = fc.array(fc.array(fc.constantFrom("a", "bc", "d\\u0020e", "f\\u002Cg", "h"), { maxLength: 4 }), {
    maxLength: 5,
  });
  property.prop([lists, lists, fc.array(fc.string())])("whatever texts they stand in", (first, second, given) => {
    const confs = [first, second].map((all) =>
      parseConf(`[S]\nz=\n${all.map((list, i) => `o${i} : ${list.join(i % 2 === 0 ? ", " : "\t")}\n`).join("")}`),
    );
    const roll = new NameRoll(1);
    const names: string[] = [];
    for (const name of given) roll.add(name);
    names.push(...given);
    for (const conf of [...confs, ...confs]) {
      for (const option of conf.options("S")) {
        conf.enrol("S", option, roll);
        names.push(...conf.strings("S", option));
      }
    }
    expect(Array.from({ length: roll.length }, (_, position) => roll.nameAt(position))).toEqual(names);
    expect(Array.from({ length: roll.length }, (_, position) => roll.hashAt(position))).toEqual(names.map(hashOfName));
  });
});

describe("a topology read against the one before", () => {
  const lists = fc.array(fc.uniqueArray(fc.constantFrom("a", "b", "c", "d", "e\\u0020x"), { maxLength: 3 }), {
    maxLength: 5,
  });
  /** What is laid over the text, so that a section stands in two pieces. */
  const overrides = fc.subarray(["VolumeGroup:G0.PrimaryPeer=P1", "VolumeGroup:G1.VirtualIPAddr=10.0.0.9"]);
  /** What one conf says: lists by group, and the numbers that choose peers and addresses, and the order of the groups. */
  const conf = fc.record({
    lists,
    peers: fc.array(fc.nat(2), { maxLength: 5 }),
    addresses: fc.array(fc.nat(1), { maxLength: 5 }),
    known: fc.constantFrom("P0,P1,P2", "P0,P1,P2", "P2 P1 P0", "P0,P1"),
    reversed: fc.boolean(),
    overrides,
  });
  interface Conf {
    readonly lists: readonly (readonly string[])[];
    readonly peers: readonly number[];
    readonly addresses: readonly number[];
    readonly known: string;
    readonly reversed: boolean;
    readonly overrides?: readonly string[];
  }
  const text = ({ lists: groups, peers, addresses, known, reversed }: Conf) => {
    const names = groups.map((_, i) => `G${i}`);
    return [
      `[Cluster]\nWhoAmI=P0\nPeers=${known}\n[FSGlobals]\nVolumeGroupList=${(reversed ? names.reverse() : names).join(",")}\n`,
      ...groups.map(
        (list, i) =>
          `[VolumeGroup:G${i}]\nPrimaryPeer=P${peers[i] ?? 0}\nVirtualIPAddr=${["", "10.11.12.13"][addresses[i] ?? 0]}\nVolumeList=${list.join(",")}\n`,
      ),
    ].join("");
  };
  const read = (from: Conf, previous?: ReturnType<typeof readTopology>) => {
    try {
      const written = parseConf(text(from));
      return readTopology(written.with(...(from.overrides ?? [])), previous);
    } catch (error) {
      return (error as Error).message;
    }
  };
  /** The same conf with something else in one place, as reloads have it, and sometimes with nothing else. */
  const change = fc.oneof(
    fc.constant({}),
    fc.record({ peers: fc.array(fc.nat(2), { maxLength: 5 }) }),
    fc.record({ addresses: fc.array(fc.nat(1), { maxLength: 5 }) }),
    fc.record({ reversed: fc.boolean() }),
    fc.record({ known: fc.constantFrom("P0,P1,P2", "P0,P1") }),
    fc.record({ lists }),
    fc.record({ overrides }),
  );

  property.prop([conf, change, change], { numRuns: runs(2000) })(
    "is, or is refused, as one read alone",
    (first, ...changes) => {
      let before = read(first);
      let last: Conf = first;
      for (const each of changes) {
        if (typeof before === "string") return;
        last = { ...last, ...each };
        const alone = read(last);
        const after = read(last, before);
        expect(JSON.parse(JSON.stringify(after))).toEqual(JSON.parse(JSON.stringify(alone)));
        if (typeof after === "string" || typeof alone === "string") return;
        const plainBefore = JSON.parse(JSON.stringify(before));
        expect(deltaText(before, after)).toEqual(deltaText(plainBefore, JSON.parse(JSON.stringify(alone))));
        for (const volume of ["a", "b", "c", "d", "e x", "f"]) {
          expect(volumeIndex(after).get(volume)).toBe(volumeIndex(alone).get(volume));
        }
        before = after;
      }
    },
  );

  const deltaText = (from: Topology, to: Topology) => JSON.parse(JSON.stringify(diffTopologies(from, to)));

  test("keeps nothing of the text before it, where a group has changed", () => {
    const first = { lists: [["a"], ["b"]], peers: [0, 1], addresses: [1, 1], known: "P0,P1,P2", reversed: false };
    const before = readTopology(parseConf(text(first)));
    const after = readTopology(parseConf(text({ ...first, lists: [["a"], ["b", "c"]] })), before);
    expect(volumeRoll(after)).not.toBe(volumeRoll(before));
    expect(volumeRoll(readTopology(parseConf(text({ ...first, peers: [1, 1] })), before))).toBe(volumeRoll(before));
  });
});

describe("what is long enough to be read in stretches", () => {
  const groups = 2_500;
  const text = largeConf(groups, false);
  const last = `Volume_${String(groups * 10 - 1).padStart(6, "0")}`;

  test("has everything", () => {
    const topology = readTopology(parseConf(text));
    expect(topology.groups).toHaveLength(groups);
    expect(volumeIndex(topology).get(last)).toBe(groups - 1);
    expect(volumeIndex(topology).size).toBe(groups * 10);
    const { volumesCreated, toServe } = diffTopologies({ whoAmI: "Peer0", peers: [], groups: [] }, topology);
    expect(volumesCreated).toEqual(
      topology.groups.flatMap(({ name, volumes }) =>
        volumes.map((volumeName) => ({ volumeName, volumeGroupName: name })),
      ),
    );
    expect(toServe).toHaveLength((groups * 10) / 4);
  });

  test("is refused for a volume that is in its first group and in its last", () => {
    const twice = text.replace(`${last}\n`, `${last}, Volume_000000\n`);
    expect(() => readTopology(parseConf(twice))).toThrow(/'Volume_000000' is in two volume groups/);
    expect(() => readTopology(parseConf(twice), readTopology(parseConf(text)))).toThrow(/'Volume_000000'/);
  });

  test("lets a timer have its turn", async () => {
    const turns: string[] = [];
    const untilTheTimer = function* (): Stretches<string> {
      for (const end = performance.now() + 30_000; turns.length === 0 && performance.now() < end; ) yield;
      return "read";
    };
    setTimeout(() => turns.push("timer"), 1);
    turns.push(await inStretches(untilTheTimer()));
    expect(turns).toEqual(["timer", "read"]);
    expect(atOnce(untilTheTimer())).toBe("read");
  });
});
