/**
 * The one writer of a SQLite journal. An append is one transaction: it asks whether the epoch and the version are still
 * those that the writer knows, adds the facts and moves the stream's end, and is synced before it resolves. One of megabytes is
 * made in stretches, between which others have their turn; a small one has the journal locked for as short as can be.
 */

import type { TransitionError } from "../error.ts";
import { inStretches, type Stretches } from "../stretches.ts";
import { chainHash } from "./fact-chain.ts";
import type { JournalEntry, JournalRecord, JournalRepair, JournalWriter } from "./journal.ts";
import {
  afterFailure,
  fenced,
  recordOf,
  requireKeepable,
  snapshotAhead,
  unusable,
  versionDiffers,
} from "./journal-refusal.ts";
import { rollBack, type SqliteDatabase } from "./sqlite-driver.ts";
import { storedHash } from "./sqlite-facts.ts";
import { journalFailure, unavailable } from "./sqlite-failure.ts";
import { fileIdentity } from "./sqlite-file.ts";
import { readStreamRow, SELECT_STREAM, type StreamRow, snapshotHash, streamHash } from "./sqlite-format.ts";
import type { SqliteHold } from "./sqlite-hold.ts";
import { thinSnapshots } from "./sqlite-snapshots.ts";

/** Characters from which on a fact takes so long that others have their turn in between. */
const LARGE = 1_000_000;

function isLarge({ body }: Pick<JournalRecord, "body">): boolean {
  return body.length >= LARGE;
}

interface ChainedRecords {
  readonly records: readonly JournalRecord[];
  /** The chain's hash after each. */
  readonly hashes: readonly string[];
}

/** What opening made ready for a writer. */
export interface SqliteWriterParts {
  readonly path: string;
  readonly database: SqliteDatabase;
  readonly hold: SqliteHold;
  /** The stream's row as this writer's opening committed it. */
  readonly stream: StreamRow;
  readonly repair: JournalRepair | undefined;
}

export function sqliteWriter({ path, database, hold, stream: opened, repair }: SqliteWriterParts): JournalWriter {
  const insertFact = database.prepare(
    "INSERT INTO facts (seq, epoch, type, version, time, body, hash) VALUES (?, ?, ?, ?, ?, ?, ?)",
  );
  const selectStream = database.prepare(SELECT_STREAM);
  const moveEnd = database.prepare("UPDATE stream SET version = ?, head = ?, hash = ? WHERE one = 1");
  const files = [path, `${path}-wal`].map((file) => ({ file, identity: fileIdentity(file) }));
  let stream = opened;
  let closed = false;
  let failure: TransitionError | undefined;

  /** Does `work`; any failure ends the writer. */
  async function write(work: () => Promise<void>): Promise<void> {
    if (closed) throw unusable(path, "its writer has been closed");
    if (failure !== undefined) throw afterFailure(path, failure);
    try {
      await work();
    } catch (error) {
      rollBack(database);
      failure = journalFailure(path, error);
      throw failure;
    }
  }

  /** Runs `work`, which gives the stream's row, as one transaction of the writer that still has the stream. */
  function* transaction(work: () => Stretches<StreamRow>): Stretches<void> {
    database.exec("BEGIN IMMEDIATE");
    if (readStreamRow(selectStream.get(), path).epoch !== opened.epoch) throw fenced(path, opened.epoch);
    const next = yield* work();
    database.exec("COMMIT");
    requireSameFiles();
    stream = next;
    yield;
  }

  /** After the commit, not before: what was written to a file that is not there any more must not be called durable. */
  function requireSameFiles(): void {
    for (const { file, identity } of files)
      if (fileIdentity(file) !== identity) throw unavailable(path, `${file} was deleted or replaced under its writer`);
  }

  /** The records of the entries, and the chain's hash after each. */
  function* recording(entries: readonly JournalEntry[]): Stretches<ChainedRecords> {
    let { version, head } = stream;
    const records: JournalRecord[] = [];
    const hashes: string[] = [];
    for (const entry of entries) {
      requireKeepable(entry);
      const record = recordOf(entry, ++version, opened.epoch);
      if (isLarge(record)) yield;
      head = chainHash(head, record);
      if (isLarge(record)) yield;
      records.push(record);
      hashes.push(head);
    }
    // A conf that is kept as its changes is short, and has taken long to compare.
    yield;
    return { records, hashes };
  }

  function* inserting({ records, hashes }: ChainedRecords): Stretches<StreamRow> {
    for (let i = 0; i < records.length; i++) {
      const record = records[i] as JournalRecord;
      const { seq, epoch, type, version, time, body } = record;
      insertFact.run(seq, epoch, type, version, time, body, hashes[i] as string);
      if (isLarge(record)) yield;
    }
    if (records.length === 0) return stream;
    const next = { ...stream, version: stream.version + records.length, head: hashes[hashes.length - 1] as string };
    moveEnd.run(next.version, next.head, streamHash(next));
    return next;
  }

  return {
    epoch: opened.epoch,
    repair,
    get version() {
      return stream.version;
    },
    async append(entries, expectedVersion) {
      await write(async () => {
        const records = await inStretches(recording(entries));
        return inStretches(
          transaction(() => {
            if (expectedVersion !== stream.version) throw versionDiffers(path, expectedVersion, stream.version);
            return inserting(records);
          }),
        );
      });
      return stream.version;
    },
    async saveSnapshot({ seq, body }) {
      await write(() =>
        inStretches(
          transaction(function* () {
            if (seq > stream.version) throw snapshotAhead(path, seq, stream.version);
            const head = storedHash(database, path, seq);
            const hash = snapshotHash(seq, head, body);
            if (isLarge({ body })) yield;
            database
              .prepare("INSERT OR REPLACE INTO snapshots (seq, head, body, hash) VALUES (?, ?, ?, ?)")
              .run(seq, head, body, hash);
            if (isLarge({ body })) yield;
            thinSnapshots(database);
            return stream;
          }),
        ),
      );
    },
    async close() {
      if (closed) return;
      closed = true;
      if (failure === undefined) gather(database);
      try {
        database.close();
      } finally {
        hold.release();
      }
    },
  };
}

/** Brings all facts into the one file, unless a reader is at work: a copy of a closed journal is a copy of one file. */
function gather(database: SqliteDatabase): void {
  try {
    database.exec("PRAGMA busy_timeout = 0");
    database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  } catch {
    // The facts are as durable in the log as in the file, and the next opening finds them there.
  }
}
