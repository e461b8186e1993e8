/**
 * The SQLite journal among processes: who holds it, what a killed holder leaves, and that a stale one never writes.
 */

import { mkdtempSync, rmSync, statSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type SqliteJournalOptions, sqliteJournal } from "../../src/journal/sqlite-journal.ts";
import { type Child, startChild } from "../child.ts";
import { collect, entries } from "./journal-contract.ts";

const WRITER = new URL("./writer-process.ts", import.meta.url);

describe("a SQLite journal among processes", () => {
  let folder: string;
  let path: string;
  const children: Child[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "signaled-process-"));
    path = join(folder, "state", "signaled.db");
  });

  afterEach(async () => {
    for (const child of children.splice(0)) if (child.process.exitCode === null) await child.end("SIGKILL");
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  async function writer(): Promise<Child> {
    const child = await startChild(WRITER, [path]);
    children.push(child);
    return child;
  }

  function journal(options: SqliteJournalOptions = {}) {
    return sqliteJournal(path, options);
  }

  it("refuses a second process, and names the first and the way out", async () => {
    const child = await writer();
    await child.ask({ request: "open" });
    const refusal = await journal()
      .open()
      .catch((error) => error);
    expect(refusal).toMatchObject({ code: "JOURNAL_LOCKED", file: path });
    for (const part of [`process ${child.process.pid}`, hostname(), "--takeover"])
      expect(refusal.message).toContain(part);
    expect(await journal().holder()).toMatchObject({ pid: child.process.pid, epoch: 1, host: hostname() });
    expect(await child.ask({ request: "append", count: 1 })).toEqual({ version: 1 });
  });

  it("is free at once when its holder was killed, with all that was appended", async () => {
    const child = await writer();
    await child.ask({ request: "open" });
    await child.ask({ request: "append", count: 7 });
    await child.end("SIGKILL");
    expect(await journal().holder()).toBeUndefined();
    const next = await journal().open();
    expect(next).toMatchObject({ epoch: 2, version: 7, repair: undefined });
    await next.close();
  });

  it("is free when its holder went without a close", async () => {
    const child = await writer();
    await child.ask({ request: "open" });
    await child.ask({ request: "append", count: 1 });
    await child.end("SIGTERM");
    const next = await journal().open();
    expect(next.version).toBe(1);
    await next.close();
  });

  it.skipIf(process.platform === "win32")("fences a stopped holder that wakes up after a takeover", async () => {
    const child = await writer();
    await child.ask({ request: "open" });
    await child.ask({ request: "append", count: 2 });
    child.process.kill("SIGSTOP");
    await expect(journal().open()).rejects.toMatchObject({ code: "JOURNAL_LOCKED" });
    const taker = await journal().open({ takeover: true });
    await taker.append(entries(1), 2);
    child.process.kill("SIGCONT");
    for (let attempt = 0; attempt < 3; attempt++)
      expect(await child.ask({ request: "append", count: 1 })).toMatchObject({ code: "JOURNAL_FENCED" });
    await child.ask({ request: "close" });
    // The stale one's end takes nothing from the new one.
    expect((await journal().holder())?.pid).toBe(process.pid);
    await taker.append(entries(1), 3);
    await taker.close();
    expect((await collect(journal().read())).map(({ epoch }) => epoch)).toEqual([1, 1, 2, 2]);
  });

  it("keeps every append that was confirmed, whenever the writer is killed", async () => {
    let confirmed = 0;
    for (let round = 0; round < 15; round++) {
      const child = await writer();
      const opened = await child.ask({ request: "open" });
      expect(opened["version"]).toBeGreaterThanOrEqual(confirmed);
      confirmed = Number(opened["version"]);
      child.process.on("message", ({ version }: { version: number }) => {
        confirmed = version;
      });
      child.process.send({ request: "append-forever", count: (round % 5) * 40 + 1, size: 300 });
      await delay(10 + Math.random() * 60);
      await child.end("SIGKILL");
    }
    expect(confirmed).toBeGreaterThan(0);
    const last = await journal().open();
    expect(last.version).toBeGreaterThanOrEqual(confirmed);
    expect(last.epoch).toBe(16);
    await last.close();
    expect(await journal().verify()).toMatchObject({ facts: last.version, problems: [] });
  });

  it("cuts off a large append that was killed in the middle", async () => {
    const repairs: unknown[] = [];
    for (let round = 0; round < 6; round++) {
      const child = await writer();
      const { version, repair } = await child.ask({ request: "open" });
      expect([0, 1]).toContain(Number(version) % 60_000);
      repairs.push(repair);
      if (version === 0) await child.ask({ request: "append", count: 1 });
      // More than SQLite's cache holds, so that the log grows long before the append is complete.
      child.process.send({ request: "append", count: 60_000, size: 500 });
      const log = `${path}-wal`;
      const before = statSync(log).size;
      while (statSync(log).size === before) await delay(5);
      await child.end("SIGKILL");
    }
    expect(repairs.filter((repair) => repair !== undefined).length).toBeGreaterThan(0);
    expect((await journal().verify()).problems).toEqual([]);
  });

  it("lets one of many through that open a missing journal at once", async () => {
    const crowd = await Promise.all(Array.from({ length: 6 }, () => writer()));
    const answers = await Promise.all(crowd.map((child) => child.ask({ request: "open" })));
    expect(answers.map((answer) => answer["code"] ?? "open").sort()).toEqual([
      ...Array.from({ length: 5 }, () => "JOURNAL_LOCKED"),
      "open",
    ]);
  });

  it("stays one stream when many take it over from each other", async () => {
    const crowd = await Promise.all(Array.from({ length: 4 }, () => writer()));
    const confirmed = await Promise.all(
      crowd.map(async (child) => {
        const versions: number[] = [];
        for (let round = 0; round < 8; round++) {
          expect(await child.ask({ request: "open", takeover: true })).not.toHaveProperty("message");
          for (let append = 0; append < 3; append++) {
            const { version, code } = await child.ask({ request: "append", count: 2 });
            if (code === undefined) versions.push(Number(version));
            else expect(code).toBe("JOURNAL_FENCED");
          }
        }
        return versions;
      }),
    );
    const all = confirmed.flat();
    expect(new Set(all).size).toBe(all.length);
    expect(await journal().version()).toBe(all.length * 2);
    expect((await journal().verify()).problems).toEqual([]);
    const epochs = (await collect(journal().read())).map(({ epoch }) => epoch);
    expect(epochs).toEqual([...epochs].sort((a, b) => a - b));
  });

  it("is read by others while it is written", async () => {
    const child = await writer();
    await child.ask({ request: "open" });
    await child.ask({ request: "append", count: 100 });
    const reader = await writer();
    let version = 100;
    child.process.on("message", (message: { version: number }) => {
      version = message.version;
    });
    // With pauses: each reading is of everything, and a writer without any may be quicker than all readers.
    child.process.send({ request: "append-forever", count: 20, size: 200, pause: 2 });
    for (let round = 0; round < 20; round++) {
      const before = version;
      const { last } = await reader.ask({ request: "read" });
      expect(last).toBeGreaterThanOrEqual(before);
      expect(Number(last) % 20).toBe(0);
    }
    await child.end("SIGKILL");
    expect(version).toBeGreaterThan(100);
  });
});
