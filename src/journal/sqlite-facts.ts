/**
 * The facts in a SQLite journal, read in pages whose chain has been checked: nobody above this module sees a fact that is
 * not the one that was appended.
 *
 * A fact is fetched as the text that its hash covers, in one column. That is half the cost of fetching its parts, which
 * start-up would otherwise pay for each fact of a long history, and there is no way to check one thing and read another.
 */

import { CHAIN_START, sha256 } from "./fact-chain.ts";
import type { JournalRecord } from "./journal.ts";
import type { SqliteDatabase } from "./sqlite-driver.ts";
import { damaged } from "./sqlite-failure.ts";
import { text } from "./sqlite-format.ts";

/** A stretch of facts, with what the chain says before it. */
export interface FactRange {
  /** The first of the facts before `from` that were found to be whole; `from` itself when none was looked at. */
  readonly since: number;
  readonly from: number;
  readonly to: number;
  /** Hash of the fact before `from`. */
  readonly previous: string;
}

/** Some facts in order, as the texts that their hashes cover without the hash before. */
export interface FactPage {
  readonly facts: readonly string[];
  /** Hash of the last of them. */
  readonly head: string;
}

/** The pages of a range, one after the other. Throws JOURNAL_DAMAGED at the first fact that is missing or was changed. */
export function* checkedPages(database: SqliteDatabase, path: string, range: FactRange): Generator<FactPage> {
  let { from, previous } = range;
  while (from <= range.to) {
    const page = checkedPage(database, path, { ...range, from, previous });
    yield page;
    from += page.facts.length;
    previous = page.head;
  }
}

/** The first page of a range that is not empty. Throws JOURNAL_DAMAGED at the first fact that is missing or was changed. */
export function checkedPage(database: SqliteDatabase, path: string, range: FactRange): FactPage {
  const { since, from, to } = range;
  const facts: string[] = [];
  let head = range.previous;
  for (const { fact, hash } of factRows(database, { after: from - 1, to })) {
    const seq = from + facts.length;
    const whole = { from: since, to: seq - 1 };
    if (!fact.startsWith(`${seq}\n`)) throw damaged(path, `fact ${seq} is missing`, whole);
    head = sha256(`${head}\n`, fact);
    if (head !== hash) throw damaged(path, `fact ${seq} is not the one that was appended`, whole);
    facts.push(fact);
  }
  if (facts.length === 0) throw damaged(path, `fact ${from} is missing`, { from: since, to: from - 1 });
  return { facts, head };
}

/** A fact as stored: the text that its hash covers, and the hash, neither of them checked. */
export interface FactRow {
  readonly fact: string;
  readonly hash: string;
}

/** A page ends with the first of these: enough to make paging cheap, and little enough to hold in memory. */
const PAGE_FACTS = 1_000;
const PAGE_BYTES = 4_000_000;

/** As many rows as fit a page, at least one if there is one, in order of seq. */
export function factRows(
  database: SqliteDatabase,
  { after, to }: { readonly after: number; readonly to: number },
): FactRow[] {
  const size = database.prepare(
    "SELECT sum(octet_length(body)) AS bytes FROM (SELECT body FROM facts WHERE seq > ? ORDER BY seq LIMIT ?)",
  );
  let limit = PAGE_FACTS;
  while (limit > 1 && Number(size.get(after, limit)?.["bytes"]) > PAGE_BYTES) limit = Math.ceil(limit / 4);
  return database
    .prepare(
      "SELECT concat_ws(char(10), seq, epoch, version, time, type, body) AS fact, hash FROM facts WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?",
    )
    .all(after, to, limit)
    .map((row) => ({ fact: text(row["fact"]), hash: text(row["hash"]) }));
}

/** The record that a fact's text stands for. The body is last, and the only part that may hold a newline. */
export function recordOfFact(fact: string): JournalRecord {
  const parts: string[] = [];
  let start = 0;
  while (parts.length < 5) {
    const end = fact.indexOf("\n", start);
    parts.push(fact.slice(start, end));
    start = end + 1;
  }
  const [seq, epoch, version, time, type = ""] = parts;
  return {
    seq: Number(seq),
    epoch: Number(epoch),
    type,
    version: Number(version),
    time: Number(time),
    body: fact.slice(start),
  };
}

/** The stored hash of a fact; the chain's start for 0. */
export function storedHash(database: SqliteDatabase, path: string, seq: number): string {
  if (seq === 0) return CHAIN_START;
  const row = database.prepare("SELECT hash FROM facts WHERE seq = ?").get(seq);
  if (row === undefined) throw damaged(path, `fact ${seq} is missing`);
  return text(row["hash"]);
}
