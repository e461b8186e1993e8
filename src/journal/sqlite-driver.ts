/**
 * The five functions of SQLite that the journal uses, and where they come from: `node:sqlite` where the running Node has
 * a sound one, and otherwise a package with the same interface whose binaries come inside its registry tarball.
 * Nothing else in the journal knows a driver, so that another one is a change of this file.
 */

import { createRequire } from "node:module";
import { TransitionError } from "../error.ts";

const require = createRequire(import.meta.url);

/** A value as SQLite gives and takes it; journals hold no integers beyond 2^53 and no blobs. */
export type SqliteValue = string | number | null;

export type SqliteRow = Readonly<Record<string, SqliteValue>>;

/** A prepared statement. */
export interface SqliteStatement {
  run(...values: SqliteValue[]): unknown;
  get(...values: SqliteValue[]): SqliteRow | undefined;
  all(...values: SqliteValue[]): readonly SqliteRow[];
}

/** One connection. Every call is synchronous and may throw what {@link sqliteResultCode} reads. */
export interface SqliteDatabase {
  /** Runs statements that give no rows, or whose rows nobody wants. */
  exec(sql: string): void;
  prepare(sql: string): SqliteStatement;
  close(): void;
}

export interface SqliteOpenOptions {
  /** An existing file, nothing is written to it. Without this the file is made when it is missing. */
  readonly readOnly: boolean;
  /** How long a call waits for a lock, in milliseconds. The event loop waits with it. */
  readonly busyTimeout: number;
}

/** Opens a file (a path, or a `file:` URI); tests give the journal another one to inject faults. */
export type SqliteDriver = (path: string, options: SqliteOpenOptions) => SqliteDatabase;

/** What `node:sqlite` and the package have in common. */
interface SqliteModule {
  readonly DatabaseSync: new (path: string, options: { readonly readOnly: boolean }) => SqliteDatabase;
}

/**
 * The driver of this Node. Loaded when the first journal is opened, not at import, so that who keeps nothing on disk
 * loads no native code.
 */
export const defaultDriver: SqliteDriver = (path, { readOnly, busyTimeout }) => {
  const connection = new (loadModule().DatabaseSync)(path, { readOnly });
  const statements = new Map<string, SqliteStatement>();
  connection.exec(`PRAGMA busy_timeout = ${busyTimeout}`);
  return {
    exec: (sql) => connection.exec(sql),
    prepare(sql) {
      // One statement per text: the package frees a statement only when it is garbage, and a connection only then closes.
      const statement = statements.get(sql) ?? connection.prepare(sql);
      statements.set(sql, statement);
      return statement;
    },
    close: () => connection.close(),
  };
};

/**
 * The first SQLite that is free of a defect by which two connections, checkpointing at once, could lose a transaction
 * (https://sqlite.org/wal.html#walresetbug). An older one inside Node is passed over.
 */
const SOUND_SQLITE = [3, 51, 3];

let loaded: SqliteModule | undefined;

/** One module per process: two copies of SQLite in one process would lose each other's file locks on a common file. */
function loadModule(): SqliteModule {
  loaded ??= hasSoundBuiltIn() ? loadBuiltIn() : loadPackage();
  return loaded;
}

function hasSoundBuiltIn(): boolean {
  const version = (process.versions["sqlite"] ?? "0").split(".").map(Number);
  const differing = SOUND_SQLITE.findIndex((part, index) => version[index] !== part);
  return differing === -1 || (version[differing] ?? 0) > (SOUND_SQLITE[differing] ?? 0);
}

/** Node 22 still calls its SQLite an experiment and warns at each start, which tells the people who run a service nothing. */
function loadBuiltIn(): SqliteModule {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return require("node:sqlite") as SqliteModule;
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** Where the package has no binary for this platform, any SQLite inside Node is better than no journal. */
function loadPackage(): SqliteModule {
  try {
    return require("@photostructure/sqlite") as SqliteModule;
  } catch (error) {
    try {
      return loadBuiltIn();
    } catch {
      throw new TransitionError(
        "JOURNAL_UNAVAILABLE",
        `no SQLite for ${process.platform}-${process.arch} on Node ${process.versions.node}; use Node 24 or later, which brings its own, ` +
          "or install without omitting optional dependencies",
        { cause: error },
      );
    }
  }
}

/** Ends a transaction without its changes. */
export function rollBack(database: SqliteDatabase): void {
  try {
    database.exec("ROLLBACK");
  } catch {
    // SQLite itself ended the transaction when it failed, or there was none.
  }
}

/**
 * Closes a connection that may be in a transaction. The package closes a connection only when its statements are garbage,
 * and a transaction that is open until then would keep others waiting.
 */
export function abandon(database: SqliteDatabase): void {
  rollBack(database);
  database.close();
}

/**
 * SQLite's primary result code of a thrown error, or undefined if SQLite did not throw it.
 * https://sqlite.org/rescode.html
 */
export function sqliteResultCode(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  // The primary code is the low byte; the rest tells variants apart that the journal treats alike.
  if ("errcode" in error && typeof error.errcode === "number") return error.errcode & 0xff;
  return CODE_OF_MESSAGE[error.message];
}

export const SQLITE_ERROR = 1;
export const SQLITE_BUSY = 5;
export const SQLITE_READONLY = 8;
export const SQLITE_IOERR = 10;
export const SQLITE_CORRUPT = 11;
export const SQLITE_FULL = 13;
export const SQLITE_CANTOPEN = 14;
export const SQLITE_NOTADB = 26;

/** The package gives no code with what fails in the middle of many rows, only SQLite's own words. */
const CODE_OF_MESSAGE: Readonly<Record<string, number>> = {
  "database is locked": SQLITE_BUSY,
  "attempt to write a readonly database": SQLITE_READONLY,
  "disk I/O error": SQLITE_IOERR,
  "database disk image is malformed": SQLITE_CORRUPT,
  "database or disk is full": SQLITE_FULL,
  "unable to open database file": SQLITE_CANTOPEN,
  "file is not a database": SQLITE_NOTADB,
};
