/**
 * That no text, however hostile, takes long to read. How long reading takes otherwise is measured by the benchmark.
 */

import ini from "ini";
import { describe, expect, test } from "vitest";
import { ConfMap } from "../../src/conf/conf-map.ts";
import { parseConf } from "../../src/conf/conf-text.ts";
import { TransitionError } from "../../src/error.ts";
import { largeConf } from "./large-conf.ts";

/** Milliseconds that `act` takes. */
function timeOf(act: () => unknown): number {
  const start = performance.now();
  act();
  return performance.now() - start;
}

describe("a conf of 10,000 groups and 100,000 volumes", () => {
  const text = largeConf(10_000, false);

  test("has all its volumes", () => {
    const confMap = parseConf(text);
    const groups = confMap.strings("FSGlobals", "VolumeGroupList");
    expect(groups).toHaveLength(10_000);
    expect(new Set(groups.flatMap((group) => confMap.strings(`VolumeGroup:${group}`, "VolumeList"))).size).toBe(
      100_000,
    );
  });
});

/** One `ini.parse` of a large conf takes a tenth of a second on a quiet machine. */
const SECOND = 10 * timeOf(() => ini.parse(largeConf(10_000, false)));

describe("a hostile text of a megabyte is read or refused within a second", { retry: 2 }, () => {
  const MEGA = 1_000_000;
  const texts: Readonly<Record<string, string>> = {
    "one long value": `[S]\na = ${"x".repeat(MEGA)}\n`,
    "one long list": `[S]\na = ${"x,".repeat(MEGA / 2)}x\n`,
    "one long list of escapes": `[S]\na = ${"\\u0020".repeat(MEGA / 6)}\n`,
    "commas only": `[S]\na = ${",".repeat(MEGA)}\n`,
    "blanks and commas": `[S]\na = x ${" ,".repeat(MEGA / 2)}\n`,
    "blanks in the end": `[S]\na = x${" ".repeat(MEGA)}\u0001\n`,
    "blanks only": " ".repeat(MEGA),
    "colons only": `[S]\n${":".repeat(MEGA)}\n`,
    "colons and dollars": `[S]\n${"a:".repeat(MEGA / 2)}$=\n`,
    "colons and dollars, line by line": `[S]\n${":a$=b\n".repeat(MEGA / 6)}`,
    "brackets only": "[".repeat(MEGA),
    "a long header": `[${"x".repeat(MEGA)}]\n`,
    "headers only": "[S]\n".repeat(MEGA),
    "different headers": Array.from({ length: MEGA / 10 }, (_, at) => `[S${at}]\na=1\n`).join(""),
    "one section opened again and again": "[S]\na=1\n".repeat(MEGA / 8),
    "two sections in turn": "[S]\na=1\n[T]\nb=1\n".repeat(MEGA / 16),
    "different options": `[S]\n${Array.from({ length: MEGA / 10 }, (_, at) => `a${at}=1\n`).join("")}`,
    "the same option": `[S]\n${"a=1\n".repeat(MEGA / 4)}`,
    "line ends only": "\n".repeat(MEGA),
    "returns only": "\r".repeat(MEGA),
    "comments only": "#\n".repeat(MEGA / 2),
    "includes only": ".include a\n".repeat(MEGA / 11),
    "a long include": `.include ${"../".repeat(MEGA / 3)}a\n`,
    "nulls only": "\u0000".repeat(MEGA),
    "a wrong line in the end": `${"[S]\na=1\n".repeat(MEGA / 8)}!\n`,
    "characters of two bytes": `# ${"é".repeat(MEGA)}\n[S]\na = 1\n`,
    "lone surrogates": `# ${"\ud800".repeat(MEGA)}\n`,
  };

  test.each(Object.keys(texts))("%s", (name) => {
    const text = texts[name] ?? "";
    const start = performance.now();
    const confMap = readAll(text);
    expect(performance.now() - start).toBeLessThan(SECOND);
    if (confMap === undefined) return;
    const changed = confMap.with("S.a=1", "T.c=2");
    expect(parseConf(changed.dump()).equals(changed)).toBe(true);
  });

  test("an override", () => {
    const start = performance.now();
    const confMap = ConfMap.from({});
    for (const part of ["a", ".", ":", "$", " ", ",", "a.", "a:", "=", ", "]) {
      for (const override of [
        part.repeat(MEGA / 10),
        `S.a=${part.repeat(MEGA / 10)}`,
        `${part.repeat(MEGA / 10)}.a=1`,
      ]) {
        try {
          confMap.with(override);
        } catch (error) {
          if (!(error instanceof TransitionError)) throw error;
        }
      }
    }
    expect(performance.now() - start).toBeLessThan(SECOND);
  });

  test("a number, a duration and base64", () => {
    const start = performance.now();
    for (const value of [
      "9".repeat(MEGA),
      "0".repeat(MEGA),
      `0.${"3".repeat(MEGA)}`,
      `0x${"f".repeat(MEGA)}p1`,
      "1s".repeat(MEGA / 4),
    ]) {
      const confMap = ConfMap.from({ A: { b: [value] } });
      for (const read of ["uint64", "float32", "float64", "duration", "base64", "uuid", "bool"] as const) {
        try {
          confMap[read]("A", "b");
        } catch (error) {
          if (!(error instanceof TransitionError)) throw error;
          expect(error.message.length).toBeLessThan(1000);
        }
      }
    }
    expect(performance.now() - start).toBeLessThan(SECOND);
  });
});

/** Reads a text and everything in it; undefined when it was refused as it should be. */
function readAll(text: string): ConfMap | undefined {
  try {
    const confMap = parseConf(text, { files: { a: "" } });
    for (const section of confMap.sections()) {
      for (const option of confMap.options(section)) confMap.strings(section, option);
    }
    confMap.origin("S", "a");
    return confMap;
  } catch (error) {
    if (!(error instanceof TransitionError)) throw error;
    expect(error.line).toBeGreaterThan(0);
    expect(error.message.length).toBeLessThan(1000);
    return undefined;
  }
}
