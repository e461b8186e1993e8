/**
 * The forms that an option's value can be asked for in: how each is read, and what it is called when a value is not of it.
 */

import { parseBase64, parseUuid } from "./byte-form.ts";
import { parseDuration } from "./go-duration.ts";
import { parseFloat32, parseFloat64, parseUnsigned } from "./go-number.ts";

/** A form of values. */
export interface OptionForm<Value> {
  /** Undefined for a text that is not of the form. */
  readonly parse: (text: string) => Value | undefined;
  /** What is expected, for the message. */
  readonly expected: string;
}

export const BOOL: OptionForm<boolean> = { parse: parseBool, expected: "one of yes, on, true, no, off, false" };
export const UINT_8: OptionForm<bigint> = unsigned(8n);
export const UINT_16: OptionForm<bigint> = unsigned(16n);
export const UINT_32: OptionForm<bigint> = unsigned(32n);
export const UINT_64: OptionForm<bigint> = unsigned(64n);
export const FLOAT_32: OptionForm<number> = { parse: parseFloat32, expected: "a number that fits a 32-bit float" };
export const FLOAT_64: OptionForm<number> = { parse: parseFloat64, expected: "a number that fits a 64-bit float" };
/** In nanoseconds. */
export const DURATION: OptionForm<bigint> = { parse: parseDuration, expected: "a duration such as 1h15m30.5s or 10ms" };
export const UUID: OptionForm<string> = {
  parse: parseUuid,
  expected: "a UUID of 32 hexadecimal digits and four dashes",
};
export const BASE_64: OptionForm<Uint8Array> = { parse: parseBase64, expected: "base64 with padding" };

function unsigned(bits: bigint): OptionForm<bigint> {
  const largest = (1n << bits) - 1n;
  return { parse: (text) => parseUnsigned(text, largest), expected: `an integer from 0 to ${largest}` };
}

function parseBool(text: string): boolean | undefined {
  if (/^(?:yes|on|true)$/i.test(text)) return true;
  return /^(?:no|off|false)$/i.test(text) ? false : undefined;
}
