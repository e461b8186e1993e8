import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { parseConf } from "../../src/conf/conf-text.ts";
import { hashOfName, NameRoll } from "../../src/conf/name-roll.ts";
import { atOnce } from "../../src/stretches.ts";
import { NameIndex } from "../../src/topology/name-index.ts";
import { readTopology } from "../../src/topology/read-topology.ts";

const rollOf = (names: readonly string[]): NameRoll => {
  const roll = new NameRoll();
  for (const name of names) roll.add(name);
  return roll;
};

describe("a name index is a Map that keeps the first value", () => {
  property.prop([fc.array(fc.string({ maxLength: 3 }))], { numRuns: 1000 })("whatever is in the roll", (names) => {
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
  });

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
  const lists = fc.array(fc.uniqueArray(fc.constantFrom("a", "b", "c", "d", "e\\,x"), { maxLength: 3 }), {
    maxLength: 5,
  });
  const text = (groups: readonly (readonly string[])[], peers: readonly number[]) =>
    [
      `[Cluster]\nWhoAmI=P0\nPeers=P0,P1\n[FSGlobals]\nVolumeGroupList=${groups.map((_, i) => `G${i}`).join(",")}\n`,
      ...groups.map(
        (list, i) =>
          `[VolumeGroup:G${i}]\nPrimaryPeer=P${(peers[i] ?? 0) % 2}\nVirtualIPAddr=\nVolumeList=${list.join(",")}\n`,
      ),
    ].join("");
  const read = (conf: string, previous?: ReturnType<typeof readTopology>) => {
    try {
      return readTopology(parseConf(conf), previous);
    } catch (error) {
      return (error as Error).message;
    }
  };

  property.prop([lists, lists, fc.array(fc.nat(1))], { numRuns: 2000 })(
    "is, or is refused, as one read alone",
    (before, after, peers) => {
      const previous = read(text(before, []));
      if (typeof previous === "string") return;
      const alone = read(text(after, peers));
      expect(JSON.parse(JSON.stringify(read(text(after, peers), previous)))).toEqual(JSON.parse(JSON.stringify(alone)));
    },
  );
});
