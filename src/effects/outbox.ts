/**
 * Outbox: facts that wait for the next durable write.
 *
 * A durable write costs as much as thousands of quick steps. So outcomes go with the next announcement, and where the plan
 * is announcement enough (`execution.ts`), that waits too; never for long, so that little is unknown after a crash.
 */
import type { Fact } from "../journal/fact.ts";
import type { Clock } from "./clock.ts";
import { type Deferred, deferred } from "./deferred.ts";
import type { Recorder } from "./recorder.ts";

/** Milliseconds after the last write in which facts may be left to a later one. */
const WAIT_AT_MOST = 25;

export class Outbox {
  readonly #recorder: Recorder;
  readonly #clock: Clock;
  #facts: Fact[] = [];
  #flushed: Deferred = deferred();
  #writtenAt = Number.NEGATIVE_INFINITY;

  constructor(recorder: Recorder, clock: Clock) {
    this.#recorder = recorder;
    this.#clock = clock;
  }

  put(fact: Fact): void {
    this.#facts.push(fact);
  }

  /** Whether what is put now may be left to a later write. */
  get mayWait(): boolean {
    return this.#clock.now() - this.#writtenAt < WAIT_AT_MOST;
  }

  /** Resolves with the next flush, when what becomes of a batch that begins now is recorded. */
  get flushed(): Promise<void> {
    return this.#flushed.promise;
  }

  /** All that has been put is durable, and in the ledger, when it resolves. Called between two batches. */
  async flush(): Promise<void> {
    const flushed = this.#flushed;
    this.#flushed = deferred();
    try {
      await this.write();
    } finally {
      flushed.resolve();
    }
  }

  /** As `flush`, within a batch: what becomes of it is not among the facts yet. */
  async write(): Promise<void> {
    const facts = this.#facts;
    this.#facts = [];
    await this.#recorder.append(facts);
    this.#writtenAt = this.#clock.now();
  }
}
