/**
 * NameRoll: names by position, as places in the text that lists them, and the hash of each.
 *
 * A conf has a hundred thousand names, all of which have to be told apart at a start, and few of which are asked for at a
 * reload. A string for each is what costs most of that, so strings are made when somebody asks, and kept.
 */

import { isSeparator, unescapeValue } from "./dialect.ts";

/** A text with one code unit for each of its bytes. */
interface ListText {
  readonly text: string;
  readonly bytes: Uint8Array;
}

/** Numbers per name in the table: where it begins in its text, where it ends, and its hash. */
const ROW = 3;
const BACKSLASH = 0x5c;
/** The highest of the separators, below nearly everything that stands in a name: most bytes are asked no more than this. */
const COMMA = 0x2c;

export class NameRoll {
  #rows: Int32Array;
  #size = 0;
  /** Made so far; all of those that are not written in a text as they are. */
  readonly #names: (string | undefined)[];
  /** Texts that names stand in, and the position of the first of each. */
  readonly #texts: string[] = [];
  readonly #firsts: number[] = [];

  /** @param expected number of names, as far as it is known */
  constructor(expected = 64) {
    this.#rows = new Int32Array(Math.max(64, expected) * ROW);
    this.#names = new Array(Math.max(64, expected));
  }

  get length(): number {
    return this.#size;
  }

  nameAt(position: number): string {
    return this.#names[position] ?? this.#makeName(position);
  }

  /** Equal for equal names. */
  hashAt(position: number): number {
    return this.#rows[position * ROW + 2] as number;
  }

  add(name: string): void {
    this.#names[this.#size] = name;
    this.#push(0, 0, mixed(rawHashOf(name)));
  }

  /** Adds the values of a list that a reader has checked already. */
  addList({ text, bytes }: ListText, start: number, end: number): void {
    if (this.#texts[this.#texts.length - 1] !== text) {
      this.#texts.push(text);
      this.#firsts.push(this.#size);
    }
    let from = start;
    while (from < end) {
      let at = from;
      let hash = HASH_START;
      let escaped = false;
      for (; at < end; at++) {
        const byte = bytes[at] as number;
        if (byte <= COMMA && isSeparator(byte)) break;
        if (byte === BACKSLASH) escaped = true;
        hash = Math.imul(hash ^ byte, HASH_FACTOR);
      }
      if (escaped) this.add(unescapeValue(text.slice(from, at)));
      else this.#push(from, at, mixed(hash));
      while (at < end && isSeparator(bytes[at] as number)) at++;
      from = at;
    }
  }

  #push(from: number, to: number, hash: number): void {
    const row = this.#size++ * ROW;
    if (row + ROW > this.#rows.length) {
      const larger = new Int32Array(this.#rows.length * 2);
      larger.set(this.#rows);
      this.#rows = larger;
    }
    this.#rows[row] = from;
    this.#rows[row + 1] = to;
    this.#rows[row + 2] = hash;
  }

  /** Names by position, as far as they are made. */
  get made(): readonly (string | undefined)[] {
    return this.#names;
  }

  /** Makes the names from one position up to another: a start wants all of them. */
  make(from: number, to: number): void {
    const names = this.#names;
    const rows = this.#rows;
    let source = this.#texts.length - 1;
    while ((this.#firsts[source] as number) > from) source--;
    let text = this.#texts[source] as string;
    let end = this.#firsts[source + 1] ?? this.#size;
    for (let position = from; position < to; position++) {
      if (position === end) {
        text = this.#texts[++source] as string;
        end = this.#firsts[source + 1] ?? this.#size;
      }
      if (names[position] === undefined) names[position] = text.slice(rows[position * ROW], rows[position * ROW + 1]);
    }
  }

  #makeName(position: number): string {
    this.make(position, position + 1);
    return this.#names[position] as string;
  }
}

// FNV-1a, over code units: those of a value without escapes are the bytes of its text.
const HASH_START = 0x811c9dc5 | 0;
const HASH_FACTOR = 0x01000193;

/** 32 bits of a name, good enough for a table; anybody can make names that collide. */
export function hashOfName(name: string): number {
  return mixed(rawHashOf(name));
}

function rawHashOf(name: string): number {
  let hash = HASH_START;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), HASH_FACTOR);
  return hash;
}

/** The high bits go into the low ones, which choose a slot. */
function mixed(hash: number): number {
  return hash ^ (hash >>> 15);
}
