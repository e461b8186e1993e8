import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { parseConf } from "../../src/conf/conf-text.ts";
import { hashOfName } from "../../src/conf/settings.ts";
import { NameIndex } from "../../src/topology/name-index.ts";
import { readTopology } from "../../src/topology/read-topology.ts";

describe("a name index is a Map that keeps the first value", () => {
  property.prop([fc.array(fc.tuple(fc.string({ maxLength: 3 }), fc.nat(99))), fc.nat(200)], { numRuns: 1000 })(
    "whatever is added",
    (entries, expected) => {
      const index = new NameIndex(expected);
      const map = new Map<string, number>();
      for (const [name, value] of entries) {
        expect(index.add(name, value)).toBe(map.get(name));
        if (!map.has(name)) map.set(name, value);
      }
      expect(index.size).toBe(map.size);
      for (const [name, value] of map) expect(index.get(name)).toBe(value);
      expect(index.has("none of three characters")).toBe(false);
    },
  );

  test("also for names that were made to collide", () => {
    const names: string[] = [];
    for (let i = 0; names.length < 3_000; i++) if ((hashOfName(`v${i}`) & 0x1ff) === 7) names.push(`v${i}`);
    const index = new NameIndex(names.length);
    names.forEach((name, i) => {
      expect(index.add(name, i)).toBe(undefined);
    });
    expect(index.size).toBe(names.length);
    names.forEach((name, i) => {
      expect(index.add(name, -1)).toBe(i);
      expect(index.get(name)).toBe(i);
    });
    expect(index.get("v")).toBe(undefined);
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
