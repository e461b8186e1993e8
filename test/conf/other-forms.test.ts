/**
 * The `.ini` and `.json` forms: the same ConfMap as the conf dialect, with places, and nothing lost in silence.
 */

import fc from "fast-check";
import ini from "ini";
import { describe, expect, test } from "vitest";
import { ConfMap } from "../../src/conf/conf-map.ts";
import type { ConfSource } from "../../src/conf/conf-source.ts";
import { parseConf } from "../../src/conf/conf-text.ts";
import { TransitionError } from "../../src/error.ts";
import { runs } from "../runs.ts";
import { anyValues } from "./conf-arbitrary.ts";
import { refusalOf } from "./refusal-of.ts";

function read(path: string, text: string): ConfMap {
  return ConfMap.fromSource({ kind: path.endsWith(".ini") ? "ini" : "json", file: { path, text } });
}

const CONF = parseConf(
  "[Cluster]\nWhoAmI: Peer0\nPeers: Peer0, Peer1\n[VolumeGroup:a.b]\nPrimaryPeer:\nVolumeList: v/1\n",
);

describe("the ini form", () => {
  const text = `; a cluster
[Cluster]
WhoAmI = Peer0
Peers[] = Peer0
Peers[] = "Peer1"

[VolumeGroup:a.b]
PrimaryPeer =
VolumeList[] = v/1
[Empty]
`;

  test("gives the same ConfMap as the conf dialect", () => {
    expect(read("c.ini", text).equals(CONF)).toBe(true);
    expect(read("c.ini", `\uFEFF${text.replaceAll("\n", "\r\n")}`).equals(CONF)).toBe(true);
    expect(read("c.ini", text.replace("a.b", "a\\.b")).equals(CONF)).toBe(true);
  });

  test("says where each option stands", () => {
    const confMap = read("c.ini", text);
    expect(confMap.origin("Cluster", "WhoAmI")).toEqual({ file: "c.ini", line: 3 });
    expect(confMap.origin("Cluster", "Peers")).toEqual({ file: "c.ini", line: 5 });
    expect(confMap.origin("VolumeGroup:a.b", "VolumeList")).toEqual({ file: "c.ini", line: 9 });
  });

  test("takes true, false, null and numbers for the text that they are", () => {
    expect(read("c.ini", "[A]\na = true\nb = null\nc = 1.50\nd = '7'\ne\n").toJSON()).toEqual({
      A: { a: ["true"], b: ["null"], c: ["1.50"], d: ["7"], e: ["true"] },
    });
  });

  test.each([
    ["an option above all sections", "a = 1\n[A]\n", 1],
    ["a line that the package passes over", "[A]\n\n= 1\n", 3],
    ["a header without its bracket", "[A]\nb = 1\n[C\nd = 1\n", 3],
    ["a section that the package drops", "[__proto__]\na = 1\n", 2],
    ["an option that the package drops", "[A]\n__proto__ = 1\n", 2],
    ["an option that a section takes the place of", "[A]\nb = 1\n[A.b]\nc = 1\n", 2],
    ["a value that is an object", `[A]\nb = '{"c": 1}'\n`, 2],
    ["a name that the package fails on", "[A]\n'null' = 1\n", 1],
  ])("refuses %s, with the line", async (_what, wrong, line) => {
    expect(await refusalOf(() => read("c.ini", wrong))).toMatchObject({ code: "CONF_SYNTAX", file: "c.ini", line });
  });

  test("holds what the package wrote, or refuses it", () => {
    fc.assert(
      fc.property(anyValues, (values) => {
        const confMap = outcome(() => read("c.ini", ini.stringify(values)));
        if (confMap instanceof TransitionError) {
          expect(confMap.code).toMatch(/^CONF_/);
          return;
        }
        expect(ConfMap.fromSource(confMap.source()).equals(confMap)).toBe(true);
      }),
      { numRuns: runs(5_000) },
    );
  });

  test("gives a ConfMap or a refusal for any text", () => {
    const line = fc.string({
      unit: fc.constantFrom(..."[]ab.\\=\"'{};# \r\n", "__proto__", "null", "[]"),
      maxLength: 30,
    });
    fc.assert(
      fc.property(line, (random) => {
        const confMap = outcome(() => read("c.ini", `[A]\n${random}`));
        if (confMap instanceof TransitionError) expect(confMap.line).toBeGreaterThan(0);
      }),
      { numRuns: runs(5_000) },
    );
  });
});

describe("the JSON form", () => {
  test("gives the same ConfMap as the conf dialect", () => {
    expect(read("c.json", JSON.stringify(CONF)).equals(CONF)).toBe(true);
    expect(read("c.json", `\uFEFF${JSON.stringify(CONF, null, 2)}`).equals(CONF)).toBe(true);
  });

  test("is what toJSON gives, for any values", () => {
    fc.assert(
      fc.property(anyValues, fc.constantFrom(0, 2), (values, indent) => {
        // What is not UTF-8 is not JSON either.
        const text = JSON.stringify(values, null, indent);
        fc.pre(!text.includes("\uFFFD"));
        expect(JSON.stringify(read("c.json", text).toJSON())).toBe(JSON.stringify(values));
      }),
      { numRuns: runs(5_000) },
    );
  });

  test("says where each option stands", () => {
    const confMap = read("c.json", '{"A":\n {"b": ["1"],\n\n"c\\u0041": [\n"2"]}, "B": {"b": []}}');
    expect(confMap.origin("A", "b")).toEqual({ file: "c.json", line: 2 });
    expect(confMap.origin("A", "cA")).toEqual({ file: "c.json", line: 4 });
    expect(confMap.origin("B", "b")).toEqual({ file: "c.json", line: 5 });
  });

  test.each([
    ["nothing", "", 1, ""],
    ["a list", "\n[]", 1, "the conf"],
    ["a missing comma", '{"A": {\n"b": ["1"]\n"c": []}}', 3, "JSON"],
    ["a comma too many", '{"A": {\n"b": ["1",\n]}}', 3, "JSON"],
    ["an open string", '{"A": {\n"b": ["1\n"]}}', 2, "JSON"],
    ["an end too early", '{"A": {\n"b": ["1"]\n', 3, "JSON"],
    ["text behind the end", '{}\n\n"a"', 3, "JSON"],
    ["a word", '{"A": {\n"b": [yes]}}', 2, "JSON"],
    ["a value that is no list", '{"A": {\n"b": "1"}}', 2, '"b" of [A]'],
    ["a number in a list", '{"A": {}, "B":\n{\n"b": ["1", 2]}}', 3, '"b" of [B]'],
    ["a section that is no object", '{\n"A": ["b"]}', 2, '"A"'],
  ])("refuses %s, with the line", async (_what, text, line, said) => {
    const refusal = await refusalOf(() => read("c.json", text));
    expect(refusal).toMatchObject({ code: "CONF_SYNTAX", file: "c.json", line });
    expect(refusal.message).toContain(said);
  });

  test("can be made again from its source, places included", () => {
    const confMap = read("c.json", '{"A":\n {"b": ["1"]}}').with("A.c=2");
    const again = ConfMap.fromSource(JSON.parse(JSON.stringify(confMap.source())) as ConfSource);
    expect(again.equals(confMap)).toBe(true);
    expect(again.origin("A", "b")).toEqual({ file: "c.json", line: 2 });
  });
});

function outcome(act: () => ConfMap): ConfMap | TransitionError {
  try {
    return act();
  } catch (error) {
    if (error instanceof TransitionError) return error;
    throw error;
  }
}
