/**
 * What a failed SQLite call means for a journal. SQLite says what it met; whoever runs the service needs to know whether
 * the history is damaged, or the place is full, read-only or gone, and what can be done.
 */

import { TransitionError } from "../error.ts";
import {
  SQLITE_BUSY,
  SQLITE_CANTOPEN,
  SQLITE_CORRUPT,
  SQLITE_ERROR,
  SQLITE_FULL,
  SQLITE_IOERR,
  SQLITE_NOTADB,
  SQLITE_READONLY,
  sqliteResultCode,
} from "./sqlite-driver.ts";

/** Damage: where it is and the ways out. `whole` is a stretch of facts before it that was found to be good. */
export function damaged(
  path: string,
  what: string,
  whole?: { readonly from: number; readonly to: number },
): TransitionError {
  const kept = whole === undefined || whole.to < whole.from ? "" : `facts ${whole.from} to ${whole.to} are whole; `;
  return new TransitionError(
    "JOURNAL_DAMAGED",
    `journal ${path} is damaged: ${what}; ${kept}restore a backup, or move the file away (with its -wal and -shm) to start a new history`,
    { file: path },
  );
}

/** The journal cannot be used as things are, though nothing says that its facts are damaged. */
export function unavailable(path: string, why: string, cause?: unknown): TransitionError {
  return new TransitionError("JOURNAL_UNAVAILABLE", `journal ${path} is unavailable: ${why}`, { file: path, cause });
}

/** Gives a thrown value the journal's words; one of the journal's own refusals goes through as it is. */
export function journalFailure(path: string, error: unknown): TransitionError {
  if (error instanceof TransitionError) return error;
  const said = error instanceof Error ? error.message : String(error);
  switch (sqliteResultCode(error)) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    // With the schema known to be ours a statement that does not fit it means that the schema was not read whole.
    case SQLITE_ERROR:
      return damaged(path, said);
    case SQLITE_FULL:
      return unavailable(path, `the disk is full (${said})`, error);
    case SQLITE_READONLY:
      return unavailable(path, `the file or its folder cannot be written (${said})`, error);
    case SQLITE_BUSY:
      return unavailable(path, `another process keeps it locked (${said})`, error);
    case SQLITE_CANTOPEN:
      return unavailable(
        path,
        `it cannot be opened; are the file and its folder there and permitted? (${said})`,
        error,
      );
    case SQLITE_IOERR:
      return unavailable(path, `the disk failed (${said})`, error);
    default:
      return unavailable(path, said, error);
  }
}
