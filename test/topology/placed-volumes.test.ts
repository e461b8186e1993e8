/** Lists of placed volumes: blocks of volumes are what the same volumes are one by one, whoever asks for which in what order. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { parseConf } from "../../src/conf/conf-text.ts";
import { NameRoll } from "../../src/conf/name-roll.ts";
import { PlacedVolumes } from "../../src/topology/placed-volumes.ts";
import { readTopology } from "../../src/topology/read-topology.ts";
import { volumeRoll } from "../../src/topology/topology.ts";

const RUNS = { numRuns: 1_000 };

interface Wanted {
  readonly list: PlacedVolumes;
  readonly volumes: readonly (readonly [volume: string, group: string])[];
}

/** Volumes that are added one by one, several of a group after each other now and then. */
const oneByOne: fc.Arbitrary<Wanted> = fc
  .array(fc.tuple(fc.string({ minLength: 1, maxLength: 3 }), fc.constantFrom("g", "h")), { maxLength: 12 })
  .map((volumes) => {
    const list = new PlacedVolumes();
    for (const [volume, group] of volumes) list.add(volume, group);
    return { list, volumes };
  });

/** Some groups of a conf, in any order; names with a comma or a blank are not the text that they stand in. */
const ofGroups: fc.Arbitrary<Wanted> = fc
  .tuple(
    fc.array(fc.array(fc.constantFrom("", "\\u002C", "\\u0020"), { maxLength: 4 }), { maxLength: 6 }),
    fc.func(fc.nat()),
  )
  .map(([groups, order]) => {
    const lists = groups.map((escapes, g) => escapes.map((escaped, v) => `volume${g}${escaped}${v}`));
    const sections = lists.map(
      (list, g) => `[VolumeGroup:g${g}]\nPrimaryPeer:\nVirtualIPAddr:\nVolumeList: ${list.join(", ")}`,
    );
    const all = lists.map((_, g) => `g${g}`).join(" ");
    const conf = `[Cluster]\nWhoAmI: p\nPeers: p\n[FSGlobals]\nVolumeGroupList: ${all}\n${sections.join("\n")}\n`;
    const roll = volumeRoll(readTopology(parseConf(conf)));
    const list = new PlacedVolumes();
    const volumes: [string, string][] = [];
    const chosen = lists.map((_, g) => g).filter((g) => order(g) % 3 !== 0);
    for (const g of chosen.sort((a, b) => order(a) - order(b))) {
      list.addGroup(roll, g);
      for (const written of lists[g] as string[]) {
        volumes.push([written.replaceAll("\\u002C", ",").replaceAll("\\u0020", " "), `g${g}`]);
      }
    }
    return { list, volumes };
  });

const wanted = fc.oneof(oneByOne, ofGroups);

test("whichever volume is asked for, after whichever other, is the one that was put there", () => {
  fc.assert(
    fc.property(wanted, fc.array(fc.nat(), { maxLength: 30 }), fc.boolean(), ({ list, volumes }, asked, filled) => {
      if (filled) list.fill();
      expect(list.length).toBe(volumes.length);
      for (const number of volumes.length === 0 ? [] : asked) {
        const at = number % volumes.length;
        expect([list.volumeAt(at), list.groupAt(at)]).toEqual(volumes[at]);
      }
    }),
    RUNS,
  );
});

test("the blocks are the whole list, each of one group, and once filled their names stand where they say", () => {
  fc.assert(
    fc.property(wanted, ({ list, volumes }) => {
      list.fill();
      expect(list.isFilled).toBe(true);
      const told: [string, string][] = [];
      while (told.length < list.length) {
        const block = list.blockOf(told.length);
        expect(list.firstOf(block)).toBe(told.length);
        for (let at = list.firstOf(block); at < list.endOf(block); at++) {
          told.push([list.names[list.positionOf(at, block)] as string, list.groupOf(block)]);
        }
      }
      expect(told).toEqual(volumes);
      expect([...list].map(({ volumeName, volumeGroupName }) => [volumeName, volumeGroupName])).toEqual(volumes);
    }),
    RUNS,
  );
});

test("what is left of a filtered list keeps its groups", () => {
  fc.assert(
    fc.property(wanted, ({ list, volumes }) => {
      const kept = list.filter((volume) => volume.length % 2 === 0);
      expect([...kept].map(({ volumeName, volumeGroupName }) => [volumeName, volumeGroupName])).toEqual(
        volumes.filter(([volume]) => volume.length % 2 === 0),
      );
    }),
    RUNS,
  );
});

test("names that stand in several texts, or in none, are the same all at once and one by one", () => {
  const word = fc.stringMatching(/^[a-z]{1,3}$/);
  const part = fc.record({ words: fc.array(word, { minLength: 1, maxLength: 3 }), written: fc.boolean() });
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), fc.nat(), fc.nat(), (parts, a, b) => {
      const [together, apart] = [new NameRoll(), new NameRoll()];
      for (const roll of [together, apart]) {
        for (const { words, written } of parts) {
          const text = words.join(" ");
          if (written) roll.addList({ text, bytes: new TextEncoder().encode(text) }, 0, text.length);
          else for (const name of words) roll.add(name);
        }
      }
      const names = parts.flatMap(({ words }) => words);
      const [from = 0, to = 0] = [a, b].map((end) => end % (names.length + 1)).sort((x, y) => x - y);
      together.make(from, to);
      expect(together.made.slice(from, to)).toEqual(names.slice(from, to));
      expect(names.map((_, at) => apart.nameAt(at))).toEqual(names);
    }),
    RUNS,
  );
});
