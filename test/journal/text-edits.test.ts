/**
 * A text as what it has of another one: applied, it is that text to the letter; of a conf that was changed a little, it is short.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { applyEdits, editsBetween } from "../../src/journal/text-edits.ts";

/** Few different lines, so that both texts have much in common, in odd places. */
const line = fc.constantFrom("[Section]", "Option: value", "Option: other", "", "é", "x".repeat(5_000));
const text = fc
  .tuple(fc.array(line, { maxLength: 40 }), fc.constantFrom("", "\n", "\r\n", "end"))
  .map(([lines, end]) => lines.map((each) => `${each}\n`).join("") + end);

/** A conf of so many groups, each a section of five lines. */
function conf(
  groups: number,
  change: (group: number) => Partial<Record<"peer" | "extra", string>> = () => ({}),
): string {
  const sections = Array.from({ length: groups }, (_, group) => {
    const { peer = `Peer${group % 4}`, extra = "" } = change(group);
    return `[VolumeGroup:G${group}]\nPrimaryPeer: ${peer}\nVirtualIPAddr:\nVolumeList: V${group}\n${extra}\n`;
  });
  return sections.join("");
}

const sizeOf = (before: string, after: string): number => JSON.stringify(editsBetween(before, after)).length;

describe("edits between two texts", () => {
  test("make the one of the other", () => {
    fc.assert(
      fc.property(text, text, (before, after) => {
        expect(applyEdits(before, editsBetween(before, after))).toBe(after);
      }),
    );
  });

  test("make it also where lines are changed, added, and taken away in a long text", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(400), fc.constantFrom("Peer0", "Peer9"), fc.constantFrom("", "More: 1\n")), {
          maxLength: 9,
        }),
        fc.nat(400),
        (changes, groups) => {
          const changed = new Map(changes.map(([group, peer, extra]) => [group, { peer, extra }]));
          const after = conf(groups, (group) => changed.get(group) ?? {});
          expect(applyEdits(conf(400), editsBetween(conf(400), after))).toBe(after);
        },
      ),
      { numRuns: 50 },
    );
  });

  test("are as long as what was changed: a value here and there, sections that came or went", () => {
    const before = conf(2_000);
    expect(sizeOf(before, before)).toBeLessThan(30);
    const moved = conf(2_000, (group) => (group % 100 === 7 ? { peer: "Peer0" } : {}));
    expect(sizeOf(before, moved)).toBeLessThan(20 * 60);
    expect(sizeOf(before, `${conf(1_000)}[New]\nOption: 1\n${before.slice(conf(1_000).length)}`)).toBeLessThan(100);
    expect(sizeOf(before, before.slice(conf(30).length))).toBeLessThan(100);
  });

  test("give up where differences are long and many", () => {
    const linesOf = (name: string) => Array.from({ length: 60 }, (_, at) => `${name} ${at}\n`).join("");
    const textOf = (name: string) =>
      Array.from({ length: 400 }, (_, at) => conf(1) + linesOf(`${name} ${at}`)).join("");
    const edits = editsBetween(textOf("old"), textOf("new"));
    expect(applyEdits(textOf("old"), edits)).toBe(textOf("new"));
    expect(edits.length).toBeGreaterThan(20);
    expect(edits.length).toBeLessThan(200);
  });

  test("give up soon where nothing is left of the text before", () => {
    const other = Array.from({ length: 100_000 }, (_, at) => `Other${at}: 1\n`).join("");
    expect(editsBetween(conf(2_000), other)).toEqual([[0, 0, other]]);
  });
});
