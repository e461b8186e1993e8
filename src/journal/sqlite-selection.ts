/**
 * Some facts of a SQLite journal, found by their types from either end.
 *
 * The tables have no index of types, so the search goes through the facts in stretches, and lets other work in between
 * them: a history of a million facts takes a while, and nobody may wait for who only looks.
 */

import { setImmediate as otherWork } from "node:timers/promises";
import { sha256 } from "./fact-chain.ts";
import type { JournalRecord, JournalSelection } from "./journal.ts";
import type { SqliteDatabase } from "./sqlite-driver.ts";
import { recordOfFact, storedHash } from "./sqlite-facts.ts";
import { damaged } from "./sqlite-failure.ts";
import { text } from "./sqlite-format.ts";
import { currentStream, type SqliteReader } from "./sqlite-reading.ts";

/** Facts that are looked through before other work is let in: about a millisecond. */
const STRETCH = 4_000;

export async function* selectFacts(reader: SqliteReader, selection: JournalSelection): AsyncGenerator<JournalRecord> {
  const { path } = reader;
  const newestFirst = selection.order === "newest-first";
  const first = Math.max(1, selection.from ?? 1);
  const last = Math.min(
    selection.to ?? Infinity,
    reader.use((database) => currentStream(database, path).version),
  );
  for (let done = 0; done <= last - first; done += STRETCH) {
    const from = newestFirst ? Math.max(first, last - done - STRETCH + 1) : first + done;
    const to = newestFirst ? last - done : Math.min(last, first + done + STRETCH - 1);
    const found = reader.use((database) => seqsOf(database, { ...selection, from, to }));
    for (const seq of found) yield reader.use((database) => checkedFact(database, path, seq));
    await otherWork();
  }
}

function seqsOf(database: SqliteDatabase, { types, from, to, order }: JournalSelection): number[] {
  const direction = order === "newest-first" ? "DESC" : "ASC";
  const filter = types === undefined ? "" : "AND type IN (SELECT value FROM json_each(?))";
  return database
    .prepare(`SELECT seq FROM facts WHERE seq >= ? AND seq <= ? ${filter} ORDER BY seq ${direction}`)
    .all(from ?? 1, to ?? 0, ...(types === undefined ? [] : [JSON.stringify(types)]))
    .map((row) => Number(row["seq"]));
}

/** One fact, held against its own hash and that of the fact before it. */
function checkedFact(database: SqliteDatabase, path: string, seq: number): JournalRecord {
  const row = database
    .prepare("SELECT concat_ws(char(10), seq, epoch, version, time, type, body) AS fact, hash FROM facts WHERE seq = ?")
    .get(seq);
  if (row === undefined) throw damaged(path, `fact ${seq} is missing`);
  const fact = text(row["fact"]);
  if (sha256(`${storedHash(database, path, seq - 1)}\n`, fact) !== row["hash"])
    throw damaged(path, `fact ${seq} is not the one that was appended`);
  return recordOfFact(fact);
}
