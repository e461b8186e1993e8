import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { sqliteJournal } from "../../src/journal/sqlite-journal.ts";
import { collect, entries, entry, journalContract } from "./journal-contract.ts";

const folder = mkdtempSync(join(tmpdir(), "signaled-journal-"));
let count = 0;

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const create = async () => sqliteJournal(join(folder, `${++count}`, "signaled.db"));

journalContract({
  name: "sqlite",
  create,
  again: async (journal) => sqliteJournal(journal.location),
});

// As it is with facts of megabytes on a slow machine: others have their turn wherever an append can be interrupted.
describe("where every stretch of an append takes long", () => {
  beforeAll(() => {
    let now = 0;
    vi.spyOn(performance, "now").mockImplementation(() => {
      now += 1_000;
      return now;
    });
  });
  afterAll(() => void vi.restoreAllMocks());

  journalContract({
    name: "sqlite, in stretches",
    create,
    again: async (journal) => sqliteJournal(journal.location),
  });

  test("others have their turn, and see nothing of it before it is whole", async () => {
    const journal = await create();
    const writer = await journal.open();
    await writer.append(entries(2), 0);
    const seen: number[] = [];
    let over = false;
    const large = Array.from({ length: 3 }, () => entry("Large", "x".repeat(1_000_000)));
    const appending = Promise.resolve(writer.append(large, 2)).finally(() => {
      over = true;
    });
    while (!over) {
      seen.push((await collect(journal.read())).length);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await appending;
    expect(seen.length).toBeGreaterThan(6);
    expect([...new Set(seen.slice(0, -1))]).toEqual([2]);
    expect((await journal.verify()).problems).toEqual([]);
    await writer.close();
    await journal.close();
  });
});
