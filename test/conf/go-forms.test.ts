/**
 * Numbers, durations, UUIDs and base64 as Go reads them: what the original's cases leave open, and the laws behind them.
 */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseBase64, parseUuid } from "../../src/conf/byte-form.ts";
import { ConfMap } from "../../src/conf/conf-map.ts";
import { parseDuration } from "../../src/conf/go-duration.ts";
import { parseFloat32, parseFloat64, parseUnsigned } from "../../src/conf/go-number.ts";
import { runs } from "../runs.ts";
import { refusalOf } from "./refusal-of.ts";

const RUNS = { numRuns: runs(10_000) };

describe("unsigned integers", () => {
  test.each(["", "-1", "+1", "1_0", "0x1", "1.0", " 1", "1 ", "\u0661", "1e2", "256", "00256", "9".repeat(1000)])(
    "refuse %j",
    (text) => {
      expect(parseUnsigned(text, 255n)).toBeUndefined();
    },
  );

  test("read every number up to the largest, leading zeros or not", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), fc.nat(5), (value, zeros) => {
        expect(parseUnsigned("0".repeat(zeros) + value, (1n << 64n) - 1n)).toBe(value);
        expect(parseUnsigned(String(value), value)).toBe(value);
        if (value > 0n) expect(parseUnsigned(String(value), value - 1n)).toBeUndefined();
      }),
      RUNS,
    );
  });
});

describe("floats", () => {
  test("read back what JavaScript writes", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), (value) => {
        expect(parseFloat64(String(value))).toBe(value + 0);
      }),
      RUNS,
    );
    fc.assert(
      fc.property(fc.float({ noNaN: true }), (value) => {
        expect(parseFloat32(String(value))).toBe(value + 0);
      }),
      RUNS,
    );
  });

  test("are the nearest ones: as Number and Math.fround say wherever those round once", () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }),
        fc.integer({ min: -60, max: 8 }),
        (digits, exponent) => {
          const text = `${digits}e${exponent}`;
          const value = Number(text);
          expect(parseFloat64(text)).toBe(value);
          const single = Math.fround(value);
          const read = parseFloat32(text) ?? Number.NaN;
          // Rounding twice may go wrong by one unit in the last place, and only from a tie.
          if (!Object.is(read, single))
            expect(Math.abs(read - single)).toBeLessThanOrEqual(Math.abs(single) * 2 ** -23);
        },
      ),
      RUNS,
    );
  });

  test.each([
    // The 64-bit float next to this is a tie between two 32-bit ones; the text is not.
    ["1.00000005960464477540", 1.0000001192092896],
    ["1.00000005960464477538", 1],
    ["1.000000059604644775390625", 1],
    ["3.4028235677973367e38", undefined],
    ["3.40282356779733661637e38", 3.4028234663852886e38],
    ["7.0064923216240853e-46", 0],
    ["7.0064923216240862e-46", 1.401298464324817e-45],
    ["1e39", undefined],
    ["-1e39", undefined],
    ["0x1.fffffep127", 3.4028234663852886e38],
    ["0x1.ffffffp127", undefined],
    ["-0", -0],
  ])("of 32 bits: %s is %d", (text, value) => {
    expect(parseFloat32(text)).toBe(value);
  });

  test.each([
    ["0x1p-1074", 5e-324],
    ["0x.8p-1074", 0],
    ["0x.81p-1074", 5e-324],
    ["0x1.fffffffffffff8p1023", undefined],
    ["0x1.fffffffffffff7p1023", Number.MAX_VALUE],
    ["0X_ap+1", 20],
    ["0x1p99999999999999999999", undefined],
    ["0x0p99999999999999999999", 0],
    ["0x1p-99999999999999999999", 0],
    [`0x1${"0".repeat(1000)}p-4000`, 1],
    [`0x1.00000000000008${"0".repeat(100)}1p0`, 1.0000000000000002],
    ["1e400", undefined],
    ["0e400", 0],
    [`0.${"0".repeat(500)}1e501`, 1],
    ["+.5", 0.5],
    ["1_2.3_4e1_0", 12.34e10],
    ["infinity", Infinity],
    ["-INF", -Infinity],
    ["nan", Number.NaN],
  ])("of 64 bits: %s is %d", (text, value) => {
    expect(parseFloat64(text)).toBe(value);
  });

  test.each([
    "",
    ".",
    "e1",
    "1e",
    "1e+",
    "+-1",
    "0x1",
    "0xp1",
    "1_",
    "_1",
    "1__0",
    "1_.5",
    "1._5",
    "1e_5",
    "0x1_p4",
    "0x1p_4",
    "+nan",
    "infi",
    "1 ",
    "1,5",
    "0b1p1",
    "Infinity1",
  ])("refuse %j", (text) => {
    expect(parseFloat64(text)).toBeUndefined();
    expect(parseFloat32(text)).toBeUndefined();
  });

  test("scaled are rounded half up and refused when negative, infinite or too large", async () => {
    const scaled = (text: string, multiplier: number): number =>
      ConfMap.from({ A: { b: [text] } }).floatScaledToUint32("A", "b", multiplier);
    expect(scaled("1.4999", 1)).toBe(1);
    expect(scaled("2.5", 1)).toBe(3);
    expect(scaled("-0", 7)).toBe(0);
    for (const text of ["-1", "-0.1", "inf", "nan", "4294967295"]) {
      expect((await refusalOf(() => scaled(text, 1))).code).toBe("OPTION_VALUE");
    }
  });
});

describe("durations", () => {
  test.each([
    ["0", 0n],
    ["-0", 0n],
    ["-0s", 0n],
    ["+1s", 1_000_000_000n],
    [".5s", 500_000_000n],
    ["1.s", 1_000_000_000n],
    ["1h15m30.5s", 4_530_500_000_000n],
    ["1\u00b5s1\u03bcs1us", 3_000n],
    ["0.3333333333333333333h", 1_200_000_000_000n],
    ["9223372036854775807ns", 9223372036854775807n],
    ["2562047h47m16.854775807s", 9223372036854775807n],
    ["0.100000000000000000000h", 360_000_000_000n],
    ["0.830103483285477580700h", 2_988_372_539_827n],
    [`0.${"0".repeat(100)}1h`, 0n],
  ])("%s is %d ns", (text, nanoseconds) => {
    expect(parseDuration(text)).toBe(nanoseconds);
  });

  test.each([
    "",
    "-",
    "+",
    "1",
    "s",
    ".s",
    "-.s",
    "1d",
    "1S",
    "1 s",
    "1s ",
    "-1s",
    "1.2.3s",
    "--1s",
    "9223372036854775808ns",
    "9223372036854775.808us",
    "2562047h47m16.854775808s",
    "1e3s",
  ])("refuse %j", (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  test("come in milliseconds, with fractions", () => {
    expect(ConfMap.from({ A: { b: ["1m30.25s5us"] } }).duration("A", "b")).toBe(90_250.005);
  });
});

describe("bytes", () => {
  test("in base64 are those that went in", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const text = Buffer.from(bytes).toString("base64");
        expect(parseBase64(text)).toEqual(bytes);
        expect(parseBase64(text.replace(/(.{3})/g, "$1\r\n"))).toEqual(bytes);
      }),
      RUNS,
    );
  });

  test.each(["A", "AA", "AAA", "A===", "====", "=AAA", "AA=A", "AAA=AAAA", "AA AA", "AA-_", "AAA=="])(
    "in base64 refuse %j",
    (text) => {
      expect(parseBase64(text)).toBeUndefined();
    },
  );

  test("of a UUID are 32 digits in five groups", () => {
    expect(parseUuid("DFb5093e-C193-e271-0B50-3DFd0bF92674")).toBe("dfb5093e-c193-e271-0b50-3dfd0bf92674");
    expect(parseUuid("dfb5093ec193e2710b503dfd0bf92674")).toBeUndefined();
    expect(parseUuid("dfb5093e-c193-e271-0b50-3dfd0bf92674\n")).toBeUndefined();
  });
});
