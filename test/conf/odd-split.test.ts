/**
 * The dialect asks whether a line can be taken apart in any way, and then splits it at the first assignment; an override, at
 * its first dot and then at the first assignment. Where the two disagree the result is odd, and the original's all the same.
 */

import { describe, expect, test } from "vitest";
import { ConfMap } from "../../src/conf/conf-map.ts";
import { parseConf } from "../../src/conf/conf-text.ts";
import { refusalOf } from "./refusal-of.ts";

describe("a setting", () => {
  test.each([
    ["a:b = c", "a", ["b", "=", "c"]],
    ["a:b=c", "a", ["b=c"]],
    ["a:b$=c", "a", ["b$=c"]],
    ["a:b$=", "a", ["b$="]],
    ["a:b$:c,d", "a", ["b$:c", "d"]],
    ["a$ : b", "a$", ["b"]],
    [":a=b", "", ["a=b"]],
    [":a$=b", "", ["a$=b"]],
    ["::", "", [":"]],
    [":: x", "", [":", "x"]],
    [": = x", "", ["=", "x"]],
    ["[a:b,c]", "[a", ["b", "c]"]],
    ["[a] = [b]", "[a]", ["[b]"]],
    [".include = x", ".include", ["x"]],
    [".include: x", ".include", ["x"]],
  ])("%j", (line, option, values) => {
    const confMap = parseConf(`[S]\n${line} # x\n`);
    expect(confMap.options("S")).toEqual([option]);
    expect(confMap.strings("S", option)).toEqual(values);
    expect(parseConf(confMap.dump()).equals(confMap)).toBe(true);
  });

  test.each([
    ":",
    "=",
    ": x",
    "a$b = c",
    "a $ = c",
    "$ = c",
    "a:b$ c$d",
    "[]",
    "[$]",
    "a = $",
    "a:b$$=c",
    ".include a b",
  ])("not %j", async (line) => {
    expect((await refusalOf(() => parseConf(`[S]\n${line}\n`))).code).toBe("CONF_SYNTAX");
  });
});

describe("an override", () => {
  test.each([
    ["a.b.c=1", "a", "b.c", ["1"]],
    ["a:b.c=1", "a:b", "c", ["1"]],
    ["a.b:c.d=1", "a", "b", ["c.d=1"]],
    ["a$.b=1", "a$", "b", ["1"]],
    ["a.b$.c=1", "a", "b$.c", ["1"]],
    ["a..b=1", "a", ".b", ["1"]],
    ["..b=1", "", ".b", ["1"]],
    ["a.:b=1", "a", "", ["b=1"]],
    ["a.b==", "a", "b", ["="]],
    ["[a].b:", "[a]", "b", []],
  ])("%j", (override, section, option, values) => {
    const confMap = ConfMap.from({}).with(override);
    expect(confMap.sections()).toEqual([section]);
    expect(confMap.options(section)).toEqual([option]);
    expect(confMap.strings(section, option)).toEqual(values);
  });

  test.each([
    "",
    " ",
    "a",
    "a=b",
    ".b=1",
    "a.=1",
    "a$b.c=1",
    "a.b",
    "a b.c=1",
    "a.b=1,",
    "a.b=1#",
    "a.b=1\n",
    "a=b.c=1",
    "a$.=1",
    "a$.$=1",
  ])("not %j", async (override) => {
    expect((await refusalOf(() => ConfMap.from({}).with(override))).code).toBe("CONF_OVERRIDE");
  });
});
