/**
 * Outbox: facts that wait for the next durable write.
 *
 * A durable write costs as much as thousands of quick steps. So outcomes go with the next announcement, and where the plan
 * is announcement enough (`rounds.ts`), that waits too; never for long, so that little is unknown after a crash.
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
  /** Flushes so far. */
  #flushes = 0;
  /** The next one, where somebody waits for it. */
  #nextFlush: Deferred | undefined;
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

  /** The way to wait until what becomes of a batch that begins now is recorded, by the next flush; undefined: it is already. */
  recording(): () => Promise<void> | undefined {
    const before = this.#flushes;
    return () => {
      if (this.#flushes > before) return undefined;
      this.#nextFlush ??= deferred();
      return this.#nextFlush.promise;
    };
  }

  /** All that has been put is durable, and in the ledger, when it resolves; undefined: already. Called between two batches. */
  flush(): Promise<void> | undefined {
    let written: Promise<void> | undefined;
    try {
      written = this.write();
      return written?.finally(() => this.#endFlush());
    } finally {
      if (written === undefined) this.#endFlush();
    }
  }

  #endFlush(): void {
    this.#flushes++;
    this.#nextFlush?.resolve();
    this.#nextFlush = undefined;
  }

  /** As `flush`, within a batch: what becomes of it is not among the facts yet. */
  write(): Promise<void> | undefined {
    const facts = this.#facts;
    this.#facts = [];
    const written = this.#recorder.appendAtOnce(facts);
    if (written !== undefined) return written.then(() => this.#endWrite());
    this.#endWrite();
    return undefined;
  }

  #endWrite(): void {
    this.#writtenAt = this.#clock.now();
  }
}
