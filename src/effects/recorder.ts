/**
 * Recorder: the one way in which facts come about in a running process.
 *
 * It appends to the journal first and folds the same facts into the ledger after, so that the live state is the fold by
 * construction and nothing is acted on that is not recorded. Appends follow each other; when one fails, the recorder is
 * broken and says so to everybody who wants to go on.
 */
import { hostname } from "node:os";
import { TransitionError } from "../error.ts";
import { evolve } from "../journal/evolve.ts";
import type { Fact } from "../journal/fact.ts";
import { entryOf, recordedConfs } from "../journal/fact-codec.ts";
import type { Journal, JournalWriter } from "../journal/journal.ts";
import { EMPTY_LEDGER, type Ledger } from "../journal/ledger.ts";
import type { RecordedConf } from "../journal/plan-record.ts";
import { restore, snapshotOf } from "../journal/replay.ts";
import type { Clock } from "./clock.ts";

/** Told of every fact, once it is durable, with the ledger after it and the time that it is recorded with. Must not throw. */
export type FactListener = (fact: Fact, ledger: Ledger, time: number) => void;

/** Facts between two snapshots: a start reads at most about so many. */
const SNAPSHOT_EVERY = 2_000;

/** What is appended at this moment will have been by the time that a promise is looked at. */
const AT_ONCE: Promise<void> = Promise.resolve();

const NO_CONFS: readonly RecordedConf[] = [];

/** The name and version that the journal keeps of the program that wrote it. */
const PROGRAM = "signaled 0.1";

export class Recorder {
  readonly #writer: JournalWriter;
  readonly #clock: Clock;
  /** Whether the journal keeps all facts. */
  readonly #isKept: boolean;
  readonly #listeners = new Set<FactListener>();
  /** The ledger as the journal had it before this process: what durable participants may ask about. */
  readonly before: Ledger;
  #ledger: Ledger;
  /** Appends follow each other: the end of the last one. Undefined: nothing is being appended. */
  #chain: Promise<unknown> | undefined;
  #broken: TransitionError | undefined;
  /** Of whichever process it was: a service that is killed again and again would never come to one of its own. */
  #snapshotAt: number;

  private constructor(
    { writer, clock, isKept }: { writer: JournalWriter; clock: Clock; isKept: boolean },
    from: { ledger: Ledger; snapshotAt: number },
  ) {
    this.#writer = writer;
    this.#clock = clock;
    this.#isKept = isKept;
    this.before = from.ledger;
    this.#ledger = from.ledger;
    this.#snapshotAt = from.snapshotAt;
  }

  /** Takes the journal's hold, folds what it has, and records that this process has begun. */
  static async open(options: {
    readonly journal: Journal;
    readonly clock: Clock;
    readonly takeover: boolean;
    readonly streamId: () => string;
  }): Promise<Recorder> {
    const { journal, clock } = options;
    const writer = await journal.open({ takeover: options.takeover });
    try {
      const from = writer.version === 0 ? { ledger: EMPTY_LEDGER, snapshotAt: 0 } : await restore(journal);
      const recorder = new Recorder({ writer, clock, isKept: journal.durable }, from);
      await recorder.append([
        {
          type: "ProcessStarted",
          streamId: recorder.ledger.streamId === "" ? options.streamId() : recorder.ledger.streamId,
          program: PROGRAM,
          pid: process.pid,
          host: hostname(),
          epoch: writer.epoch,
        },
      ]);
      return recorder;
    } catch (error) {
      await writer.close();
      throw error;
    }
  }

  get ledger(): Ledger {
    return this.#ledger;
  }

  get epoch(): number {
    return this.#writer.epoch;
  }

  /** What opening the journal had to mend, in words. */
  get repair(): string | undefined {
    return this.#writer.repair?.message;
  }

  /** Why nothing can be recorded any more, if so. */
  get broken(): TransitionError | undefined {
    return this.#broken;
  }

  listen(listener: FactListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Appends facts; when it resolves they are durable and the ledger has them. */
  append(facts: readonly Fact[]): Promise<void> {
    return this.appendIf(() => facts);
  }

  /** As `append`, with facts that are decided on only when all earlier ones are in the ledger. */
  async appendIf(decide: (ledger: Ledger) => readonly Fact[]): Promise<void> {
    await this.#inTurn(() => this.#appendNow(decide(this.#ledger)));
  }

  /**
   * As `append`, without a promise where none is needed: undefined says that it is done. A journal in memory keeps facts at
   * once, and a thousand deliveries of one step each are mostly what is waited for between them.
   * @throws TransitionError at once, too
   */
  appendAtOnce(facts: readonly Fact[]): Promise<void> | undefined {
    return this.#inTurn(() => this.#appendNow(facts));
  }

  async close(): Promise<void> {
    await this.#chain;
    await this.#writer.close();
  }

  /** Does `work` after all that was asked for before, and lets nothing come between. */
  #inTurn(work: () => Promise<void> | undefined): Promise<void> | undefined {
    if (this.#chain !== undefined) return this.#follow(this.#chain.then(work));
    // Who hears of a fact may record another on the spot: that one comes after.
    this.#chain = AT_ONCE;
    try {
      const later = work();
      return later && this.#follow(later);
    } finally {
      if (this.#chain === AT_ONCE) this.#chain = undefined;
    }
  }

  #follow(work: Promise<void>): Promise<void> {
    const ended = (): void => {
      if (this.#chain === end) this.#chain = undefined;
    };
    const end = work.then(ended, ended);
    this.#chain = end;
    return work;
  }

  #appendNow(facts: readonly Fact[]): Promise<void> | undefined {
    if (this.#broken !== undefined) throw this.#broken;
    if (facts.length === 0) return undefined;
    // Folded before they are written: what does not fold may not become a fact.
    const ledgers: Ledger[] = [];
    for (const fact of facts) ledgers.push(evolve(ledgers[ledgers.length - 1] ?? this.#ledger, fact));
    const time = this.#clock.wall();
    const written = this.#write(facts, ledgers, time);
    if (typeof written === "number") return this.#take(facts, ledgers, time);
    return written.then(
      () => this.#take(facts, ledgers, time),
      (error: unknown) => {
        throw this.#break(error);
      },
    );
  }

  #write(facts: readonly Fact[], ledgers: readonly Ledger[], time: number): number | Promise<number> {
    try {
      return this.#writer.append(
        facts.map((fact, i) => entryOf(fact, time, this.#confsFor(fact, ledgers[i - 1] ?? this.#ledger))),
        this.#ledger.seq,
      );
    } catch (error) {
      throw this.#break(error);
    }
  }

  /** The confs that a fact may speak of in place of the names in them. A journal in memory forgets them before the fact. */
  #confsFor(fact: Fact, before: Ledger): readonly RecordedConf[] {
    return fact.type === "PlanMade" && this.#isKept ? recordedConfs(before) : NO_CONFS;
  }

  #break(error: unknown): TransitionError {
    this.#broken =
      error instanceof TransitionError
        ? error
        : new TransitionError("JOURNAL_UNAVAILABLE", `the journal could not be written: ${String(error)}`, {
            cause: error,
          });
    return this.#broken;
  }

  /** The facts are durable: everybody hears of them. */
  #take(facts: readonly Fact[], ledgers: readonly Ledger[], time: number): Promise<void> | undefined {
    this.#ledger = ledgers[ledgers.length - 1] as Ledger;
    facts.forEach((fact, i) => {
      for (const listener of this.#listeners) listener(fact, ledgers[i] as Ledger, time);
    });
    return this.#isSnapshotDue ? this.#snapshot() : undefined;
  }

  /** Between transitions only: a snapshot holds no running plan. */
  get #isSnapshotDue(): boolean {
    const { transition, seq } = this.#ledger;
    return transition === undefined && seq - this.#snapshotAt >= (this.#writer.snapshotEvery ?? SNAPSHOT_EVERY);
  }

  /** A failing snapshot costs nothing but time at the next start. */
  async #snapshot(): Promise<void> {
    const ledger = this.#ledger;
    this.#snapshotAt = ledger.seq;
    try {
      const { snapshot, confs } = snapshotOf(ledger);
      await this.#writer.saveSnapshot(snapshot);
      // Whoever starts from the snapshot knows no other confs: one that comes back is recorded again.
      this.#ledger = { ...this.#ledger, confs };
    } catch (error) {
      if (error instanceof TransitionError && error.code === "JOURNAL_FENCED") this.#broken = error;
    }
  }
}
