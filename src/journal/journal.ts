/**
 * The Journal port: an append-only, hash-chained stream of facts that one writer at a time extends and anyone may read.
 *
 * The port knows nothing of what the facts mean. It sees entries with a type, a version, a time and a body that can be
 * encoded when it is needed: the memory journal never pays for text that nobody reads. What a fact says is the business
 * of `fact.ts`; what follows from the facts that of the fold.
 */

/** A fact on its way into a journal. */
export interface JournalEntry {
  /** Past-tense name of the fact, such as `TransitionFinished`. */
  readonly type: string;
  /** Version of the body's shape, counted from 1 for each type. */
  readonly version: number;
  /** Milliseconds since the epoch, as the writer's clock had it. */
  readonly time: number;
  /** The body as JSON text. Called at most once by a durable journal, at the append; pure. */
  encode(): string;
}

/** A fact as it stands in a journal. */
export interface JournalRecord {
  /** Position in the stream, counted from 1 without gaps. */
  readonly seq: number;
  /** Epoch of the writer that appended it. */
  readonly epoch: number;
  readonly type: string;
  readonly version: number;
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** JSON text. */
  readonly body: string;
}

/** Which facts are looked for, and from which end. */
export interface JournalSelection {
  /** Default: all. */
  readonly types?: readonly string[] | undefined;
  /** Inclusive, counted from 1. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly order: "oldest-first" | "newest-first";
}

/** A stored fold: the state after the fact `seq`, so that start-up need not read what came before. */
export interface JournalSnapshot {
  readonly seq: number;
  /** JSON text. */
  readonly body: string;
}

/** Who holds a stream for writing, as far as can be known. */
export interface JournalHolder {
  readonly epoch: number;
  readonly pid: number;
  readonly host: string;
  /** Milliseconds since the epoch when it took the hold. */
  readonly since: number;
}

/** What opening a stream for writing found and mended, for the log. */
export interface JournalRepair {
  /** Number of whole facts kept. */
  readonly kept: number;
  /** What was cut and why, in words. */
  readonly message: string;
}

/**
 * The one writer of a stream. Appends go one after the other: a second append may not be asked for before the first has
 * settled. After a failed append the writer is unusable until it is opened anew, so that nothing goes on unrecorded.
 */
export interface JournalWriter {
  /** Greater than that of every earlier writer of this stream: the fencing token that resources can compare. */
  readonly epoch: number;
  /** Sequence number of the last fact; 0 for an empty stream. */
  readonly version: number;
  /** What opening had to repair, if anything. */
  readonly repair: JournalRepair | undefined;
  /**
   * Appends all entries or none, and gives the new version once they are as durable as this journal makes them: at once
   * where nothing has to be waited for, so that nobody waits. A refusal is a rejection in any case.
   * @param expectedVersion the version that the caller believes the stream has: JOURNAL_VERSION when it differs
   * @throws TransitionError JOURNAL_VERSION, JOURNAL_FENCED (a later writer took over), JOURNAL_UNAVAILABLE (disk full, read-only, deleted, closed)
   */
  append(entries: readonly JournalEntry[], expectedVersion: number): number | Promise<number>;
  /** Facts between two snapshots, about; 2,000 where it does not say. */
  readonly snapshotEvery?: number | undefined;
  /** Stores a fold of the facts up to `snapshot.seq`; older ones are kept as far as there is room, so that the past is near. Fenced like an append. */
  saveSnapshot(snapshot: JournalSnapshot): Promise<void>;
  /** Gives the hold back. Idempotent. */
  close(): Promise<void>;
}

/** What a check of the whole stream found. */
export interface JournalVerification {
  /** Number of facts whose chain was checked. */
  readonly facts: number;
  /** Hex hash of the last fact: equal histories have equal heads. */
  readonly head: string;
  /** Everything wrong, with place; empty when all is well. */
  readonly problems: readonly { readonly seq: number | undefined; readonly message: string }[];
}

/** A place that keeps one stream of facts. */
export interface Journal {
  /** Where it is, for messages and status: a path, `memory`, or an address without secrets. */
  readonly location: string;
  /** Whether facts outlive the process. */
  readonly durable: boolean;
  /**
   * Takes the hold on the stream.
   * @throws TransitionError JOURNAL_LOCKED with the holder in the message unless `takeover`; JOURNAL_DAMAGED with
   *   sequence number and file; JOURNAL_NEWER; JOURNAL_UNAVAILABLE
   */
  open(options?: { readonly takeover?: boolean | undefined }): Promise<JournalWriter>;
  /** Facts from `from` (counted from 1, inclusive) to `to` (inclusive), in order; works beside a writer, and without one. */
  read(range?: { readonly from?: number | undefined; readonly to?: number | undefined }): AsyncIterable<JournalRecord>;
  /**
   * Some facts, of a long history or from its end, without those between. Each is checked to be the one that was appended;
   * one that is missing is not missed. Long searches let other work in.
   */
  select(selection: JournalSelection): AsyncIterable<JournalRecord>;
  /** Sequence number of the last fact now; 0 for an empty stream. */
  version(): Promise<number>;
  /** The newest snapshot at or before `atMost`, if there is one. */
  snapshot(atMost?: number): Promise<JournalSnapshot | undefined>;
  /** The present holder, if a live one is known. */
  holder(): Promise<JournalHolder | undefined>;
  /** Checks chain, order and encoding of every fact. Never throws for damage: it reports it. */
  verify(): Promise<JournalVerification>;
  /** Releases what reading opened. The writer is closed by its own `close`. */
  close(): Promise<void>;
}
