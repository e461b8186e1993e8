/**
 * The hold on a SQLite journal: a small file beside it, one per epoch, that its writer keeps locked. The operating system
 * lets go of the lock when the process dies, however it dies, so a killed writer's hold is free at once, and nobody has to
 * guess from a process id or a time whether the writer still lives.
 *
 * The hold keeps polite processes out. What keeps a stale writer out is its epoch, which each append compares.
 */

import { closeSync, openSync, rmSync } from "node:fs";
import { SQLITE_BUSY, SQLITE_CANTOPEN, type SqliteDriver, sqliteResultCode } from "./sqlite-driver.ts";
import { unavailable } from "./sqlite-failure.ts";

/** A hold that is taken. */
export interface SqliteHold {
  /** Gives the hold back and removes its file. Idempotent. */
  release(): void;
}

/** What follows the journal's name in that of a hold, before the epoch. */
export const HOLD = "-hold-";

function holdPath(path: string, epoch: number): string {
  return `${path}${HOLD}${epoch}`;
}

/**
 * Takes the hold of an epoch that nobody has had. Called while the journal's write lock is held and before the epoch is
 * committed: an epoch that others can see must have its hold already, or they would take its writer for dead.
 */
export function takeHold(driver: SqliteDriver, path: string, epoch: number): SqliteHold {
  const file = holdPath(path, epoch);
  // Made here, not by SQLite, for its mode.
  closeSync(openSync(file, "a", 0o600));
  const database = driver(file, { readOnly: false, busyTimeout: 0 });
  try {
    // The file stays empty; without this SQLite would put a rollback journal beside it.
    database.exec("PRAGMA journal_mode = MEMORY");
    database.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    if (sqliteResultCode(error) !== SQLITE_BUSY) throw error;
    throw unavailable(
      path,
      `another process holds ${file}; was the journal put back from a backup under a running writer?`,
    );
  }
  let held = true;
  return {
    release() {
      if (!held) return;
      held = false;
      database.close();
      rmSync(file, { force: true });
    },
  };
}

/**
 * Whether the writer of an epoch lives. Asks for a shared lock, which any number of askers can have at once, so that two
 * of them never take each other for the writer.
 */
export function isHeld(driver: SqliteDriver, path: string, epoch: number): boolean {
  let database: ReturnType<SqliteDriver> | undefined;
  try {
    database = driver(holdPath(path, epoch), { readOnly: true, busyTimeout: 0 });
    database.prepare("SELECT count(*) FROM sqlite_schema").get();
    return false;
  } catch (error) {
    const code = sqliteResultCode(error);
    if (code === SQLITE_BUSY) return true;
    if (code === SQLITE_CANTOPEN) return false;
    throw error;
  } finally {
    database?.close();
  }
}
