/**
 * The embedded journal: one SQLite file, no server and no set-up. One process writes it, any number read beside it, and
 * what it holds is checked against its hash chain whenever it is read.
 */

import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { TransitionError } from "../error.ts";
import type { Journal } from "./journal.ts";
import { defaultDriver, type SqliteDriver } from "./sqlite-driver.ts";
import { realPlace } from "./sqlite-file.ts";
import { openSqliteWriter } from "./sqlite-opening.ts";
import { currentHolder, currentStream, readFacts, sqliteReader } from "./sqlite-reading.ts";
import { selectFacts } from "./sqlite-selection.ts";
import { newestSnapshot } from "./sqlite-snapshots.ts";
import { verifySqlite } from "./sqlite-verification.ts";

export interface SqliteJournalOptions {
  /** Another way to reach SQLite than the one that fits this Node; for tests that inject faults. */
  readonly driver?: SqliteDriver | undefined;
}

/**
 * The journal in the file `path`, which the first `open` creates (mode 0600; a missing folder with 0700). Reading needs
 * the file to be there. It must be on a local disk: SQLite's log does not work across machines.
 * @throws TransitionError USAGE without a path
 */
export function sqliteJournal(path: string, { driver = defaultDriver }: SqliteJournalOptions = {}): Journal {
  if (typeof path !== "string" || path === "" || path === ":memory:")
    throw new TransitionError("USAGE", "sqliteJournal needs the path of a file; memoryJournal() keeps facts in memory");
  const place = { driver, path: realPlace(resolve(path)) };
  const reader = sqliteReader(place);
  return {
    location: place.path,
    durable: true,
    open: async ({ takeover = false } = {}) => openSqliteWriter({ ...place, takeover }),
    read: ({ from = 1, to = Infinity } = {}) => readFacts(reader, from, to),
    select: (selection) => selectFacts(reader, selection),
    version: async () => reader.use((database) => currentStream(database, place.path).version),
    snapshot: async (atMost = Infinity) =>
      reader.use((database) => {
        const found = newestSnapshot(database, Math.min(atMost, currentStream(database, place.path).version));
        return found === undefined ? undefined : { seq: found.seq, body: found.body };
      }),
    holder: async () => (existsSync(place.path) ? reader.use((database) => currentHolder(database, place)) : undefined),
    verify: async () => verifySqlite(place),
    close: async () => reader.close(),
  };
}
