/**
 * Numbers as Go writes them, because that is how they stand in the confs of the original: with underscores between digits,
 * with hexadecimal floats, and refused, rather than rounded to infinity, when they do not fit.
 *
 * Each function gives undefined for a text that is no such number; the caller knows where it stands and says so.
 */

/** The shape of a binary floating-point format. */
interface FloatFormat {
  /** Bits of the significand, with the leading one that is not stored. */
  readonly precision: number;
  /** Exponent of two of the smallest positive value. */
  readonly smallest: number;
  /** Exponent of two of the first value that is too large. */
  readonly beyond: number;
}

const FLOAT_32: FloatFormat = { precision: 24, smallest: -149, beyond: 128 };
const FLOAT_64: FloatFormat = { precision: 53, smallest: -1074, beyond: 1024 };

const DECIMAL = /^([+-]?)([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]+))?$/;
const HEXADECIMAL = /^([+-]?)0[xX]([0-9a-fA-F]*)(?:\.([0-9a-fA-F]*))?[pP]([+-]?[0-9]+)$/;

/** A decimal integer from 0 to `largest`. */
export function parseUnsigned(text: string, largest: bigint): bigint | undefined {
  if (!/^[0-9]+$/.test(text)) return undefined;
  const digits = text.replace(/^0+(?=.)/, "");
  // Whatever is longer is too large; a BigInt of a million digits would only take time to say so.
  if (digits.length > largest.toString().length) return undefined;
  const value = BigInt(digits);
  return value <= largest ? value : undefined;
}

/** The nearest 64-bit float; undefined also where that is infinite but the text is not. */
export function parseFloat64(text: string): number | undefined {
  return parseFloatAs(text, FLOAT_64);
}

/** The nearest 32-bit float, rounded once, from the text itself. */
export function parseFloat32(text: string): number | undefined {
  return parseFloatAs(text, FLOAT_32);
}

function parseFloatAs(written: string, format: FloatFormat): number | undefined {
  if (/^nan$/i.test(written)) return Number.NaN;
  if (/^[+-]?inf(?:inity)?$/i.test(written)) return written.startsWith("-") ? -Infinity : Infinity;
  const text = withoutUnderscores(written);
  if (text === undefined) return undefined;
  const hexadecimal = HEXADECIMAL.exec(text);
  const parts = hexadecimal ?? DECIMAL.exec(text);
  if (parts === null) return undefined;
  const [, sign, whole = "", fraction = "", exponent = "0"] = parts;
  if (whole === "" && fraction === "") return undefined;
  const digits = (whole + fraction).replace(/^0+/, "");
  const magnitude =
    digits === ""
      ? 0
      : hexadecimal !== null
        ? fromHexadecimal(digits, Number(exponent) - 4 * fraction.length, format)
        : fromDecimal(digits, Number(exponent) - fraction.length, format);
  if (magnitude === Infinity) return undefined;
  return sign === "-" ? -magnitude : magnitude;
}

/** Underscores may only stand between two digits, or between the prefix 0x and a digit. */
function withoutUnderscores(text: string): string | undefined {
  if (!text.includes("_")) return text;
  const misplaced = /^[+-]?0x/i.test(text) ? /(?<![0-9a-fx])_|_(?![0-9a-f])/i : /(?<![0-9])_|_(?![0-9])/;
  return misplaced.test(text) ? undefined : text.replaceAll("_", "");
}

function fromHexadecimal(digits: string, exponent: number, format: FloatFormat): number {
  const kept = shortened(digits, 64);
  return nearest(BigInt(`0x${kept}`), exponent + 4 * (digits.length - kept.length), format);
}

function fromDecimal(digits: string, exponent: number, format: FloatFormat): number {
  const kept = shortened(digits, 800);
  const scale = exponent + digits.length - kept.length;
  // Far outside the range the exact power of ten would be a number of any length.
  if (scale + kept.length > 400) return Infinity;
  if (scale + kept.length < -400) return 0;
  const number = BigInt(kept);
  if (scale >= 0) return nearest(number * 10n ** BigInt(scale), 0, format);
  const divisor = 10n ** BigInt(-scale);
  const shift = Math.max(0, bitLength(divisor) - bitLength(number) + 64);
  const quotient = (number << BigInt(shift)) / divisor;
  const exact = quotient * divisor === number << BigInt(shift);
  return nearest(quotient * 2n + (exact ? 0n : 1n), -shift - 1, format);
}

/** At most `length` digits and one more, which is not zero when anything that was cut off was not. */
function shortened(digits: string, length: number): string {
  if (digits.length <= length) return digits;
  return digits.slice(0, length) + (/[^0]/.test(digits.slice(length)) ? "1" : "0");
}

/** `significand` times two to the `exponent`, rounded to the nearest value of the format, ties to even. */
function nearest(significand: bigint, exponent: number, format: FloatFormat): number {
  const bits = bitLength(significand);
  if (bits + exponent > format.beyond) return Infinity;
  const unit = Math.max(bits + exponent - format.precision, format.smallest);
  const shift = unit - exponent;
  if (shift > bits + 1) return 0;
  let rounded = significand;
  if (shift <= 0) {
    rounded <<= BigInt(-shift);
  } else {
    const half = 1n << BigInt(shift - 1);
    const rest = significand & (2n * half - 1n);
    rounded >>= BigInt(shift);
    if (rest > half || (rest === half && (rounded & 1n) === 1n)) rounded += 1n;
  }
  const value = Number(rounded) * 2 ** unit;
  return value >= 2 ** (format.beyond - 1) * 2 ? Infinity : value;
}

function bitLength(value: bigint): number {
  const hexadecimal = value.toString(16);
  return hexadecimal.length * 4 - Math.clz32(Number.parseInt(hexadecimal.slice(0, 1), 16)) + 28;
}
