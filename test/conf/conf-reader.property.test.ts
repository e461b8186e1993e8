/**
 * Laws of the conf reader, on random texts: it agrees with the plain statement of the dialect, refuses everything else with a
 * line, and what it has read can be written and read again.
 */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ConfMap } from "../../src/conf/conf-map.ts";
import { scanningConf } from "../../src/conf/conf-scan.ts";
import { parseConf } from "../../src/conf/conf-text.ts";
import { settingText } from "../../src/conf/setting-text.ts";
import { TransitionError } from "../../src/error.ts";
import { atOnce } from "../../src/stretches.ts";
import { readReference } from "../reference/read-reference.ts";
import { runs } from "../runs.ts";
import { anyLine, anyOverride, anyText, anyValues, goodText, writableValues } from "./conf-arbitrary.ts";
import { type NaiveConf, naiveOverride, naiveRead } from "./naive-reader.ts";

/** The outcome of `act`: what it gives, or its TransitionError. Anything else that it throws fails the test. */
function outcome<Result>(act: () => Result): Result | TransitionError {
  try {
    return act();
  } catch (error) {
    if (error instanceof TransitionError) return error;
    throw error;
  }
}

function entriesOf(confMap: ConfMap): unknown {
  return confMap
    .sections()
    .map((section) => [section, confMap.options(section).map((option) => [option, confMap.strings(section, option)])]);
}

function entriesOfNaive(conf: NaiveConf): unknown {
  return [...conf].map(([section, options]) => [section, [...options]]);
}

function expectRefusal(refusal: ConfMap | TransitionError): void {
  if (!(refusal instanceof TransitionError)) throw new Error("was not refused");
  expect(refusal.code).toMatch(/^CONF_/);
  expect(refusal.file).toBeTruthy();
  expect(refusal.line).toBeGreaterThan(0);
}

describe("the reader", () => {
  test.each([
    ["well-formed texts", goodText, 5_000],
    ["texts with odd lines", anyText, 20_000],
    ["single odd lines", anyLine.map((line) => `[S]\n${line}\n`), 20_000],
  ] as const)("agrees with the plain statement of the dialect on %s", (_what, arbitrary, numRuns) => {
    fc.assert(
      fc.property(arbitrary, anyText, goodText, (text, a, b) => {
        const files = { "main.conf": text, "a.conf": a, "d/b.conf": b };
        const naive = naiveRead("main.conf", files);
        const ours = outcome(() => parseConf(text, { file: "main.conf", files }));
        if (naive === undefined) return expectRefusal(ours);
        if (ours instanceof TransitionError) throw ours;
        expect(entriesOf(ours)).toEqual(entriesOfNaive(naive));
      }),
      { numRuns: runs(numRuns) },
    );
  });

  test("agrees with it on overrides", () => {
    fc.assert(
      fc.property(goodText, fc.array(anyOverride, { minLength: 1, maxLength: 3 }), (text, overrides) => {
        const naive = naiveRead("main.conf", { "main.conf": text });
        fc.pre(naive !== undefined);
        const accepted = overrides.every((override) => naiveOverride(naive, override));
        const ours = outcome(() => parseConf(text).with(...overrides));
        if (!accepted) return expectRefusal(ours);
        if (ours instanceof TransitionError) throw ours;
        expect(entriesOf(ours)).toEqual(entriesOfNaive(naive));
      }),
      { numRuns: runs(20_000) },
    );
  });

  test("gives a ConfMap or a refusal with a line for any bytes", () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc
        .array(fc.constantFrom(...Buffer.from("[S]ab=:,.$\\u0020#;\n\r\t \xc3\xa9\xff", "latin1")), { maxLength: 60 })
        .map((codes) => Uint8Array.from(codes)),
    );
    fc.assert(
      fc.property(bytes, (content) => {
        const scan = outcome(() => atOnce(scanningConf(settingText("random", content))));
        if (scan instanceof TransitionError) expect(scan).toMatchObject({ file: "random", line: expect.any(Number) });
      }),
      { numRuns: runs(20_000) },
    );
  });

  test("gives a ConfMap or a refusal with a line for a real conf with a few characters changed", () => {
    const texts = readReference<{ files: Record<string, string> }>("conf-corpus").flatMap(({ files }) =>
      Object.values(files),
    );
    const change = fc.tuple(fc.nat(10_000), fc.nat(3), anyLine);
    fc.assert(
      fc.property(fc.constantFrom(...texts), fc.array(change, { minLength: 1, maxLength: 3 }), (text, changes) => {
        const mutated = changes.reduce((now, [at, length, put]) => {
          const place = now.length === 0 ? 0 : at % now.length;
          return now.slice(0, place) + put + now.slice(place + length);
        }, text);
        const naive = naiveRead("main.conf", { "main.conf": mutated });
        const ours = outcome(() => parseConf(mutated, { file: "main.conf" }));
        if (naive === undefined) return expectRefusal(ours);
        if (ours instanceof TransitionError) throw ours;
        expect(entriesOf(ours)).toEqual(entriesOfNaive(naive));
      }),
      { numRuns: runs(20_000) },
    );
  });
});

describe("a dump", () => {
  test("reads back as an equal ConfMap for whatever was read", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const confMap = outcome(() =>
          parseConf(text, { file: "a", files: { "a.conf": "[T]\na = 1\n", "d/b.conf": "" } }),
        );
        if (confMap instanceof TransitionError) return;
        const dumped = parseConf(confMap.dump());
        expect(dumped.equals(confMap)).toBe(true);
        expect(dumped.dump()).toBe(confMap.dump());
      }),
      { numRuns: runs(10_000) },
    );
  });

  test("can be made of all values that the dialect can write, and reads back", () => {
    fc.assert(
      fc.property(writableValues, (values) => {
        const confMap = ConfMap.from(values);
        expect(parseConf(confMap.dump()).equals(confMap)).toBe(true);
      }),
      { numRuns: runs(5_000) },
    );
  });

  test("of anything else reads back or is refused, with the section", () => {
    fc.assert(
      fc.property(anyValues, (values) => {
        const confMap = ConfMap.from(values);
        const dump = outcome(() => confMap.dump());
        if (dump instanceof TransitionError) {
          expect(dump.code).toBe("CONF_UNREPRESENTABLE");
          expect(confMap.has(dump.section ?? "missing")).toBe(true);
        } else {
          expect(parseConf(dump).equals(confMap)).toBe(true);
        }
      }),
      { numRuns: runs(20_000) },
    );
  });
});
