/**
 * The SQLite journal in trouble that is nobody's damage: full and read-only disks, files that vanish or come from other
 * programs, locks that are not let go, and a failure at each single call of the driver.
 */

import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  defaultDriver,
  type SqliteDriver,
  type SqliteStatement,
  type SqliteValue,
} from "../../src/journal/sqlite-driver.ts";
import { factRows } from "../../src/journal/sqlite-facts.ts";
import { sqliteJournal } from "../../src/journal/sqlite-journal.ts";
import { inspectLog } from "../../src/journal/sqlite-log.ts";
import { collect, entries } from "./journal-contract.ts";

const WINDOWS = process.platform === "win32";

describe("a SQLite journal in trouble", () => {
  let folder: string;
  let path: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "signaled-trouble-"));
    path = join(folder, "state", "signaled.db");
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

  async function written(count: number): Promise<void> {
    const writer = await sqliteJournal(path).open();
    await writer.append(entries(count), 0);
    await writer.close();
  }

  /** A driver that runs one more statement on each connection to the journal itself, after it was set up. */
  function settled(sql: string): SqliteDriver {
    return (file, options) => {
      const database = defaultDriver(file, options);
      return {
        ...database,
        exec(statement) {
          database.exec(statement);
          if (statement.startsWith("PRAGMA journal_size_limit")) database.exec(sql);
        },
      };
    };
  }

  describe("files", () => {
    it.skipIf(WINDOWS)("are readable by their owner alone, and so is a folder that was made for them", async () => {
      const mask = process.umask(0);
      try {
        const writer = await sqliteJournal(path).open();
        await writer.append(entries(1), 0);
        const modes = readdirSync(dirname(path)).map((name) => [
          name,
          statSync(join(dirname(path), name)).mode & 0o777,
        ]);
        expect(Object.fromEntries(modes)).toEqual({
          "signaled.db": 0o600,
          "signaled.db-hold-1": 0o600,
          "signaled.db-shm": 0o600,
          "signaled.db-wal": 0o600,
        });
        expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
        await writer.close();
      } finally {
        process.umask(mask);
      }
    });

    it("is complete in one file after a close", async () => {
      await written(3);
      const log = `${path}-wal`;
      expect(existsSync(log) ? statSync(log).size : 0).toBe(0);
      expect(readdirSync(dirname(path)).filter((name) => name.includes("-hold-") || name.includes("-new-"))).toEqual(
        [],
      );
    });

    it("are swept of what earlier holders left", async () => {
      await written(1);
      writeFileSync(`${path}-hold-1`, "");
      writeFileSync(`${path}-new-3fe3`, "half made");
      for (const other of ["-hold-x", "-hold-9", "-backup"]) writeFileSync(path + other, "not left by one");
      const writer = await sqliteJournal(path).open();
      const log = ["signaled.db-shm", "signaled.db-wal"];
      expect(readdirSync(dirname(path)).filter((name) => !log.includes(name))).toEqual([
        "signaled.db",
        "signaled.db-backup",
        "signaled.db-hold-2",
        "signaled.db-hold-9",
        "signaled.db-hold-x",
      ]);
      await writer.close();
    });

    it("cannot be read where there are none", async () => {
      const journal = sqliteJournal(path);
      await expect(journal.version()).rejects.toMatchObject({ code: "JOURNAL_UNAVAILABLE", file: path });
      await expect(collect(journal.read())).rejects.toMatchObject({ code: "JOURNAL_UNAVAILABLE" });
      await expect(journal.verify()).rejects.toMatchObject({ code: "JOURNAL_UNAVAILABLE" });
      expect(await journal.holder()).toBeUndefined();
      expect(existsSync(path)).toBe(false);
    });

    it("cannot be made where there is no place for them", async () => {
      writeFileSync(join(folder, "state"), "a file where the folder should be");
      await expect(sqliteJournal(path).open()).rejects.toMatchObject({ code: "JOURNAL_UNAVAILABLE" });
      mkdirSync(join(folder, "folder.db"));
      await expect(sqliteJournal(join(folder, "folder.db")).open()).rejects.toMatchObject({
        code: "JOURNAL_UNAVAILABLE",
      });
    });

    it.skipIf(WINDOWS)("are one journal by whatever links they are reached", async () => {
      await written(3);
      symlinkSync(path, join(folder, "link.db"));
      symlinkSync(dirname(path), join(folder, "folder"));
      const ways = [path, join(folder, "link.db"), join(folder, "folder", "signaled.db")];
      for (const held of ways) {
        const writer = await sqliteJournal(held).open();
        for (const way of ways) {
          await expect(sqliteJournal(way).open()).rejects.toMatchObject({ code: "JOURNAL_LOCKED" });
          expect(await sqliteJournal(way).holder()).toMatchObject({ epoch: writer.epoch });
        }
        await writer.close();
      }
    });

    it.skipIf(WINDOWS)("are made where a link leads that leads nowhere yet", async () => {
      symlinkSync(join("later", "made.db"), join(folder, "link.db"));
      const writer = await sqliteJournal(join(folder, "link.db")).open();
      await writer.append(entries(2), 0);
      await writer.close();
      expect(existsSync(join(folder, "later", "made.db"))).toBe(true);
      expect(await sqliteJournal(join(folder, "link.db")).version()).toBe(2);
      symlinkSync("loop.db", join(folder, "loop.db"));
      await expect(sqliteJournal(join(folder, "loop.db")).open()).rejects.toMatchObject({
        code: "JOURNAL_UNAVAILABLE",
      });
    });

    it("need a path", () => {
      for (const none of ["", ":memory:", undefined])
        expect(() => sqliteJournal(none as never)).toThrow(expect.objectContaining({ code: "USAGE" }));
    });

    it("are not made beside the log of a journal that is gone", async () => {
      mkdirSync(dirname(path));
      writeFileSync(`${path}-wal`, "what is left of a journal");
      await expect(sqliteJournal(path).open()).rejects.toMatchObject({ code: "JOURNAL_DAMAGED" });
      expect(existsSync(path)).toBe(false);
    });
  });

  describe("files of others", () => {
    it("are refused and left alone", async () => {
      mkdirSync(dirname(path));
      for (const [name, text] of [
        ["text", "no database at all, but long enough. ".repeat(50)],
        ["empty", ""],
      ] as const) {
        const file = `${path}.${name}`;
        writeFileSync(file, text);
        await expect(sqliteJournal(file).open()).rejects.toMatchObject({ code: "JOURNAL_DAMAGED", file });
        await expect(collect(sqliteJournal(file).read())).rejects.toMatchObject({ code: "JOURNAL_DAMAGED" });
        expect(statSync(file).size).toBe(text.length);
      }
      const database = defaultDriver(path, { readOnly: false, busyTimeout: 0 });
      database.exec("CREATE TABLE facts (seq INTEGER PRIMARY KEY)");
      database.close();
      await expect(sqliteJournal(path).open()).rejects.toThrow(/not a Signaled journal/);
    });

    it("are refused when a newer program wrote them, and what to do is said", async () => {
      await written(1);
      const database = defaultDriver(path, { readOnly: false, busyTimeout: 0 });
      database.exec("PRAGMA user_version = 2");
      database.close();
      const journal = sqliteJournal(path);
      await expect(journal.open()).rejects.toMatchObject({ code: "JOURNAL_NEWER", file: path });
      await expect(journal.version()).rejects.toThrow(/newer Signaled/);
      expect((await journal.verify()).problems[0]?.message).toMatch(/newer Signaled/);
    });
  });

  describe("damage", () => {
    /** Runs SQL on the closed journal, as a careless hand would. */
    function tamper(sql: string): void {
      const database = defaultDriver(path, { readOnly: false, busyTimeout: 0 });
      database.exec(sql);
      database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
      database.close();
    }

    it.each([
      ["a changed body", "UPDATE facts SET body = '{}' WHERE seq = 4", 4, "is not the one that was appended"],
      ["a changed time", "UPDATE facts SET time = time + 1 WHERE seq = 4", 4, "is not the one that was appended"],
      ["a changed epoch", "UPDATE facts SET epoch = 9 WHERE seq = 4", 4, "is not the one that was appended"],
      ["a removed fact", "DELETE FROM facts WHERE seq = 4", 4, "is missing"],
      ["a removed last fact", "DELETE FROM facts WHERE seq = 6", 6, "is missing"],
      [
        "a hash made to fit",
        "UPDATE facts SET hash = (SELECT hash FROM facts WHERE seq = 5) WHERE seq = 4",
        4,
        "is not the one that was appended",
      ],
    ])("is refused with its place: %s", async (_, sql, seq, words) => {
      await written(6);
      tamper(sql);
      const refusal = await sqliteJournal(path)
        .open()
        .catch((error) => error);
      expect(refusal).toMatchObject({ code: "JOURNAL_DAMAGED", file: path });
      expect(refusal.message).toContain(`fact ${seq} ${words}`);
      expect(refusal.message).toContain(`facts 1 to ${seq - 1} are whole`);
      expect(refusal.message).toContain("restore a backup");
      await expect(collect(sqliteJournal(path).read())).rejects.toMatchObject({ code: "JOURNAL_DAMAGED" });
      const { problems } = await sqliteJournal(path).verify();
      expect(problems.map((problem) => problem.seq)).toContain(seq);
      // What lies before the damage can still be had.
      expect(await collect(sqliteJournal(path).read({ to: seq - 1 }))).toHaveLength(seq - 1);
    });

    it("is refused when facts were added, or the end was moved", async () => {
      await written(2);
      tamper("INSERT INTO facts SELECT 3, epoch, type, version, time, body, hash FROM facts WHERE seq = 2");
      await expect(sqliteJournal(path).open()).rejects.toThrow(/there is a fact 3/);
      tamper("DELETE FROM facts WHERE seq = 3; UPDATE stream SET version = 1");
      await expect(sqliteJournal(path).open()).rejects.toThrow(/where the stream ends was changed/);
    });

    it("far into a history is refused with all that is whole before it", async () => {
      await written(2_600);
      tamper("UPDATE facts SET body = '{}' WHERE seq = 2500");
      const whole = /facts 1 to 2499 are whole/;
      await expect(sqliteJournal(path).open()).rejects.toThrow(whole);
      await expect(collect(sqliteJournal(path).read())).rejects.toThrow(whole);
      await expect(collect(sqliteJournal(path).read({ from: 1_200 }))).rejects.toThrow(/facts 1200 to 2499 are whole/);
    });

    it("of what SQLite keeps for itself is found by the check", async () => {
      await written(2);
      const bytes = readFileSync(path);
      // Says that there is an unused page, and there is none.
      bytes.writeUInt32BE(1, 36);
      writeFileSync(path, bytes);
      const { facts, problems } = await sqliteJournal(path).verify();
      expect(facts).toBe(2);
      expect(problems.map((problem) => problem.message).join()).toContain("SQLite's integrity check: ");
    });

    it("is what other tables than those of the format are", async () => {
      await written(2);
      tamper("ANALYZE");
      expect(await sqliteJournal(path).version()).toBe(2);
      tamper("CREATE TRIGGER meddling AFTER INSERT ON facts BEGIN DELETE FROM facts WHERE seq < new.seq; END");
      await expect(sqliteJournal(path).open()).rejects.toThrow(/its tables are not those of its format/);
    });

    it("before the last snapshot does not keep a service from starting, and is found by the check", async () => {
      const writer = await sqliteJournal(path).open();
      await writer.append(entries(6), 0);
      await writer.saveSnapshot({ seq: 5, body: '"five"' });
      await writer.close();
      tamper("UPDATE facts SET body = '{}' WHERE seq = 2");
      const next = await sqliteJournal(path).open();
      expect(await collect(sqliteJournal(path).read({ from: 6 }))).toHaveLength(1);
      await expect(collect(sqliteJournal(path).read())).rejects.toThrow(/fact 2 is not/);
      expect((await sqliteJournal(path).verify()).problems.map((problem) => problem.seq)).toEqual([2]);
      await next.close();
    });

    it("of a snapshot costs the snapshot, not the history", async () => {
      const writer = await sqliteJournal(path).open();
      await writer.append(entries(6), 0);
      await writer.saveSnapshot({ seq: 3, body: '"three"' });
      await writer.saveSnapshot({ seq: 5, body: '"five"' });
      await writer.close();
      tamper("UPDATE snapshots SET body = '\"six\"' WHERE seq = 5");
      expect(await sqliteJournal(path).snapshot()).toEqual({ seq: 3, body: '"three"' });
      const next = await sqliteJournal(path).open();
      expect(next.version).toBe(6);
      await next.close();
      expect((await sqliteJournal(path).verify()).problems).toEqual([
        { seq: 5, message: "the snapshot after fact 5 was changed" },
      ]);
    });

    it("in a fact under a snapshot is refused", async () => {
      const writer = await sqliteJournal(path).open();
      await writer.append(entries(6), 0);
      await writer.saveSnapshot({ seq: 5, body: "{}" });
      await writer.close();
      tamper("UPDATE facts SET hash = 'another' WHERE seq = 5");
      await expect(sqliteJournal(path).open()).rejects.toThrow(/fact 5 is not the one that the snapshot/);
    });
  });

  describe("a disk", () => {
    it("is asked to have each append on it before the append is confirmed", async () => {
      const settings = new Set<string>();
      const spy: SqliteDriver = (file, options) => {
        const database = defaultDriver(file, options);
        return {
          ...database,
          exec(sql) {
            if (sql === "COMMIT" && file === path)
              for (const name of [
                "synchronous",
                "fullfsync",
                "checkpoint_fullfsync",
                "journal_mode",
                "wal_autocheckpoint",
              ])
                settings.add(`${name} ${Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})}`);
            database.exec(sql);
          },
        };
      };
      const writer = await sqliteJournal(path, { driver: spy }).open();
      await writer.append(entries(1), 0);
      expect([...settings]).toEqual([
        "synchronous 2",
        "fullfsync 1",
        "checkpoint_fullfsync 1",
        "journal_mode wal",
        "wal_autocheckpoint 4096",
      ]);
      await writer.close();
    });

    it("that is full refuses the whole append, and the writer after it", async () => {
      const journal = sqliteJournal(path, { driver: settled("PRAGMA max_page_count = 40") });
      const writer = await journal.open();
      await writer.append(entries(100), 0);
      const full = await Promise.resolve(writer.append(entries(5_000), 100)).catch((error) => error);
      expect(full).toMatchObject({ code: "JOURNAL_UNAVAILABLE" });
      expect(full.message).toContain("the disk is full");
      await expect(writer.append(entries(1), 100)).rejects.toMatchObject({ code: "JOURNAL_UNAVAILABLE" });
      await writer.close();
      const next = await sqliteJournal(path).open();
      expect(next.version).toBe(100);
      await next.close();
      expect((await journal.verify()).problems).toEqual([]);
    });

    it("that is read-only refuses to be written, and says so", async () => {
      await written(1);
      const refusal = await sqliteJournal(path, { driver: settled("PRAGMA query_only = ON") })
        .open()
        .catch((error) => error);
      expect(refusal).toMatchObject({ code: "JOURNAL_UNAVAILABLE" });
      expect(refusal.message).toContain("cannot be written");
    });

    it.each([
      ["attempt to write a readonly database", 1544],
      ["unable to open database file", 14],
    ])("that is read-only can be read from, where SQLite says: %s", async (words, errcode) => {
      await written(3);
      for (const suffix of ["-wal", "-shm"]) rmSync(path + suffix, { force: true });
      // What SQLite says where it may not make the files that it keeps beside a database.
      const readOnlyMedia: SqliteDriver = (target, options) => {
        if (target.startsWith("file:")) return defaultDriver(target, options);
        const fail = () => {
          throw Object.assign(new Error(words), { errcode });
        };
        return { exec: fail, prepare: fail, close: () => {} };
      };
      const journal = sqliteJournal(path, { driver: readOnlyMedia });
      expect(await collect(journal.read())).toHaveLength(3);
      expect((await journal.verify()).problems).toEqual([]);
      await journal.close();
      expect(readdirSync(dirname(path))).toEqual(["signaled.db"]);
    });
  });

  describe.skipIf(WINDOWS)("a file under its running writer", () => {
    it.each(["", "-wal"])("that was deleted ends the writer: signaled.db%s", async (suffix) => {
      const journal = sqliteJournal(path);
      const writer = await journal.open();
      await writer.append(entries(1), 0);
      rmSync(path + suffix);
      const refusal = await Promise.resolve(writer.append(entries(1), 1)).catch((error) => error);
      expect(refusal).toMatchObject({ code: "JOURNAL_UNAVAILABLE" });
      expect(refusal.message).toContain("deleted or replaced");
      await expect(writer.append(entries(1), 1)).rejects.toMatchObject({ code: "JOURNAL_UNAVAILABLE" });
      await writer.close();
    });

    it("that was replaced ends the writer and leaves the other journal alone", async () => {
      const journal = sqliteJournal(path);
      const writer = await journal.open();
      await writer.append(entries(1), 0);
      expect(await journal.version()).toBe(1);
      const otherPath = join(folder, "other.db");
      const other = await sqliteJournal(otherPath).open();
      await other.append(entries(4), 0);
      await other.close();
      renameSync(otherPath, path);
      await expect(writer.append(entries(1), 1)).rejects.toThrow(/deleted or replaced/);
      await writer.close();
      for (const suffix of ["-wal", "-shm"]) rmSync(path + suffix, { force: true });
      expect(await journal.version()).toBe(4);
      expect((await journal.verify()).problems).toEqual([]);
      await journal.close();
    });
  });

  it("is read in pages that fit in memory, however long its facts", async () => {
    const writer = await sqliteJournal(path).open();
    const long = { type: "Long", version: 1, time: 0, encode: () => JSON.stringify("x".repeat(1_000_000)) };
    await writer.append([...entries(1_500), ...Array.from({ length: 12 }, () => long), ...entries(5)], 0);
    const database = defaultDriver(path, { readOnly: true, busyTimeout: 0 });
    const sizes: number[] = [];
    for (let after = 0; after < writer.version; after += sizes.at(-1) ?? 0) {
      const page = factRows(database, { after, to: writer.version });
      expect(page.reduce((sum, { fact }) => sum + fact.length, 0)).toBeLessThan(5_000_000);
      sizes.push(page.length);
    }
    expect(sizes[0]).toBe(1_000);
    expect(sizes.reduce((sum, size) => sum + size)).toBe(writer.version);
    database.close();
    await writer.close();
  });

  it("is copied by SQLite's own means while it is written", async () => {
    const writer = await sqliteJournal(path).open();
    await writer.append(entries(1_000), 0);
    const copy = join(folder, "copy.db");
    const other = defaultDriver(path, { readOnly: true, busyTimeout: 0 });
    other.exec(`VACUUM INTO '${copy}'`);
    other.close();
    await writer.append(entries(1), 1_000);
    const copied = sqliteJournal(copy);
    expect(await copied.verify()).toMatchObject({ facts: 1_000, problems: [] });
    expect(await copied.holder()).toBeUndefined();
    const next = await copied.open();
    expect(next.epoch).toBe(writer.epoch + 1);
    expect(await next.append(entries(1), 1_000)).toBe(1_001);
    await next.close();
    await copied.close();
    await writer.close();
  });

  it("says what to do when an append holds the lock and does not end", async () => {
    await written(1);
    const stuck = defaultDriver(path, { readOnly: false, busyTimeout: 0 });
    stuck.exec("BEGIN IMMEDIATE");
    const impatient: SqliteDriver = (file, options) => defaultDriver(file, { ...options, busyTimeout: 0 });
    const refusal = await sqliteJournal(path, { driver: impatient })
      .open({ takeover: true })
      .catch((error) => error);
    expect(refusal).toMatchObject({ code: "JOURNAL_LOCKED" });
    expect(refusal.message).toContain("resumed or killed");
    stuck.exec("ROLLBACK");
    stuck.close();
    const writer = await sqliteJournal(path).open();
    expect(writer.version).toBe(1);
    await writer.close();
  });

  it("reports and cuts the torn end of a log", async () => {
    const writer = await sqliteJournal(path).open();
    await writer.append(entries(3), 0);
    // Of more pages than the next opening writes over.
    await writer.append(entries(500), 3);
    const crashed = join(folder, "crashed.db");
    for (const suffix of ["", "-wal"]) copyFileSync(path + suffix, crashed + suffix);
    await writer.close();
    truncateSync(`${crashed}-wal`, statSync(`${crashed}-wal`).size - 100);
    const first = await sqliteJournal(crashed).open();
    expect(first.version).toBe(3);
    expect(inspectLog(crashed)).toEqual({ torn: 0, damage: undefined });
    expect(first.repair?.kept).toBe(3);
    expect(first.repair?.message).toMatch(/log ended with \d+ pages? of an append that never became whole/);
    await first.append(entries(1), 3);
    await first.close();
    const second = await sqliteJournal(crashed).open();
    expect(second).toMatchObject({ version: 4, repair: undefined });
    await second.close();
  });

  describe("a failure at each call of the driver", () => {
    /** Fails at call `at`, before it is carried out or after, as a disk does that answers too late. */
    function failing(
      at: number,
      when: "before" | "after",
    ): { readonly driver: SqliteDriver; readonly calls: () => number } {
      let calls = 0;
      const guard = <Result>(work: () => Result): Result => {
        const fails = ++calls === at;
        const error = Object.assign(new Error("disk I/O error"), { errcode: 10 });
        if (fails && when === "before") throw error;
        const result = work();
        if (fails) throw error;
        return result;
      };
      const guarded = (statement: SqliteStatement): SqliteStatement => ({
        run: (...values: SqliteValue[]) => guard(() => statement.run(...values)),
        get: (...values: SqliteValue[]) => guard(() => statement.get(...values)),
        all: (...values: SqliteValue[]) => guard(() => statement.all(...values)),
      });
      const driver: SqliteDriver = (file, options) => {
        const database = defaultDriver(file, options);
        return {
          exec: (sql) => guard(() => database.exec(sql)),
          prepare: (sql) => guarded(database.prepare(sql)),
          close: () => database.close(),
        };
      };
      return { driver, calls: () => calls };
    }

    it.each(["before", "after"] as const)("keeps all or nothing of an append, failing %s it is done", async (when) => {
      let failures = 0;
      for (let at = 1; ; at++) {
        const file = join(folder, `${when}-${at}.db`);
        const { driver, calls } = failing(at, when);
        const journal = sqliteJournal(file, { driver });
        let confirmed = 0;
        try {
          const writer = await journal.open();
          try {
            confirmed = await writer.append(entries(3), 0);
            await writer.saveSnapshot({ seq: 2, body: "{}" });
            confirmed = await writer.append(entries(2, 4), 3);
          } catch (error) {
            expect(error).toMatchObject({ code: "JOURNAL_UNAVAILABLE" });
            await expect(writer.append(entries(1), confirmed)).rejects.toMatchObject({ code: "JOURNAL_UNAVAILABLE" });
            failures++;
          }
          await writer.close();
        } catch (error) {
          expect(error).toMatchObject({ code: "JOURNAL_UNAVAILABLE" });
          failures++;
        }
        const later = sqliteJournal(file);
        const writer = await later.open();
        expect([0, 3, 5]).toContain(writer.version);
        expect(writer.version).toBeGreaterThanOrEqual(confirmed);
        expect((await later.verify()).problems).toEqual([]);
        await writer.close();
        await later.close();
        if (calls() < at) break;
      }
      expect(failures).toBeGreaterThan(30);
    });
  });
});
