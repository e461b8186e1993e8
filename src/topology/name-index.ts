/**
 * NameIndex: positions by name, for a hundred thousand names that are looked up rarely and checked for duplicates always.
 *
 * A Map of so many strings costs a third of a whole transition, and most of that are the strings. This is an open-addressed
 * table of positions in a roll of names, over a hash of its own: it asks for two names only where their hashes are the same.
 * Names come from a file that anybody may have written, so where they collide more than chance allows, a Map takes over: a
 * crafted file is slower by a constant, and never quadratic.
 */

import { hashOfName } from "../conf/name-roll.ts";
import type { Stretches } from "../stretches.ts";

/** Names by position. */
export interface Names {
  readonly length: number;
  nameAt(position: number): string;
  /** The `hashOfName` of it. */
  hashAt(position: number): number;
}

/** What may be asked of an index. */
export interface NameLookup {
  readonly size: number;
  has(name: string): boolean;
  get(name: string): number | undefined;
}

/** Slots per name, at least: a table that is half empty is seldom searched far. */
const SLOTS_PER_NAME = 2;
/** Slots passed in vain, per name and for a start, above which it is no chance any more. */
const VAIN_PER_NAME = 8;
const VAIN_AT_FIRST = 1_000;

const NAMES_PER_STRETCH = 16_384;

/** The position of each name of a roll: of the first of its name. */
export class NameIndex implements NameLookup {
  readonly #names: Names;
  /** Position of a name, plus one; 0: free. */
  readonly #slots: Int32Array;
  #vain = 0;
  #size = 0;
  /** Once the names collide too much. */
  #map: Map<string, number> | undefined;

  private constructor(names: Names) {
    this.#names = names;
    let slots = 64;
    while (slots < names.length * SLOTS_PER_NAME) slots *= 2;
    this.#slots = new Int32Array(slots);
  }

  /** @param again told of each name that stands in the roll already: its position, and that of the first */
  static *making(names: Names, again: (position: number, first: number) => void = () => {}): Stretches<NameIndex> {
    const index = new NameIndex(names);
    for (let from = 0; from < names.length; from += NAMES_PER_STRETCH) {
      index.#addAll(from, Math.min(names.length, from + NAMES_PER_STRETCH), again);
      yield;
    }
    return index;
  }

  #addAll(from: number, to: number, again: (position: number, first: number) => void): void {
    for (let position = from; position < to; position++) {
      const first = this.#add(position);
      if (first === undefined) this.#size++;
      else again(position, first);
    }
  }

  get size(): number {
    return this.#size;
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  get(name: string): number | undefined {
    if (this.#map !== undefined) return this.#map.get(name);
    const names = this.#names;
    const hash = hashOfName(name);
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const position = (this.#slots[slot] as number) - 1;
      if (position < 0) return undefined;
      if (names.hashAt(position) === hash && names.nameAt(position) === name) return position;
    }
  }

  /** Gives the first position of the same name, if there was one. */
  #add(position: number): number | undefined {
    if (this.#map !== undefined) return addToMap(this.#map, this.#names.nameAt(position), position);
    const names = this.#names;
    const slots = this.#slots;
    const mask = slots.length - 1;
    const hash = names.hashAt(position);
    let slot = hash & mask;
    for (let there = slots[slot] as number; there !== 0; there = slots[slot] as number) {
      if (names.hashAt(there - 1) === hash && names.nameAt(there - 1) === names.nameAt(position)) return there - 1;
      this.#vain++;
      slot = (slot + 1) & mask;
    }
    slots[slot] = position + 1;
    if (this.#vain > VAIN_AT_FIRST + VAIN_PER_NAME * position) this.#turnIntoMap();
    return undefined;
  }

  #turnIntoMap(): void {
    this.#map = new Map();
    for (const there of this.#slots.filter((slot) => slot !== 0).sort()) {
      this.#map.set(this.#names.nameAt(there - 1), there - 1);
    }
  }
}

function addToMap(map: Map<string, number>, name: string, position: number): number | undefined {
  const there = map.get(name);
  if (there === undefined) map.set(name, position);
  return there;
}
