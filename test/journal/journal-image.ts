/**
 * A small SQLite journal as bytes, to be damaged one place at a time and put back, and what comes of opening it.
 */

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TransitionError } from "../../src/error.ts";
import type { JournalRecord } from "../../src/journal/journal.ts";
import { defaultDriver, type SqliteDriver } from "../../src/journal/sqlite-driver.ts";
import { sqliteJournal } from "../../src/journal/sqlite-journal.ts";
import { collect, entry } from "./journal-contract.ts";

/** The files of a journal, and what is in them. */
export interface JournalImage {
  readonly database: Uint8Array;
  /** The log as a killed writer left it; empty after a close. */
  readonly log: Uint8Array;
  readonly records: readonly JournalRecord[];
  /** How many of them the last append added. */
  readonly lastAppend: number;
  /** That the next writer gets. */
  readonly epoch: number;
}

/**
 * Pages as small as SQLite has them, so that a few facts fill several and "every byte" is a few thousand; and no syncs,
 * since nothing here loses power.
 */
export const quickDriver: SqliteDriver = (path, options) => {
  const database = defaultDriver(path, options);
  if (path.includes("-new-")) database.exec("PRAGMA page_size = 512");
  return {
    ...database,
    exec: (sql) => database.exec(sql === "PRAGMA synchronous = FULL" ? "PRAGMA synchronous = OFF" : sql),
  };
};

/** Makes the image: a closed journal, or one whose writer was killed after some more appends. */
export async function journalImage(folder: string, end: "closed" | "killed"): Promise<JournalImage> {
  const path = join(folder, `${end}.db`);
  const journal = sqliteJournal(path, { driver: quickDriver });
  const first = await journal.open();
  await first.append([entry("VolumeServed", { volumeName: "A" }), entry("Said", "ü 日本 👩‍🚀")], 0);
  await first.append([entry("Long", "x".repeat(600)), entry("VolumeServed", { volumeName: "B" })], 2);
  await first.saveSnapshot({ seq: 2, body: '{"at":2}' });
  await first.saveSnapshot({ seq: 4, body: '{"at":4}' });
  await first.append([entry("Empty", null)], 4);
  await first.close();
  const second = await journal.open();
  if (end === "killed") {
    await second.append([entry("VolumeUnserved", { volumeName: "A" }), entry("Said", "again")], 5);
    await second.append([entry("Finished", {})], 7);
  } else await second.close();
  const records = await collect(journal.read());
  await journal.close();
  // Copied, since the slices of a Buffer are views of it.
  const bytes = (file: string) => Uint8Array.from(readFileSync(file));
  const image = { database: bytes(path), log: end === "killed" ? bytes(`${path}-wal`) : new Uint8Array() };
  await second.close();
  return { ...image, records, lastAppend: 1, epoch: second.epoch + 1 };
}

/** What opening, reading and checking a journal told. */
export type Outcome =
  | { readonly refused: string }
  | {
      readonly refused: undefined;
      readonly epoch: number;
      /** Whether opening reported a repair. */
      readonly repaired: boolean;
      /** Whether the check of the whole file found something. */
      readonly reported: boolean;
      /** The facts that could be read, or the code of the refusal to read them. */
      readonly facts: readonly JournalRecord[] | string;
    };

/** Puts bytes in place as a journal's files and goes through all that a user would do with it. */
export async function tryImage(folder: string, database: Uint8Array, log: Uint8Array): Promise<Outcome> {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, "signaled.db");
  try {
    writeFileSync(path, database);
    if (log.length > 0) writeFileSync(`${path}-wal`, log);
    const journal = sqliteJournal(path, { driver: quickDriver });
    const opened = await journal.open().catch(codeOf);
    if (typeof opened === "string") return { refused: opened };
    await opened.close();
    const verified = await journal.verify().catch(codeOf);
    const facts = await collect(journal.read()).catch(codeOf);
    await journal.close();
    const reported = typeof verified === "string" || verified.problems.length > 0;
    return { refused: undefined, epoch: opened.epoch, repaired: opened.repair !== undefined, reported, facts };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function codeOf(error: unknown): string {
  if (error instanceof TransitionError) return error.code;
  throw error;
}

/** A new folder, in memory where the system has such a place: these tests make tens of thousands of short-lived files. */
export function quickFolder(): string {
  const parent = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
  return mkdtempSync(join(parent, "signaled-damage-"));
}
