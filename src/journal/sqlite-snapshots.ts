/**
 * The snapshots in a SQLite journal. A snapshot can always be made again from the facts, so a damaged one is passed over,
 * not a reason to refuse the journal; a check of the whole file reports it.
 */

import type { JournalSnapshot } from "./journal.ts";
import type { SqliteDatabase } from "./sqlite-driver.ts";
import { snapshotHash, text } from "./sqlite-format.ts";

/** A snapshot with the hash of the fact that it was made after. */
export interface StoredSnapshot extends JournalSnapshot {
  readonly head: string;
}

/** A snapshot as it is stored, and whether it is what was stored. */
export interface CheckedSnapshot extends StoredSnapshot {
  readonly whole: boolean;
}

/** The newest undamaged snapshot at or before a fact. */
export function newestSnapshot(database: SqliteDatabase, atMost: number): StoredSnapshot | undefined {
  return checkedSnapshots(database, atMost).find((snapshot) => snapshot.whole);
}

/** The snapshots at or before a fact, newest first. There are two at most. */
export function checkedSnapshots(database: SqliteDatabase, atMost: number): CheckedSnapshot[] {
  return database
    .prepare("SELECT seq, head, body, hash FROM snapshots WHERE seq <= ? ORDER BY seq DESC")
    .all(atMost)
    .map((row) => {
      const [seq, head, body] = [Number(row["seq"]), text(row["head"]), text(row["body"])];
      return { seq, head, body, whole: snapshotHash(seq, head, body) === row["hash"] };
    });
}
