/**
 * NameIndex: numbers by name, for a hundred thousand names that are looked up rarely and checked for duplicates always.
 *
 * A Map of so many strings costs a third of a whole transition. This is an open-addressed table of positions over a hash of
 * its own. Names come from a file that anybody may have written, so where they collide more than chance allows, a Map takes
 * over: a crafted file is slower by a constant, and never quadratic.
 */

import { hashOfName } from "../conf/settings.ts";

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

export class NameIndex implements NameLookup {
  readonly #names: string[] = [];
  #hashes: Int32Array;
  #values: Int32Array;
  /** Position of a name, plus one; 0: free. */
  #slots: Int32Array;
  #vain = 0;
  /** Once the names collide too much. */
  #map: Map<string, number> | undefined;

  /** @param expected number of names, as far as it is known */
  constructor(expected = 0) {
    let slots = 64;
    while (slots < expected * SLOTS_PER_NAME) slots *= 2;
    this.#slots = new Int32Array(slots);
    this.#hashes = new Int32Array(slots / SLOTS_PER_NAME);
    this.#values = new Int32Array(slots / SLOTS_PER_NAME);
  }

  get size(): number {
    return this.#map?.size ?? this.#names.length;
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  get(name: string): number | undefined {
    if (this.#map !== undefined) return this.#map.get(name);
    const position = this.#slots[this.#slotOf(name, hashOfName(name))] as number;
    return position === 0 ? undefined : this.#values[position - 1];
  }

  /**
   * Adds a name that is not there yet; else changes nothing and gives the value that it has.
   *
   * @param hash its `hashOfName`, where that is known already
   */
  add(name: string, value: number, hash = hashOfName(name)): number | undefined {
    if (this.#map !== undefined) return addToMap(this.#map, name, value);
    const slot = this.#slotOf(name, hash);
    const position = this.#slots[slot] as number;
    if (position !== 0) return this.#values[position - 1];
    const size = this.#names.push(name);
    this.#values[size - 1] = value;
    this.#hashes[size - 1] = hash;
    this.#slots[slot] = size;
    if (this.#vain > VAIN_AT_FIRST + VAIN_PER_NAME * size) this.#turnIntoMap();
    else if (size === this.#hashes.length) this.#grow();
    return undefined;
  }

  /** The slot that has the name, or the free one where it belongs. */
  #slotOf(name: string, hash: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = hash & mask;
    for (let position = slots[slot] as number; position !== 0; position = slots[slot] as number) {
      if (this.#hashes[position - 1] === hash && this.#names[position - 1] === name) return slot;
      this.#vain++;
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  #grow(): void {
    const slots = new Int32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (let i = 0; i < this.#names.length; i++) {
      let slot = (this.#hashes[i] as number) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = i + 1;
    }
    this.#slots = slots;
    this.#hashes = enlarged(this.#hashes);
    this.#values = enlarged(this.#values);
  }

  #turnIntoMap(): void {
    this.#map = new Map(this.#names.map((name, i) => [name, this.#values[i] as number]));
    this.#names.length = 0;
    this.#hashes = this.#values = this.#slots = new Int32Array(0);
  }
}

function enlarged(numbers: Int32Array): Int32Array {
  const larger = new Int32Array(numbers.length * 2);
  larger.set(numbers);
  return larger;
}

function addToMap(map: Map<string, number>, name: string, value: number): number | undefined {
  const there = map.get(name);
  if (there === undefined) map.set(name, value);
  return there;
}
