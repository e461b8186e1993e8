/**
 * Durations in Go's notation, such as `1h15m30.5s` or `10ms`: the form in which the confs of the original state every
 * time-out and interval.
 *
 * The arithmetic is Go's, too: whole parts exactly, fractions through a 64-bit float, nothing beyond 2^63 nanoseconds.
 */

const NANOSECONDS: ReadonlyMap<string, bigint> = new Map([
  ["ns", 1n],
  ["us", 1_000n],
  ["\u00b5s", 1_000n],
  ["\u03bcs", 1_000n],
  ["ms", 1_000_000n],
  ["s", 1_000_000_000n],
  ["m", 60_000_000_000n],
  ["h", 3_600_000_000_000n],
]);

const LIMIT = 1n << 63n;
const PART = /([0-9]*)(?:\.([0-9]*))?([^0-9.]+)/y;

/** Nanoseconds; undefined for what is no duration or a negative one. */
export function parseDuration(text: string): bigint | undefined {
  const negative = text.startsWith("-");
  const unsigned = /^[+-]/.test(text) ? text.slice(1) : text;
  if (unsigned === "0") return 0n;
  let total = 0n;
  let at = 0;
  PART.lastIndex = 0;
  for (let part = PART.exec(unsigned); part !== null; part = PART.exec(unsigned)) {
    const [whole, digits = "", fraction = "", name = ""] = part;
    at += whole.length;
    const unit = NANOSECONDS.get(name);
    if (unit === undefined || (digits === "" && fraction === "")) return undefined;
    const significant = digits.replace(/^0+/, "");
    if (significant.length > 19) return undefined;
    total += BigInt(significant) * unit + fractionOf(fraction, Number(unit));
    if (total > LIMIT) return undefined;
    if (at === unsigned.length) break;
    PART.lastIndex = at;
  }
  if (at < unsigned.length || unsigned === "" || total === LIMIT) return undefined;
  return negative && total > 0n ? undefined : total;
}

/** A fraction of a unit, cut to whole nanoseconds as Go cuts it: digits beyond the 63 bits of an integer do not count. */
function fractionOf(digits: string, unit: number): bigint {
  let value = 0n;
  let scale = 1;
  for (const digit of digits) {
    const next = value * 10n + BigInt(digit);
    if (value > (LIMIT - 1n) / 10n || next > LIMIT) break;
    value = next;
    scale *= 10;
  }
  return value > 0n ? BigInt(Math.trunc(Number(value) * (unit / scale))) : 0n;
}
