/**
 * Address keeper: brings the addresses of this host to the set that is wanted, and touches no others.
 *
 * It compares sets, and never pairs an add with a remove: an address that is wanted before and after is not touched,
 * whatever happens to the groups that want it. What it has added is on record before it is there, so that after a crash it
 * is still known whose an address is: one that was there already is left alone for ever.
 */
import { InDoubtError, messageOf } from "../error.ts";
import { addressText, type IpAddress } from "./ip-address.ts";
import type { WantedAddresses } from "./wanted-addresses.ts";

/** An address on an interface. */
export interface PlacedAddress extends IpAddress {
  readonly interface: string;
}

/** The addresses of a host: a port, so that a test needs no kernel, and another system can have its own. */
export interface AddressTable {
  /** All there are. */
  list(): Promise<readonly PlacedAddress[]>;
  add(address: PlacedAddress): Promise<void>;
  /** Takes away that address, and no other with it. */
  remove(address: PlacedAddress): Promise<void>;
  /** Tells the neighbours that the address is here now; does not fail, and is not waited for. */
  announce(address: PlacedAddress): void;
  /** Why addresses of this configuration could not be added here, if so: asked before anything moves. */
  objection(wanted: WantedAddresses): Promise<string | undefined>;
}

/** What this participant has added, on something that outlives the process. */
export interface AddressRecord {
  read(): readonly PlacedAddress[];
  write(addresses: readonly PlacedAddress[]): void;
}

export class AddressKeeper {
  readonly #table: AddressTable;
  readonly #record: AddressRecord;
  #own: Map<string, PlacedAddress> | undefined;
  /** An attempt that was given up may still be under way: the next one waits for it. */
  #last: Promise<void> = Promise.resolve();

  constructor(table: AddressTable, record: AddressRecord) {
    this.#table = table;
    this.#record = record;
  }

  /** Whether there is an address of ours that is not wanted: costs nothing to ask. */
  holdsMoreThan(wanted: WantedAddresses): boolean {
    const hosts = hostsOf(wanted);
    return [...this.#owned.values()].some(({ address }) => !hosts.has(address));
  }

  /** Takes away what is not wanted, and adds nothing. @throws Error where nothing has changed, InDoubtError where something may have */
  withdraw(wanted: WantedAddresses): Promise<void> {
    return this.#inTurn(async (changes) => {
      const hosts = hostsOf(wanted);
      await this.#removeAll((own) => !hosts.has(own.address), changes);
    });
  }

  /** Adds what is wanted and not there, then takes away what is not wanted. @throws as `withdraw` */
  reconcile(wanted: WantedAddresses): Promise<void> {
    return this.#inTurn(async (changes) => {
      const present = await this.#table.list();
      for (const address of wanted.addresses.values()) {
        const placed = { ...address, interface: wanted.interface };
        if (!this.#isThere(placed, present)) await this.#add(placed, changes);
      }
      const kept = new Set(
        [...wanted.addresses.values()].map((each) => keyOf({ ...each, interface: wanted.interface })),
      );
      await this.#removeAll((own) => !kept.has(keyOf(own)), changes);
    });
  }

  get #owned(): Map<string, PlacedAddress> {
    this.#own ??= new Map(this.#record.read().map((address) => [keyOf(address), address]));
    return this.#own;
  }

  /** As it is wanted, or as somebody else has it, who is not to be disturbed; one of ours with another length is replaced. */
  #isThere(wanted: PlacedAddress, present: readonly PlacedAddress[]): boolean {
    return present.some(
      (each) =>
        each.address === wanted.address &&
        each.interface === wanted.interface &&
        (each.prefixLength === wanted.prefixLength || !this.#owned.has(keyOf(each))),
    );
  }

  async #add(address: PlacedAddress, changes: Changes): Promise<void> {
    // On record first: an address of ours that nobody knows to be ours would stay for ever.
    this.#note((own) => own.set(keyOf(address), address));
    try {
      await this.#table.add(address);
    } catch (error) {
      this.#note((own) => own.delete(keyOf(address)));
      throw error;
    }
    changes.push(() => this.#remove(address, []));
    this.#table.announce(address);
  }

  async #removeAll(unwanted: (own: PlacedAddress) => boolean, changes: Changes): Promise<void> {
    const leaving = [...this.#owned.values()].filter(unwanted);
    if (leaving.length === 0) return;
    const present = new Set((await this.#table.list()).map(keyOf));
    for (const address of leaving) {
      if (!present.has(keyOf(address))) {
        this.#note((own) => own.delete(keyOf(address)));
        continue;
      }
      await this.#remove(address, changes);
    }
  }

  async #remove(address: PlacedAddress, changes: Changes): Promise<void> {
    await this.#table.remove(address);
    changes.push(() => this.#add(address, []));
    this.#note((own) => own.delete(keyOf(address)));
  }

  #note(change: (own: Map<string, PlacedAddress>) => void): void {
    const own = new Map(this.#owned);
    change(own);
    this.#record.write([...own.values()]);
    this.#own = own;
  }

  #inTurn(work: (changes: Changes) => Promise<void>): Promise<void> {
    const turn = this.#last.then(() => wholly(work));
    this.#last = turn.catch(() => {});
    return turn;
  }
}

/** Ways back, one for each change made. */
type Changes = (() => Promise<void>)[];

/** Does all of it or nothing: what was changed before a failure is changed back. */
async function wholly(work: (changes: Changes) => Promise<void>): Promise<void> {
  const changes: Changes = [];
  try {
    await work(changes);
  } catch (error) {
    for (const back of changes.reverse()) {
      await back().catch((failure: unknown) => {
        throw new InDoubtError(
          `${messageOf(error)}; and what had been changed could not be changed back: ${messageOf(failure)}`,
        );
      });
    }
    throw error;
  }
}

function hostsOf(wanted: WantedAddresses): ReadonlySet<string> {
  return new Set([...wanted.addresses.values()].map(({ address }) => address));
}

function keyOf(address: PlacedAddress): string {
  return `${address.interface} ${addressText(address)}`;
}
