/**
 * The check of a whole SQLite journal: SQLite's own check of its pages, then every fact against the chain, the stream's
 * end and the snapshots. It goes on after a find, so that one run tells all that is wrong.
 */

import { CHAIN_START, sha256 } from "./fact-chain.ts";
import type { JournalVerification } from "./journal.ts";
import { abandon, type SqliteDatabase } from "./sqlite-driver.ts";
import { type FactRow, factRows, recordOfFact } from "./sqlite-facts.ts";
import { journalFailure } from "./sqlite-failure.ts";
import { text } from "./sqlite-format.ts";
import { currentStream, openReader, type SqlitePlace } from "./sqlite-reading.ts";
import { checkedSnapshots } from "./sqlite-snapshots.ts";

type Problem = JournalVerification["problems"][number];

/** Beyond this many problems no further ones are listed: one lost page of a large file makes thousands. */
const MOST_PROBLEMS = 100;

/** Throws only when the file cannot be reached at all; damage is a result. */
export function verifySqlite(place: SqlitePlace): JournalVerification {
  const check: Check = { facts: 0, head: CHAIN_START, problems: [] };
  let database: SqliteDatabase | undefined;
  try {
    database = openReader(place);
    // One transaction, so that all parts of the check see the same facts while a writer goes on.
    database.exec("BEGIN");
    checkPages(database, check);
    checkChain(database, check);
    checkEnd(database, place.path, check);
    checkSnapshots(database, check);
  } catch (error) {
    const failure = journalFailure(place.path, error);
    if (failure.code === "JOURNAL_UNAVAILABLE") throw failure;
    report(check, undefined, failure.message);
  } finally {
    if (database !== undefined) abandon(database);
  }
  return check;
}

interface Check {
  facts: number;
  head: string;
  readonly problems: Problem[];
}

function report({ problems }: Check, seq: number | undefined, message: string): void {
  if (problems.length < MOST_PROBLEMS) problems.push({ seq, message });
  else if (problems.length === MOST_PROBLEMS) problems.push({ seq: undefined, message: "there are more problems" });
}

function checkPages(database: SqliteDatabase, check: Check): void {
  for (const row of database.prepare(`PRAGMA integrity_check(${MOST_PROBLEMS})`).all()) {
    const finding = text(Object.values(row)[0]);
    if (finding !== "ok") report(check, undefined, `SQLite's integrity check: ${finding}`);
  }
}

function checkChain(database: SqliteDatabase, check: Check): void {
  let last = Number(database.prepare("SELECT min(seq) AS first FROM facts").get()?.["first"] ?? 1) - 1;
  if (last !== 0) report(check, last, last > 0 ? `facts 1 to ${last} are missing` : `there is a fact ${last + 1}`);
  for (let rows = page(); rows.length > 0; rows = page()) for (const row of rows) checkFact(row);

  function page(): FactRow[] {
    return factRows(database, { after: last, to: Number.MAX_SAFE_INTEGER });
  }

  function checkFact({ fact, hash }: FactRow): void {
    const { seq } = recordOfFact(fact);
    if (seq !== last + 1) report(check, last + 1, `facts ${last + 1} to ${seq - 1} are missing`);
    if (sha256(`${check.head}\n`, fact) !== hash)
      report(check, seq, `fact ${seq} is not the one that was appended after the one before it`);
    // On with the stored hash: one changed fact is then one problem, not as many as there are facts after it.
    check.head = hash;
    check.facts++;
    last = seq;
  }
}

function checkEnd(database: SqliteDatabase, path: string, check: Check): void {
  const { version, head } = currentStream(database, path);
  if (version !== check.facts)
    report(check, version, `the stream ends with fact ${version}, and ${check.facts} facts are there`);
  else if (head !== check.head) report(check, version, `fact ${version} is not the one that the stream ends with`);
}

function checkSnapshots(database: SqliteDatabase, check: Check): void {
  const hashOf = database.prepare("SELECT hash FROM facts WHERE seq = ?");
  for (const { seq, head, whole } of checkedSnapshots(database, Number.MAX_SAFE_INTEGER)) {
    if (!whole) report(check, seq, `the snapshot after fact ${seq} was changed`);
    else if ((seq === 0 ? CHAIN_START : hashOf.get(seq)?.["hash"]) !== head)
      report(check, seq, `the snapshot after fact ${seq} was made from another history`);
  }
}
