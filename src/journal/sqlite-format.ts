/**
 * The format of a SQLite journal: its tables, its marks, and the one row that says whose turn it is and where the stream
 * ends. Everything that has a meaning is covered by a hash or compared with what it must be, so that damage shows.
 *
 * `docs/journal.md` describes the format for people; a change here is a new {@link FORMAT_VERSION}.
 */

import { TransitionError } from "../error.ts";
import { CHAIN_START, sha256 } from "./fact-chain.ts";
import type { SqliteDatabase, SqliteRow, SqliteValue } from "./sqlite-driver.ts";
import { damaged } from "./sqlite-failure.ts";

/** Counted from 1. A program refuses journals of later formats and upgrades those of earlier ones. */
const FORMAT_VERSION = 1;

/** "Sgnl" in ASCII: what `file` and SQLite's tools can tell a journal by. */
const APPLICATION_ID = 0x53676e6c;

const SCHEMA = [
  `CREATE TABLE facts (seq INTEGER PRIMARY KEY, epoch INTEGER NOT NULL, type TEXT NOT NULL, version INTEGER NOT NULL, time INTEGER NOT NULL, body TEXT NOT NULL, hash TEXT NOT NULL) STRICT`,
  `CREATE TABLE snapshots (seq INTEGER PRIMARY KEY, head TEXT NOT NULL, body TEXT NOT NULL, hash TEXT NOT NULL) STRICT`,
  `CREATE TABLE stream (one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT NOT NULL, epoch INTEGER NOT NULL, pid INTEGER NOT NULL, host TEXT NOT NULL, since INTEGER NOT NULL, version INTEGER NOT NULL, head TEXT NOT NULL, hash TEXT NOT NULL) STRICT`,
];

/** The row of the table `stream`. It names the last fact, so that facts lost at the end are missed. */
export interface StreamRow {
  /** Names the stream for good. */
  readonly id: string;
  /** Of the present writer, or of the last one. 0 before the first. */
  readonly epoch: number;
  readonly pid: number;
  readonly host: string;
  /** Milliseconds since the epoch. */
  readonly since: number;
  /** Sequence number of the last fact. */
  readonly version: number;
  /** Hash of the last fact. */
  readonly head: string;
}

/**
 * Writes the tables and marks of an empty journal into an empty database. Without a prepared statement, since a driver may
 * keep the file open for as long as one lives; the id holds no quote.
 */
export function createFormat(database: SqliteDatabase, id: string): void {
  const row: StreamRow = { id, epoch: 0, pid: 0, host: "", since: 0, version: 0, head: CHAIN_START };
  database.exec("BEGIN IMMEDIATE");
  database.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
  database.exec(`PRAGMA user_version = ${FORMAT_VERSION}`);
  for (const statement of SCHEMA) database.exec(statement);
  database.exec(`INSERT INTO stream VALUES (1, '${id}', 0, 0, '', 0, 0, '${row.head}', '${streamHash(row)}')`);
  database.exec("COMMIT");
  // Last, so that all of the above is in the file itself and not in a log beside it.
  database.exec("PRAGMA journal_mode = WAL");
}

/** Refuses what is not a journal that this program can read, before anything is believed of it. */
export function requireFormat(database: SqliteDatabase, path: string): void {
  const application = pragma(database, "application_id");
  if (application !== APPLICATION_ID)
    throw damaged(path, `it is not a Signaled journal, or its first page is damaged (application id ${application})`);
  const format = Number(pragma(database, "user_version"));
  if (format > FORMAT_VERSION)
    throw new TransitionError(
      "JOURNAL_NEWER",
      `journal ${path} has format ${format}, and this program knows formats up to ${FORMAT_VERSION}: run a newer Signaled`,
      { file: path },
    );
  if (format !== FORMAT_VERSION) throw damaged(path, `it has the format ${format}, which there never was`);
  // SQLite's own tables, such as ANALYZE makes, are none of ours and do no harm.
  const tables = database.prepare("SELECT sql FROM sqlite_schema WHERE name NOT GLOB 'sqlite_*' ORDER BY name").all();
  if (tables.map((table) => table["sql"]).join("\n") !== SCHEMA.join("\n"))
    throw damaged(path, "its tables are not those of its format");
}

/** The statement that {@link readStreamRow} reads from. */
export const SELECT_STREAM = "SELECT id, epoch, pid, host, since, version, head, hash FROM stream WHERE one = 1";

/** Reads the stream's row and checks it against its hash. */
export function readStreamRow(row: SqliteRow | undefined, path: string): StreamRow {
  if (row === undefined) throw damaged(path, "the row that says where the stream ends is missing");
  const stream: StreamRow = {
    id: text(row["id"]),
    epoch: Number(row["epoch"]),
    pid: Number(row["pid"]),
    host: text(row["host"]),
    since: Number(row["since"]),
    version: Number(row["version"]),
    head: text(row["head"]),
  };
  if (streamHash(stream) !== row["hash"]) throw damaged(path, "the row that says where the stream ends was changed");
  return stream;
}

/** The hash that goes with a stream's row. */
export function streamHash({ id, epoch, pid, host, since, version, head }: StreamRow): string {
  return sha256("", `${id}\n${epoch}\n${pid}\n${host}\n${since}\n${version}\n${head}`);
}

/** The hash that goes with a snapshot: it is of this body after the fact with this hash. */
export function snapshotHash(seq: number, head: string, body: string): string {
  return sha256(`${seq}\n${head}\n`, body);
}

/** The value of a pragma that gives one. */
export function pragma(database: SqliteDatabase, name: string): SqliteValue | undefined {
  const row = database.prepare(`PRAGMA ${name}`).get();
  return row === undefined ? undefined : Object.values(row)[0];
}

export function text(value: SqliteValue | undefined): string {
  return typeof value === "string" ? value : String(value);
}
