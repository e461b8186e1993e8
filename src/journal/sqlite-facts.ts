/**
 * The facts in a SQLite journal as records whose chain has been checked: nobody above this module sees a fact that is
 * not the one that was appended.
 */

import { CHAIN_START, chainHash } from "./fact-chain.ts";
import type { JournalRecord } from "./journal.ts";
import type { SqliteDatabase, SqliteRow } from "./sqlite-driver.ts";
import { damaged } from "./sqlite-failure.ts";
import { text } from "./sqlite-format.ts";

const SELECT_FACTS =
  "SELECT seq, epoch, type, version, time, body, hash FROM facts WHERE seq >= ? AND seq <= ? ORDER BY seq";

/** A stretch of facts, with what the chain says at its ends. */
export interface FactRange {
  readonly from: number;
  readonly to: number;
  /** Hash of the fact before `from`. */
  readonly previous: string;
}

/** A fact and its hash, which covers all before it. */
export interface CheckedFact {
  readonly record: JournalRecord;
  readonly hash: string;
}

/** Goes through the facts of a range, checking each. Throws JOURNAL_DAMAGED at the first that is missing or not as appended. */
export function* checkedFacts(database: SqliteDatabase, path: string, range: FactRange): Generator<CheckedFact> {
  const { from, to } = range;
  let previous = range.previous;
  let seq = from;
  for (const row of database.prepare(SELECT_FACTS).iterate(from, to)) {
    const record = recordOfRow(row);
    if (record.seq !== seq) throw damaged(path, `fact ${seq} is missing`, { from, to: seq - 1 });
    previous = chainHash(previous, record);
    if (previous !== row["hash"])
      throw damaged(path, `fact ${seq} is not the one that was appended`, { from, to: seq - 1 });
    yield { record, hash: previous };
    seq++;
  }
  if (seq <= to) throw damaged(path, `fact ${seq} is missing`, { from, to: seq - 1 });
}

/** The stored hash of a fact; the chain's start for 0. */
export function storedHash(database: SqliteDatabase, path: string, seq: number): string {
  if (seq === 0) return CHAIN_START;
  const row = database.prepare("SELECT hash FROM facts WHERE seq = ?").get(seq);
  if (row === undefined) throw damaged(path, `fact ${seq} is missing`);
  return text(row["hash"]);
}

export function recordOfRow(row: SqliteRow): JournalRecord {
  return {
    seq: Number(row["seq"]),
    epoch: Number(row["epoch"]),
    type: text(row["type"]),
    version: Number(row["version"]),
    time: Number(row["time"]),
    body: text(row["body"]),
  };
}
