/**
 * The one writer of a SQLite journal. An append is one transaction: it asks whether the epoch and the version are still
 * those that the writer knows, adds the facts and moves the stream's end, and is synced before it resolves.
 */

import type { TransitionError } from "../error.ts";
import { chainHash } from "./fact-chain.ts";
import type { JournalEntry, JournalRepair, JournalWriter } from "./journal.ts";
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

  /** Runs `work` as one transaction of the writer that still has the stream; any failure ends the writer. */
  function transact(work: () => StreamRow): void {
    if (closed) throw unusable(path, "its writer has been closed");
    if (failure !== undefined) throw afterFailure(path, failure);
    try {
      database.exec("BEGIN IMMEDIATE");
      if (readStreamRow(selectStream.get(), path).epoch !== opened.epoch) throw fenced(path, opened.epoch);
      const next = work();
      database.exec("COMMIT");
      requireSameFiles();
      stream = next;
    } catch (error) {
      rollBack(database);
      failure = journalFailure(path, error);
      throw failure;
    }
  }

  /** After the commit, not before: what was written to a file that is not there any more must not be called durable. */
  function requireSameFiles(): void {
    for (const { file, identity } of files)
      if (fileIdentity(file) !== identity) throw unavailable(path, `${file} was deleted or replaced under its writer`);
  }

  function insertAll(entries: readonly JournalEntry[]): StreamRow {
    const { epoch } = opened;
    let { version, head } = stream;
    for (const entry of entries) {
      requireKeepable(entry);
      const record = recordOf(entry, ++version, epoch);
      head = chainHash(head, record);
      insertFact.run(version, epoch, record.type, record.version, record.time, record.body, head);
    }
    const next = { ...stream, version, head };
    moveEnd.run(version, head, streamHash(next));
    return next;
  }

  return {
    epoch: opened.epoch,
    repair,
    get version() {
      return stream.version;
    },
    async append(entries, expectedVersion) {
      transact(() => {
        if (expectedVersion !== stream.version) throw versionDiffers(path, expectedVersion, stream.version);
        return entries.length === 0 ? stream : insertAll(entries);
      });
      return stream.version;
    },
    async saveSnapshot({ seq, body }) {
      transact(() => {
        if (seq > stream.version) throw snapshotAhead(path, seq, stream.version);
        const head = storedHash(database, path, seq);
        database
          .prepare("INSERT OR REPLACE INTO snapshots (seq, head, body, hash) VALUES (?, ?, ?, ?)")
          .run(seq, head, body, snapshotHash(seq, head, body));
        thinSnapshots(database);
        return stream;
      });
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
