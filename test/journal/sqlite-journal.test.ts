import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { sqliteJournal } from "../../src/journal/sqlite-journal.ts";
import { journalContract } from "./journal-contract.ts";

const folder = mkdtempSync(join(tmpdir(), "signaled-journal-"));
let count = 0;

afterAll(() => rmSync(folder, { recursive: true, force: true }));

journalContract({
  name: "sqlite",
  create: async () => sqliteJournal(join(folder, `${++count}`, "signaled.db")),
  again: async (journal) => sqliteJournal(journal.location),
});
