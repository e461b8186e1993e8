/**
 * A host made of nothing but addresses, which outlive the processes that add them: with one that can be stopped at any
 * change, and one change that can fail. Every change is looked at by whoever watches.
 */
import type { Clock } from "../../src/effects/clock.ts";
import type { AddressRecord, AddressTable, PlacedAddress } from "../../src/participants/address-keeper.ts";
import { addressText } from "../../src/participants/ip-address.ts";

/** Time does not pass: no deadline ends what a crash has stopped. */
export const STANDING: Clock = { now: () => 0, wall: () => 0, setTimeout: () => 0, clearTimeout: () => {} };

/** What happens at the change with this number, counted from 0. */
export interface Mishap {
  readonly at: number;
  readonly kind: "crash-before" | "crash-after" | "failure";
}

export class AddressWorld {
  /** By interface and text. */
  readonly there = new Map<string, PlacedAddress>();
  #recorded: readonly PlacedAddress[] = [];
  #changes = 0;
  #mishap: Mishap | undefined;
  #watch: (what: string) => void = () => {};

  constructor(foreign: readonly PlacedAddress[]) {
    for (const address of foreign) this.there.set(keyOf(address), address);
  }

  /** Hears every change once it is made. */
  watch(watcher: (what: string) => void): void {
    this.#watch = watcher;
  }

  /** Changes are counted from now on. */
  arm(mishap: Mishap | undefined): void {
    this.#changes = 0;
    this.#mishap = mishap;
  }

  get recorded(): readonly PlacedAddress[] {
    return this.#recorded;
  }

  hosts(): ReadonlySet<string> {
    return new Set([...this.there.values()].map(({ address }) => address));
  }

  /** What a new process has of it. `crashed` resolves when that process is to be taken for dead. */
  process(): { readonly table: AddressTable; readonly record: AddressRecord; readonly crashed: Promise<void> } {
    let dead = false;
    let crash = (): void => {};
    const crashed = new Promise<void>((resolve) => {
      crash = () => {
        dead = true;
        resolve();
      };
    });
    const never = new Promise<never>(() => {});
    const change = async (what: string, make: () => void): Promise<void> => {
      if (dead) return never;
      const mishap = this.#changes++ === this.#mishap?.at ? this.#mishap.kind : undefined;
      if (mishap === "failure") throw new Error(`no luck with ${what}`);
      if (mishap !== "crash-before") {
        make();
        this.#watch(what);
      }
      if (mishap === undefined) return undefined;
      crash();
      return never;
    };
    const table: AddressTable = {
      list: async () => (dead ? never : [...this.there.values()]),
      add: (address) =>
        change(`add ${keyOf(address)}`, () => {
          if (this.there.has(keyOf(address))) throw new Error(`${keyOf(address)} is there already`);
          this.there.set(keyOf(address), address);
        }),
      remove: (address) =>
        change(`remove ${keyOf(address)}`, () => {
          if (!this.there.delete(keyOf(address))) throw new Error(`${keyOf(address)} is not there`);
        }),
      announce: () => {},
      objection: async () => undefined,
    };
    const record: AddressRecord = {
      read: () => this.#recorded,
      write: (addresses) => {
        if (!dead) this.#recorded = addresses;
      },
    };
    return { table, record, crashed };
  }
}

export function keyOf(address: PlacedAddress): string {
  return `${address.interface} ${addressText(address)}`;
}
