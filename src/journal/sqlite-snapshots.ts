/**
 * The snapshots in a SQLite journal. A snapshot can always be made again from the facts, so a damaged one is passed over,
 * not a reason to refuse the journal; a check of the whole file reports it.
 */

import type { JournalSnapshot } from "./journal.ts";
import { snapshotsToDrop } from "./snapshot-thinning.ts";
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
  for (const snapshot of checkedSnapshots(database, atMost)) if (snapshot.whole) return snapshot;
  return undefined;
}

/** The snapshots at or before a fact, newest first, each read when it is asked for. */
export function* checkedSnapshots(database: SqliteDatabase, atMost: number): Generator<CheckedSnapshot> {
  const select = database.prepare(
    "SELECT seq, head, body, hash FROM snapshots WHERE seq <= ? ORDER BY seq DESC LIMIT 1",
  );
  for (let row = select.get(atMost); row !== undefined; row = select.get(Number(row["seq"]) - 1)) {
    const [seq, head, body] = [Number(row["seq"]), text(row["head"]), text(row["body"])];
    yield { seq, head, body, whole: snapshotHash(seq, head, body) === row["hash"] };
  }
}

/** Drops those that there is no room for. */
export function thinSnapshots(database: SqliteDatabase): void {
  const kept = database.prepare("SELECT seq, octet_length(body) AS size FROM snapshots ORDER BY seq").all();
  const sizes = kept.map((row) => ({ seq: Number(row["seq"]), size: Number(row["size"]) }));
  const drop = database.prepare("DELETE FROM snapshots WHERE seq = ?");
  for (const seq of snapshotsToDrop(sizes)) drop.run(seq);
}
