/**
 * Request rates: how often one address may ask.
 *
 * Each address has a bucket that fills steadily and is emptied by requests. The number of buckets is bounded as well: who
 * comes from ever new addresses must not fill the memory.
 */
import { HttpRefusal } from "./http-refusal.ts";
import { dropOldest } from "./oldest.ts";

/** Requests a second in the long run, and at once: far more than a person with a few pages open, and a scraper, ask for. */
const RATE = 1_000;
const BURST = 3_000;
const ADDRESSES_AT_MOST = 10_000;

interface Bucket {
  left: number;
  /** Milliseconds. */
  at: number;
}

export class RequestRates {
  readonly #buckets = new Map<string, Bucket>();
  readonly #now: () => number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Counts a request. @throws HttpRefusal TOO_MANY */
  requireRoom(address: string): void {
    const now = this.#now();
    const bucket = this.#buckets.get(address) ?? this.#newBucket(address, now);
    bucket.left = Math.min(BURST, bucket.left + ((now - bucket.at) / 1000) * RATE);
    bucket.at = now;
    if (bucket.left < 1)
      throw new HttpRefusal("TOO_MANY", `more than ${RATE} requests a second came from this address`);
    bucket.left--;
  }

  #newBucket(address: string, now: number): Bucket {
    const bucket = { left: BURST, at: now };
    this.#buckets.set(address, bucket);
    dropOldest(this.#buckets, ADDRESSES_AT_MOST);
    return bucket;
  }
}
