/**
 * The ConfMap itself: that it never changes, what `with` and `merge` mean, where settings stand, and how it is made again.
 */

import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { ConfMap, type ConfValues } from "../../src/conf/conf-map.ts";
import type { ConfSource } from "../../src/conf/conf-source.ts";
import { parseConf } from "../../src/conf/conf-text.ts";
import { runs } from "../runs.ts";
import { anyValues, goodText, writableValues } from "./conf-arbitrary.ts";
import { naiveRead } from "./naive-reader.ts";
import { refusalOf } from "./refusal-of.ts";

const FILES = { "a.conf": "[T]\na = 1\n", "d/b.conf": "" };
/** Texts whose every line has a section above it, and whose includes are there. */
const goodConf = goodText
  .map(
    (text) =>
      `[S]\n${text
        .replace("\uFEFF", "")
        .replaceAll("include ../", "include ")
        .replace(/^(\.include .*)$/gm, "$1\n[S]")}`,
  )
  .filter((text) => naiveRead("m", { ...FILES, m: text }) !== undefined)
  .map((text) => parseConf(text, { file: "m", files: FILES }));
const anyConf = fc.oneof(
  goodConf,
  anyValues.map(ConfMap.from),
  fc.tuple(goodConf, goodConf).map(([a, b]) => a.merge(b)),
);
const RUNS = { numRuns: runs(2_000) };

/** Every setting with its values, its place and its text. */
function everything(confMap: ConfMap): unknown {
  return confMap
    .sections()
    .map((section) => [
      section,
      confMap.origin(section),
      confMap
        .options(section)
        .map((option) => [
          option,
          confMap.strings(section, option),
          confMap.origin(section, option),
          confMap.rawText(section, option),
        ]),
    ]);
}

describe("from and toJSON", () => {
  test("are each other's inverse, also for names that objects have of themselves", () => {
    fc.assert(
      fc.property(anyValues, (values) => {
        expect(JSON.stringify(ConfMap.from(values).toJSON())).toBe(JSON.stringify(values));
      }),
      RUNS,
    );
  });

  test("treat __proto__, constructor and toString as names", () => {
    const values = JSON.parse('{"__proto__": {"__proto__": ["1"]}, "constructor": {"toString": ["2"]}}') as ConfValues;
    const confMap = ConfMap.from(values);
    expect(confMap.strings("__proto__", "__proto__")).toEqual(["1"]);
    expect(confMap.string("constructor", "toString")).toBe("2");
    expect(confMap.has("toString")).toBe(false);
    expect(JSON.stringify(confMap.toJSON())).toBe(JSON.stringify(values));
    const text = "[__proto__]\n__proto__ = 1\n[constructor]\ntoString = 2\n";
    expect(parseConf(text).equals(confMap)).toBe(true);
  });

  test("do not share arrays with the caller", () => {
    const list = ["1"];
    const confMap = ConfMap.from({ A: { b: list } });
    list.push("2");
    confMap.toJSON()["A"]?.["b"]?.push("3");
    expect(confMap.strings("A", "b")).toEqual(["1"]);
    expect(() => (confMap.strings("A", "b") as string[]).push("4")).toThrow(TypeError);
  });

  test.each([
    [null, undefined, undefined],
    [[], undefined, undefined],
    [{ A: 1 }, "A", undefined],
    [{ A: { b: "1" } }, "A", "b"],
    [{ A: { b: ["1", 2] } }, "A", "b"],
    [{ A: {}, B: { c: [null] } }, "B", "c"],
  ])("refuse %j", async (values, section, option) => {
    const refusal = await refusalOf(() => ConfMap.from(values as unknown as ConfValues));
    expect(refusal).toMatchObject({ code: "CONF_SYNTAX", section, option });
  });
});

describe("sections and options", () => {
  const confMap = parseConf("[B]\nz = 1\na = 2\n[A]\n[C]\nx =\n[B]\nz = 3\nm = 4\n");

  test("come in the order in which they were first set", () => {
    expect(confMap.sections()).toEqual(["B", "C"]);
    expect(confMap.options("B")).toEqual(["z", "a", "m"]);
    expect(confMap.string("B", "z")).toBe("3");
  });

  test("of a section without options are not there", async () => {
    expect(confMap.has("A")).toBe(false);
    expect(confMap.has("C", "x")).toBe(true);
    expect((await refusalOf(() => confMap.options("A"))).code).toBe("SECTION_MISSING");
  });

  test("of a large section are found as in a small one", () => {
    const names = Array.from({ length: 40 }, (_, at) => `o${at % 30}`);
    const large = parseConf(`[S]\n${names.map((name, at) => `${name} = ${at}\n`).join("")}`);
    expect(large.options("S")).toHaveLength(30);
    expect(large.string("S", "o3")).toBe("33");
    expect(large.string("S", "o20")).toBe("20");
    expect(large.origin("S", "o3")).toEqual({ file: "<text>", line: 35 });
  });
});

describe("with", () => {
  test("sets one option and leaves the given ConfMap alone", () => {
    const before = parseConf("[A]\nb = 1\nc = 2\n");
    const after = before.with("A.b=3 4", "New.x:");
    expect(after.toJSON()).toEqual({ A: { b: ["3", "4"], c: ["2"] }, New: { x: [] } });
    expect(before.toJSON()).toEqual({ A: { b: ["1"], c: ["2"] } });
  });

  test("applies none of several overrides when one is refused, and says which", async () => {
    const refusal = await refusalOf(() => parseConf("[A]\nb = 1\n").with("A.b=2").with("A.b=3", "A"));
    expect(refusal).toMatchObject({ code: "CONF_OVERRIDE", file: "<override>", line: 3 });
    expect(refusal.message).toContain("Section.Option=value");
  });

  test("one by one is the same as all together", () => {
    const override = fc.constantFrom("S.a=1", "S.a=2,3", "T:1.b:", "New.x=y", "S.B=");
    fc.assert(
      fc.property(anyConf, fc.array(override, { maxLength: 4 }), (confMap, overrides) => {
        const together = confMap.with(...overrides);
        const oneByOne = overrides.reduce((now, next) => now.with(next), confMap);
        expect(oneByOne.equals(together)).toBe(true);
        if (overrides.length > 0) expect(everything(oneByOne)).toEqual(everything(together));
      }),
      RUNS,
    );
  });

  test("the last override of an option holds, and has its number as its place", () => {
    const confMap = parseConf("[A]\nb = 1\n").with("A.b=2", "A.b=3");
    expect(confMap.string("A", "b")).toBe("3");
    expect(confMap.origin("A", "b")).toEqual({ file: "<override>", line: 2 });
  });
});

describe("merge", () => {
  test("takes the options of both and, where both set one, the other's values", () => {
    const merged = parseConf("[A]\nb = 1\nc = 2\n").merge(parseConf("[A]\nb = 3\n[D]\ne = 4\n"));
    expect(merged.toJSON()).toEqual({ A: { b: ["3"], c: ["2"] }, D: { e: ["4"] } });
  });

  test("is associative, has the empty ConfMap as its unit, and merging twice changes nothing", () => {
    const empty = ConfMap.from({});
    fc.assert(
      fc.property(anyConf, anyConf, anyConf, (a, b, c) => {
        expect(
          a
            .merge(b)
            .merge(c)
            .equals(a.merge(b.merge(c))),
        ).toBe(true);
        expect(a.merge(empty).equals(a)).toBe(true);
        expect(empty.merge(a).equals(a)).toBe(true);
        expect(a.merge(b).merge(b).equals(a.merge(b))).toBe(true);
        for (const section of b.sections()) {
          for (const option of b.options(section)) {
            expect(a.merge(b).strings(section, option)).toEqual(b.strings(section, option));
          }
        }
      }),
      RUNS,
    );
  });

  test("of an override is what with does", () => {
    fc.assert(
      fc.property(anyConf, (confMap) => {
        const override = ConfMap.from({ S: { a: ["1", "2"] } });
        expect(confMap.merge(override).equals(confMap.with("S.a=1,2"))).toBe(true);
      }),
      RUNS,
    );
  });
});

describe("origin", () => {
  const files = { "d/in.conf": "\n[A]\nb = 2\n", "main.conf": "" };
  const text = "\uFEFF# é\r\n[A]\r\nb = 1\r\nc = 1\r\n.include d/in.conf\r\n";
  const confMap = parseConf(text, { file: "main.conf", files });

  test("is the file and line of the setting that holds", () => {
    expect(confMap.origin("A", "c")).toEqual({ file: "main.conf", line: 4 });
    expect(confMap.origin("A", "b")).toEqual({ file: "d/in.conf", line: 3 });
    expect(confMap.origin("A")).toEqual({ file: "main.conf", line: 3 });
  });

  test("is undefined for what is missing or was given by a program", () => {
    expect(confMap.origin("A", "x")).toBeUndefined();
    expect(confMap.origin("X")).toBeUndefined();
    expect(ConfMap.from({ A: { b: ["1"] } }).origin("A", "b")).toBeUndefined();
    expect(ConfMap.from({ A: {} }).origin("A")).toBeUndefined();
  });

  test("is in the refusals of the accessors", async () => {
    expect(await refusalOf(() => confMap.bool("A", "b"))).toMatchObject({
      code: "OPTION_VALUE",
      file: "d/in.conf",
      line: 3,
      section: "A",
      option: "b",
    });
    expect(await refusalOf(() => confMap.string("A", "x"))).toMatchObject({
      code: "OPTION_MISSING",
      section: "A",
      option: "x",
    });
    expect(await refusalOf(() => confMap.string("X", "x"))).toMatchObject({ code: "SECTION_MISSING", section: "X" });
  });
});

describe("rawText, sameSection and equals", () => {
  test("rawText is the text of the value list, without what is around it", () => {
    const confMap = parseConf("[A]\nb =  1,\t2   3  # note\nc:\n");
    expect(confMap.rawText("A", "b")).toBe("1,\t2   3");
    expect(confMap.rawText("A", "c")).toBe("");
    expect(confMap.rawText("A", "x")).toBeUndefined();
  });

  test("the same raw text means the same values, wherever it comes from", () => {
    const confMap = parseConf('[A]\nb = ["a"]\n');
    const given = ConfMap.from({ A: { b: ["a"] } });
    expect(given.rawText("A", "b")).not.toBe(confMap.rawText("A", "b"));
    fc.assert(
      fc.property(anyConf, anyConf, (a, b) => {
        const other = b.merge(ConfMap.from(a.toJSON()));
        for (const section of a.sections()) {
          for (const option of a.options(section)) {
            if (a.rawText(section, option) !== b.rawText(section, option)) continue;
            expect(a.strings(section, option)).toEqual(b.strings(section, option));
          }
          expect(a.sameSection(other, section, b.has(section) ? b.options(section) : [])).toBe(true);
        }
      }),
      RUNS,
    );
  });

  test("equals looks at values only", () => {
    const a = parseConf("[A]\nb = 1 2\nc = 3\n[D]\ne = x\\u0020y\n");
    const b = parseConf("[D]\ne: x\\U0020y # note\n[A]\nc = 4\nb: 0\n[A]\nb: 1,2\nc = 3\n");
    expect(a.equals(b)).toBe(true);
    expect(b.equals(a)).toBe(true);
    expect(a.equals(b.with("A.z="))).toBe(false);
    expect(b.with("A.z=").equals(a)).toBe(false);
    expect(a.equals(b.with("New.z="))).toBe(false);
    expect(a.equals(ConfMap.from(a.toJSON()))).toBe(true);
  });

  test("equals is being the same as plain data", () => {
    const sorted = (confMap: ConfMap): unknown =>
      Object.entries(confMap.toJSON())
        .map(([section, options]) => [section, Object.entries(options).sort()])
        .sort();
    fc.assert(
      fc.property(anyConf, anyConf, (a, b) => {
        expect(a.equals(b)).toBe(JSON.stringify(sorted(a)) === JSON.stringify(sorted(b)));
      }),
      RUNS,
    );
  });

  test("sameSection leaves out the options that do not count", () => {
    const a = parseConf("[A]\nb = 1\nc = 2\n");
    const b = parseConf("[A]\nb = 1\nc = 3\nd = 4\n");
    expect(a.sameSection(b, "A")).toBe(false);
    expect(a.sameSection(b, "A", ["c"])).toBe(false);
    expect(a.sameSection(b, "A", ["c", "d"])).toBe(true);
    expect(b.sameSection(a, "A", ["d", "c", "c"])).toBe(true);
    expect(a.sameSection(b, "X")).toBe(true);
    expect(a.sameSection(ConfMap.from({}), "A")).toBe(false);
  });

  test("sameSection does not take a section for another one that only starts with the same text", () => {
    const a = parseConf("[A]\nb = 1\n[A]\nc = 2\n");
    expect(a.sameSection(parseConf("[A]\nc = 2\n"), "A")).toBe(false);
    expect(parseConf("[A]\nb = 1\n").sameSection(parseConf("[A]\nb = 12\n"), "A")).toBe(false);
  });
});

describe("source, fromSource and hash", () => {
  const again = (confMap: ConfMap): ConfMap =>
    ConfMap.fromSource(JSON.parse(JSON.stringify(confMap.source())) as ConfSource);

  test("a ConfMap made again from its source is equal, has the same places and the same identity", () => {
    const overridden = fc.tuple(anyConf, anyConf).map(([a, b]) => a.with("S.a=1").merge(b).with("T.x=2", "T.x=3"));
    fc.assert(
      fc.property(fc.oneof(anyConf, overridden), (confMap) => {
        expect(everything(again(confMap))).toEqual(everything(confMap));
        expect(again(confMap).hash).toBe(confMap.hash);
      }),
      RUNS,
    );
  });

  test("the source of a text holds the text as it was", () => {
    const text = "\uFEFF# é 漢\r\n[A]\r\nb = 1";
    expect(parseConf(text).source()).toEqual({ kind: "conf", main: "<text>", files: [{ path: "<text>", text }] });
  });

  test("a source without its main file is refused", async () => {
    const source: ConfSource = { kind: "conf", main: "a", files: [{ path: "b", text: "" }] };
    expect((await refusalOf(() => ConfMap.fromSource(source))).code).toBe("CONF_UNREADABLE");
  });

  test("the identity is of the source, not of the values, and differs wherever the source does", () => {
    const sources = [
      parseConf("[A]\nb = 1\n"),
      parseConf("[A]\nb  = 1\n"),
      parseConf("[A]\nb = 1\n", { file: "other" }),
      parseConf("[A]\nb = 1\n").with("A.b=1"),
      parseConf("[A]\nb = 1\n").with("A.b=1", "A.b=1"),
      ConfMap.from({ A: { b: ["1"] } }),
      parseConf("").merge(parseConf("[A]\nb = 1\n")),
    ];
    const hashes = sources.map((confMap) => confMap.hash);
    expect(new Set(hashes).size).toBe(hashes.length);
    for (const hash of hashes) expect(hash).toMatch(/^[0-9a-f]{64}$/);
  });

  test("the identity is the same without Node's own SHA-256, as in a browser", () => {
    const text = "# é\n[A]\nb = 1\n";
    const builtin = vi.spyOn(process, "getBuiltinModule").mockReturnValue(undefined as never);
    const elsewhere = parseConf(text).hash;
    expect(builtin).toHaveBeenCalled();
    builtin.mockRestore();
    expect(parseConf(text).hash).toBe(elsewhere);
  });

  test("tells characters apart that a part of a large text ends within", () => {
    const lead = "#".repeat(4_194_303);
    const [one, other] = ["\u{1f600}", "\u{1f601}"].map((face) => parseConf(`${lead}${face}\n[S]\na = 1\n`).hash);
    expect(one).not.toBe(other);
  });

  test("values that can be written have a source that can be stored", () => {
    fc.assert(
      fc.property(writableValues, (values) => {
        expect(again(ConfMap.from(values)).toJSON()).toEqual(values);
      }),
      RUNS,
    );
  });
});
