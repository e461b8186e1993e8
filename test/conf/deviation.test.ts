/**
 * Where the conf reader leaves the original on purpose: one named test for each line of the table in `docs/conf.md`, and a
 * test that the two lists are the same.
 */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { ConfMap } from "../../src/conf/conf-map.ts";
import { parseConf } from "../../src/conf/conf-text.ts";
import { upgradeConfMapIfNeeded } from "../../src/conf/upgrade.ts";
import { refusalOf } from "./refusal-of.ts";

const DEVIATIONS: Readonly<Record<string, () => unknown>> = {
  "blanks around a comma are one separator": () => {
    expect(parseConf("[A]\nb = 1 , 2\t,3\n").strings("A", "b")).toEqual(["1", "2", "3"]);
    expect(ConfMap.from({}).with("A.b=1 , 2").strings("A", "b")).toEqual(["1", "2"]);
  },
  "a header with dropped characters is refused": async () => {
    for (const header of ["[a*b]", "[[a]]", "[a$]", "[*$]", "[a]b]", "[a]:[b]"]) {
      const refusal = await refusalOf(() => parseConf(`[A]\nb = 1\n${header}\n`));
      expect(refusal, header).toMatchObject({ code: "CONF_SYNTAX", line: 3 });
    }
  },
  "the last line needs no newline": () => {
    expect(parseConf("[A]\nb = 1").string("A", "b")).toBe("1");
  },
  "lines may end in CRLF": async () => {
    expect(parseConf("[A]\r\n\r\nb = 1\r\n.include c\r\n", { files: { c: "[C]\r\n" } }).string("A", "b")).toBe("1");
    for (const text of ["[A]\nb = 1\r", "[A]\nb = 1\r\r\n", "[A]\nb\r = 1\n", "[A]\nb = 1\r# x\n"]) {
      expect((await refusalOf(() => parseConf(text))).code).toBe("CONF_SYNTAX");
    }
  },
  "a leading byte order mark is skipped": async () => {
    expect(parseConf("\uFEFF[A]\nb = 1\n").string("A", "b")).toBe("1");
    expect((await refusalOf(() => parseConf("[A]\n\uFEFFb = 1\n"))).code).toBe("CONF_SYNTAX");
  },
  "an include cycle is refused": async () => {
    const files = { a: ".include b\n", b: ".include a\n" };
    const refusal = await refusalOf(() => parseConf(".include a\n", { file: "main", files }));
    expect(refusal).toMatchObject({ code: "CONF_INCLUDE_CYCLE", file: "b", line: 1 });
    expect(refusal.message).toContain("main includes a includes b includes a");
  },
  "includes without end are refused": async () => {
    const files = Object.fromEntries(
      Array.from({ length: 40 }, (_, at) => [`f${at}`, `.include f${at + 1}\n`.repeat(at < 39 ? 2 : 0)]),
    );
    expect((await refusalOf(() => parseConf(".include f0\n", { files }))).code).toBe("CONF_INCLUDE_LIMIT");
  },
  "several overrides are applied all or none": async () => {
    const confMap = parseConf("[A]\nb = 1\n");
    await refusalOf(() => confMap.with("A.b=2", "wrong"));
    expect(confMap.string("A", "b")).toBe("1");
  },
  "a dump reads back": async () => {
    const confMap = ConfMap.from({ A: { b: ["x y", "1,2"], c: [] } });
    expect(confMap.dump()).toBe("[A]\nb: x\\u0020y, 1\\u002C2\nc:\n");
    expect(parseConf(confMap.dump()).equals(confMap)).toBe(true);
    for (const values of [[""], ["\\u0020"], ["a b$c"], ["é"], ["#"], ["a\nb"]]) {
      const refusal = await refusalOf(() => ConfMap.from({ A: { b: values } }).dump());
      expect(refusal, values[0]).toMatchObject({ code: "CONF_UNREPRESENTABLE", section: "A", option: "b" });
    }
    for (const values of [{ A: {} }, { "A B": { c: [] } }, { "A*": { c: [] } }, { "": { c: [] } }]) {
      expect((await refusalOf(() => ConfMap.from(values).dump())).code).toBe("CONF_UNREPRESENTABLE");
    }
  },
  "an upgrade gives a new ConfMap, whole": async () => {
    const broken = ConfMap.from({ FSGlobals: { VolumeList: ["V", "W"] }, "Volume:V": { PrimaryPeer: [] } });
    const before = JSON.stringify(broken);
    await refusalOf(() => upgradeConfMapIfNeeded(broken));
    expect(JSON.stringify(broken)).toBe(before);
  },
};

describe("the deviations from the original", () => {
  test.each(Object.keys(DEVIATIONS))("%s", async (name) => {
    await DEVIATIONS[name]?.();
  });

  test("are those of the table in docs/conf.md", () => {
    const docs = readFileSync(new URL("../../docs/conf.md", import.meta.url), "utf8");
    const table = docs.slice(docs.indexOf("\n## Deviations"));
    // The first row of the table is its head.
    const named = [...table.matchAll(/^\| ([^|]+) \|/gm)].map(([, name]) => name?.trim()).slice(1);
    expect(named).toEqual(Object.keys(DEVIATIONS));
  });
});
