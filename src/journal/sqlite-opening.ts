/**
 * Opening a SQLite journal for writing: check that it is whole, that nobody else writes it (or that the caller takes it
 * over), and become its next epoch, all under the journal's own write lock, so that two openers cannot both succeed.
 */

import { existsSync } from "node:fs";
import { hostname } from "node:os";
import type { JournalRepair, JournalWriter } from "./journal.ts";
import { locked, lockedInAppend } from "./journal-refusal.ts";
import { abandon, SQLITE_BUSY, type SqliteDatabase, type SqliteDriver, sqliteResultCode } from "./sqlite-driver.ts";
import { checkedPages, storedHash } from "./sqlite-facts.ts";
import { damaged, journalFailure, unavailable } from "./sqlite-failure.ts";
import { createFile, sweepFolder } from "./sqlite-file.ts";
import { pragma, requireFormat, type StreamRow, streamHash } from "./sqlite-format.ts";
import { isHeld, type SqliteHold, takeHold } from "./sqlite-hold.ts";
import { inspectLog } from "./sqlite-log.ts";
import { currentStream } from "./sqlite-reading.ts";
import { newestSnapshot } from "./sqlite-snapshots.ts";
import { sqliteWriter } from "./sqlite-writer.ts";

export interface SqliteOpening {
  readonly driver: SqliteDriver;
  readonly path: string;
  readonly takeover: boolean;
}

/** How long to wait for another process's transaction, in milliseconds. Appends are far shorter; checks of long histories are not. */
const WRITE_LOCK_PATIENCE = 5_000;

/** 16 MB of log: few checkpoints, and still read in a moment after a crash. */
const PAGES_PER_CHECKPOINT = 4_096;

export function openSqliteWriter(opening: SqliteOpening): JournalWriter {
  const { driver, path } = opening;
  let database: SqliteDatabase | undefined;
  try {
    if (!existsSync(path)) createFile(driver, path);
    database = driver(path, { readOnly: false, busyTimeout: WRITE_LOCK_PATIENCE });
    requireFormat(database, path);
    makeDurable(database, path);
    return sqliteWriter({ path, database, ...becomeWriter(database, opening) });
  } catch (error) {
    if (database !== undefined) abandon(database);
    throw journalFailure(path, error);
  }
}

/** The settings that "durable when it resolves" rests on. They are the connection's, not the file's, except WAL. */
function makeDurable(database: SqliteDatabase, path: string): void {
  if (pragma(database, "journal_mode = WAL") !== "wal")
    throw unavailable(path, "its file system does not support SQLite's write-ahead log; use a local disk");
  database.exec("PRAGMA synchronous = FULL");
  // On macOS fsync leaves data in the drive's cache; elsewhere this changes nothing.
  database.exec("PRAGMA fullfsync = ON");
  database.exec("PRAGMA checkpoint_fullfsync = ON");
  database.exec("PRAGMA cell_size_check = ON");
  database.exec("PRAGMA trusted_schema = OFF");
  // A checkpoint is two syncs and all pages once more. With SQLite's 4 MB each other reload of a large conf waits for one.
  database.exec(`PRAGMA wal_autocheckpoint = ${PAGES_PER_CHECKPOINT}`);
  // A huge append leaves a huge log file; give the space back at the next checkpoint.
  database.exec("PRAGMA journal_size_limit = 67108864");
}

interface NewEpoch {
  readonly hold: SqliteHold;
  readonly stream: StreamRow;
  readonly repair: JournalRepair | undefined;
}

/** On failure the caller closes the connection, and with it ends the transaction. */
function becomeWriter(database: SqliteDatabase, { driver, path, takeover }: SqliteOpening): NewEpoch {
  beginImmediate(database, path);
  let hold: SqliteHold | undefined;
  try {
    const before = currentStream(database, path);
    const held = isHeld(driver, path, before.epoch);
    if (held && !takeover) throw locked(path, before);
    const { torn, damage } = inspectLog(path);
    if (damage !== undefined) throw damaged(path, damage);
    requireWhole(database, path, before);
    const epoch = before.epoch + 1;
    hold = takeHold(driver, path, epoch);
    const stream = { ...before, epoch, pid: process.pid, host: hostname(), since: Date.now() };
    database
      .prepare("UPDATE stream SET epoch = ?, pid = ?, host = ?, since = ?, hash = ? WHERE one = 1")
      .run(stream.epoch, stream.pid, stream.host, stream.since, streamHash(stream));
    database.exec("COMMIT");
    sweepFolder(path, epoch);
    return { hold, stream, repair: torn === 0 ? undefined : cutTail(database, torn, stream.version) };
  } catch (error) {
    hold?.release();
    throw error;
  }
}

/** A writer that was stopped in the middle of an append keeps SQLite's write lock, which no takeover can break. */
function beginImmediate(database: SqliteDatabase, path: string): void {
  try {
    database.exec("BEGIN IMMEDIATE");
  } catch (error) {
    if (sqliteResultCode(error) !== SQLITE_BUSY) throw error;
    throw lockedInAppend(path, currentStream(database, path));
  }
}

/** Checks the facts that start-up will rely on: those after the newest snapshot, or all, and that none is lost at the end. */
function requireWhole(database: SqliteDatabase, path: string, { version, head }: StreamRow): void {
  const snapshot = newestSnapshot(database, version);
  const start = snapshot === undefined ? 0 : snapshot.seq;
  const previous = storedHash(database, path, start);
  if (snapshot !== undefined && snapshot.head !== previous)
    throw damaged(path, `fact ${start} is not the one that the snapshot after it was made from`);
  let last = previous;
  const range = { since: start + 1, from: start + 1, to: version, previous };
  for (const page of checkedPages(database, path, range)) last = page.head;
  if (last !== head) throw damaged(path, `the stream does not end with fact ${version} as it should`);
  const beyond = database.prepare("SELECT seq FROM facts WHERE seq > ? OR seq < 1 LIMIT 1").get(version);
  if (beyond !== undefined)
    throw damaged(path, `there is a fact ${beyond["seq"]}, and the stream ends with fact ${version}`);
}

/**
 * SQLite took no notice of the torn append. Emptying the log takes it off the disk too, so that what is written over it
 * later is never mixed up with what is left of it.
 */
function cutTail(database: SqliteDatabase, torn: number, kept: number): JournalRepair {
  database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  const pages = torn === 1 ? "1 page" : `${torn} pages`;
  return { kept, message: `the log ended with ${pages} of an append that never became whole; they were cut` };
}
