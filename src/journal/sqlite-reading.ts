/**
 * Reading a SQLite journal beside its writer, through a connection of its own that can only read.
 */

import { existsSync, statSync } from "node:fs";
import { pathToFileURL } from "node:url";
import type { JournalHolder, JournalRecord } from "./journal.ts";
import {
  SQLITE_CANTOPEN,
  SQLITE_READONLY,
  type SqliteDatabase,
  type SqliteDriver,
  sqliteResultCode,
} from "./sqlite-driver.ts";
import { checkedPage, recordOfFact, storedHash } from "./sqlite-facts.ts";
import { damaged, journalFailure, unavailable } from "./sqlite-failure.ts";
import { fileIdentity } from "./sqlite-file.ts";
import { readStreamRow, requireFormat, SELECT_STREAM, type StreamRow } from "./sqlite-format.ts";
import { isHeld } from "./sqlite-hold.ts";
import { inspectLog } from "./sqlite-log.ts";

/** Where to read, and how. */
export interface SqlitePlace {
  readonly driver: SqliteDriver;
  readonly path: string;
}

/** Readers never wait for a writer in WAL; only recovery after a crash, and the last close, lock them out for a moment. */
const READ_PATIENCE = 5_000;

/** A connection for reading that is opened when it is needed, and again after the file was replaced. */
export interface SqliteReader extends SqlitePlace {
  /** Runs `work`, with failures in the journal's words. `work` ends every statement that it begins. */
  use<Result>(work: (database: SqliteDatabase) => Result): Result;
  /** Closes the connection; the next use opens another. */
  close(): void;
}

export function sqliteReader(place: SqlitePlace): SqliteReader {
  let open: { readonly database: SqliteDatabase; readonly identity: string | undefined } | undefined;

  function close(): void {
    open?.database.close();
    open = undefined;
  }

  return {
    ...place,
    close,
    use(work) {
      try {
        const identity = fileIdentity(place.path);
        if (open?.identity !== identity) close();
        open ??= { database: openReader(place), identity };
        return work(open.database);
      } catch (error) {
        // After a failure nothing is known of the connection; the next use starts afresh.
        close();
        throw journalFailure(place.path, error);
      }
    },
  };
}

/** The facts from `from` to `to`, as far as the stream goes when the reading begins. */
export async function* readFacts(reader: SqliteReader, from: number, to: number): AsyncGenerator<JournalRecord> {
  const { path } = reader;
  const end = Math.min(
    to,
    reader.use((database) => currentStream(database, path).version),
  );
  const since = Math.max(1, from);
  let seq = since;
  let previous: string | undefined;
  // Each page is a transaction of its own, so that a slow reader never keeps the writer's log from being cleared.
  while (seq <= end) {
    const page = reader.use((database) => {
      previous ??= storedHash(database, path, seq - 1);
      return checkedPage(database, path, { since, from: seq, to: end, previous });
    });
    for (const fact of page.facts) yield recordOfFact(fact);
    seq += page.facts.length;
    previous = page.head;
  }
}

/** The row that says where the stream ends now. */
export function currentStream(database: SqliteDatabase, path: string): StreamRow {
  return readStreamRow(database.prepare(SELECT_STREAM).get(), path);
}

/** The writer that has the stream now, if it lives. */
export function currentHolder(database: SqliteDatabase, { driver, path }: SqlitePlace): JournalHolder | undefined {
  const { epoch, pid, host, since } = currentStream(database, path);
  return isHeld(driver, path, epoch) ? { epoch, pid, host, since } : undefined;
}

/** A connection of its own that can only read, on a file that was found to be a journal. */
export function openReader(place: SqlitePlace): SqliteDatabase {
  const { path } = place;
  if (!existsSync(path)) throw unavailable(path, "there is no such file");
  requireSoundLog(place);
  const database = connect(place, path);
  try {
    requireFormat(database, path);
    return database;
  } catch (error) {
    database.close();
    if (!isRefusedByMedia(error) || hasLog(path)) throw error;
    return openImmutable(place);
  }
}

/** SQLite cannot make the files that it keeps beside a database: it says so in one of two ways. */
function isRefusedByMedia(error: unknown): boolean {
  const code = sqliteResultCode(error);
  return code === SQLITE_CANTOPEN || code === SQLITE_READONLY;
}

function hasLog(path: string): boolean {
  return (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0;
}

/**
 * Refuses a log with a hole, of which SQLite would read the part before the hole and say nothing. A log that a writer is
 * at work on changes while it is looked at, and SQLite knows what is in it.
 */
function requireSoundLog(place: SqlitePlace): void {
  const { damage } = inspectLog(place.path);
  if (damage !== undefined && !isWritten(place)) throw damaged(place.path, damage);
}

/** Whether a writer lives, as far as the file can be read. */
function isWritten(place: SqlitePlace): boolean {
  const database = connect(place, place.path);
  try {
    return currentHolder(database, place) !== undefined;
  } catch {
    return false;
  } finally {
    database.close();
  }
}

/**
 * SQLite wants a -shm file even for reading, and cannot make one on read-only media. With no log beside it the file is
 * complete, and nothing on such media can change it.
 */
function openImmutable(place: SqlitePlace): SqliteDatabase {
  const database = connect(place, `${pathToFileURL(place.path).href}?immutable=1`);
  try {
    requireFormat(database, place.path);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function connect({ driver }: SqlitePlace, target: string): SqliteDatabase {
  return driver(target, { readOnly: true, busyTimeout: READ_PATIENCE });
}
