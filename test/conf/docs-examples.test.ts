/**
 * The examples of `docs/conf.md`, run: a conf and the ConfMap that it gives, a conf and its refusal, calls and their values.
 */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { ConfMap } from "../../src/conf/conf-map.ts";
import { parseConf } from "../../src/conf/conf-text.ts";
import { upgradeConfMapIfNeeded } from "../../src/conf/upgrade.ts";
import { refusalOf } from "./refusal-of.ts";

const docs = readFileSync(new URL("../../docs/conf.md", import.meta.url), "utf8");
const blocks = [...docs.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language = "", text = ""], at) => ({
  at,
  language,
  text,
}));

describe("the examples of docs/conf.md", () => {
  const confs = blocks.filter(({ language }) => language === "conf" || language === "ini");
  const calls = blocks.filter(({ language }) => language === "ts");

  test("are there", () => {
    expect(confs.length).toBeGreaterThan(6);
    expect(calls.length).toBeGreaterThan(2);
  });

  test.each(confs)("block $at, a $language", async ({ at, language, text }) => {
    const next = blocks[at + 1];
    const read = (): ConfMap =>
      language === "conf" ? parseConf(text) : ConfMap.fromSource({ kind: "ini", file: { path: "example.ini", text } });
    if (next?.language === "json") expect(read().toJSON()).toEqual(JSON.parse(next.text));
    else expect((await refusalOf(read)).message).toBe(next?.text.trimEnd());
  });

  test.each(calls)("block $at, calls", ({ text }) => {
    const checks = text.replace(/^(.+); \/\/ (.+)$/gm, "expect($1).toEqual($2);");
    expect(checks).not.toBe(text);
    const names = ["expect", "ConfMap", "parseConf", "upgradeConfMapIfNeeded"];
    new Function(...names, checks)(expect, ConfMap, parseConf, upgradeConfMapIfNeeded);
  });
});
