/**
 * Single calls of the original's ConfMap methods. Fetch… is an accessor here; Verify…, Set…, Update… and MakeConfMapFromStrings
 * have no methods of their own and are said with `has`, `strings`, `with`, `merge` and `from`.
 */

import { describe, expect, test } from "vitest";
import { ConfMap, type ConfValues, type SectionValues } from "../../src/conf/conf-map.ts";
import { readReference } from "../reference/read-reference.ts";
import { refusalOf } from "./refusal-of.ts";

interface AccessorCase {
  readonly id: string;
  readonly confMap: ConfValues;
  readonly call: string;
  readonly args: readonly unknown[];
  readonly ok: boolean;
  readonly value: unknown;
  readonly valueBase64?: string | readonly string[];
  readonly confMapAfter?: ConfValues;
}

/** What a call gives, in the reference's form. */
type Fetch = (confMap: ConfMap, section: string, option: string, multiplier: unknown) => unknown;

const FETCHES: Readonly<Record<string, Fetch>> = {
  FetchOptionValueString: (confMap, section, option) => confMap.string(section, option),
  FetchOptionValueStringSlice: (confMap, section, option) => confMap.strings(section, option),
  FetchOptionValueBool: (confMap, section, option) => confMap.bool(section, option),
  FetchOptionValueUint8: (confMap, section, option) => confMap.uint8(section, option),
  FetchOptionValueUint16: (confMap, section, option) => confMap.uint16(section, option),
  FetchOptionValueUint32: (confMap, section, option) => confMap.uint32(section, option),
  FetchOptionValueUint64: (confMap, section, option) => confMap.uint64(section, option).toString(),
  FetchOptionValueFloat32: (confMap, section, option) => floatText(confMap.float32(section, option)),
  FetchOptionValueFloat64: (confMap, section, option) => floatText(confMap.float64(section, option)),
  FetchOptionValueFloatScaledToUint32: (confMap, section, option, multiplier) =>
    confMap.floatScaledToUint32(section, option, Number(multiplier)),
  FetchOptionValueFloatScaledToUint64: (confMap, section, option, multiplier) =>
    confMap.floatScaledToUint64(section, option, BigInt(String(multiplier))).toString(),
  FetchOptionValueDuration: (confMap, section, option) => confMap.duration(section, option),
  FetchOptionValueUUID: (confMap, section, option) => confMap.uuid(section, option).replaceAll("-", ""),
  FetchOptionValueBase64String: (confMap, section, option) => base64(confMap.base64(section, option)),
  FetchOptionValueBase64StringSlice: (confMap, section, option) => confMap.base64s(section, option).map(base64),
};

/** The calls that check or change a ConfMap: the ConfMap afterwards, or a refusal. */
const CHANGES: Readonly<Record<string, (confMap: ConfMap, args: readonly unknown[]) => ConfMap>> = {
  UpdateFromString: (confMap, [override]) => confMap.with(String(override)),
  UpdateFromStrings: (confMap, [overrides]) => confMap.with(...(overrides as string[])),
  MakeConfMapFromStrings: (_confMap, [overrides]) => ConfMap.from({}).with(...(overrides as string[])),
  SetOptionIfMissing: (confMap, [section, option, values]) =>
    ConfMap.from({ [String(section)]: { [String(option)]: values as string[] } }).merge(confMap),
  SetSectionIfMissing: (confMap, [section, options]) =>
    confMap.has(String(section))
      ? confMap
      : confMap.merge(ConfMap.from({ [String(section)]: options as SectionValues })),
};

/** The calls that say yes or no. */
const VERIFICATIONS: Readonly<Record<string, (confMap: ConfMap, section: string, option: string) => boolean>> = {
  VerifyOptionIsMissing: (confMap, section, option) => confMap.has(section) && !confMap.has(section, option),
  VerifyOptionValueIsEmpty: (confMap, section, option) =>
    confMap.has(section, option) && confMap.strings(section, option).length === 0,
};

/** Updates of the original that made an empty value of the blanks around a comma. */
const DEVIATIONS: Readonly<Record<string, ConfValues>> = {
  "acc-dev-0046": { A: { b: ["1", "2"] } },
  "acc-dev-0153": {
    q: { o: ["3", "8utjelhm"] },
    hs: { cps3: ["hrh0hg2z", "0fh66c"] },
    a: { zo: ["31og3r3"] },
    A: { b: ["1", "2", "3", "4"] },
  },
};

describe("the accessors of the original", () => {
  const cases = readReference<AccessorCase>("accessors");

  test("are all there", () => {
    expect(cases).toHaveLength(190);
  });

  test.each(cases.map((entry) => [entry.id, entry.call, entry] as const))("%s: %s", async (id, call, entry) => {
    const confMap = ConfMap.from(entry.confMap);
    const [section, option, multiplier] = entry.args;
    const fetch = FETCHES[call];
    const verify = VERIFICATIONS[call];
    const change = CHANGES[call];
    if (fetch !== undefined) {
      const act = (): unknown => fetch(confMap, String(section), String(option), multiplier);
      if (entry.ok) expect(act()).toEqual(expectedValue(entry));
      else expect((await refusalOf(act)).code).toMatch(/^(?:SECTION|OPTION)_/);
    } else if (verify !== undefined) {
      expect(verify(confMap, String(section), String(option))).toBe(entry.ok);
    } else if (change !== undefined && entry.ok) {
      expect(change(confMap, entry.args).toJSON()).toEqual(DEVIATIONS[id] ?? entry.confMapAfter);
    } else if (change !== undefined) {
      expect((await refusalOf(() => change(confMap, entry.args))).code).toBe("CONF_OVERRIDE");
      expect(confMap.toJSON()).toEqual(entry.confMap);
    } else {
      expect.fail(`no counterpart of ${call}`);
    }
  });
});

function expectedValue({ call, value, valueBase64 }: AccessorCase): unknown {
  if (call.includes("Base64")) return valueBase64;
  return call.endsWith("Duration") ? Number(value) / 1e6 : value;
}

function floatText(value: number): unknown {
  if (Number.isNaN(value)) return "NaN";
  return Number.isFinite(value) ? value : value > 0 ? "+Inf" : "-Inf";
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}
