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
  #flushes = 0;
  /** The next one, where somebody waits for it. */
  #nextFlush: Deferred | undefined;
  #writtenAt = Number.NEGATIVE_INFINITY;

  constructor(recorder: Recorder, clock: Clock) {
    this.#recorder = recorder;
    this.#clock = clock;
  }

  /** An announcement that was not written before everything it announced took effect would tell nobody anything: it goes. */
  put(fact: Fact): void {
    const facts = this.#facts;
    const last = facts[facts.length - 1];
    if (last !== undefined && isAllOf(last, fact)) facts[facts.length - 1] = fact;
    else facts.push(fact);
  }

  /** Whether what is put at `now` may be left to a later write. */
  mayWaitAt(now: number): boolean {
    return now - this.#writtenAt < WAIT_AT_MOST;
  }

  /** Flushes so far. */
  get flushes(): number {
    return this.#flushes;
  }

  /** Resolves when there has been another flush than the first so many; undefined: there has. */
  flushedSince(before: number): Promise<void> | undefined {
    if (this.#flushes > before) return undefined;
    this.#nextFlush ??= deferred();
    return this.#nextFlush.promise;
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

/** Whether what was announced by one fact took effect by the other, all of it. */
function isAllOf(announced: Fact, applied: Fact): boolean {
  if (announced.type !== "StepsAnnounced" || applied.type !== "StepsApplied") return false;
  const [range, ...others] = applied.ranges;
  if (range === undefined || others.length > 0 || applied.delivery !== announced.delivery) return false;
  return range[0] === announced.range[0] && range[1] === announced.range[1];
}
