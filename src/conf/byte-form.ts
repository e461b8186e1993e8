/**
 * Bytes written as text: base64 with padding, and UUIDs.
 *
 * Written out here because neither `atob`, which accepts blanks and missing padding, nor Node's Buffer, which accepts
 * anything, refuses what the original refuses.
 */

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const SEXTETS = new Map([...ALPHABET].map((character, sextet) => [character.charCodeAt(0), sextet]));
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The bytes that a base64 text stands for; undefined for what is none. Line breaks inside it do not count. */
export function parseBase64(written: string): Uint8Array | undefined {
  const text = written.replace(/[\r\n]+/g, "");
  if (text.length % 4 !== 0) return undefined;
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  let bits = 0;
  let filled = 0;
  for (let at = 0; at < text.length - padding; at++) {
    const sextet = SEXTETS.get(text.charCodeAt(at));
    if (sextet === undefined) return undefined;
    bits = ((bits << 6) | sextet) & 0xffff;
    // Three of four characters complete a byte; the first of each four does not.
    if (at % 4 > 0) bytes[filled++] = bits >> (6 - 2 * (at % 4));
  }
  return bytes;
}

/** A UUID in lower case, with its dashes; undefined for what is none. */
export function parseUuid(text: string): string | undefined {
  return UUID.test(text) ? text.toLowerCase() : undefined;
}
