/**
 * The contract of every journal, as one suite that each kind runs: what `src/journal/journal.ts` promises, and nothing
 * about how it is kept.
 */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Journal, JournalEntry, JournalRecord, JournalSelection } from "../../src/journal/journal.ts";

/** How the suite gets a journal of the kind under test. */
export interface JournalSubject {
  readonly name: string;
  /** An empty journal that keeps everything. */
  create(): Promise<Journal>;
  /** The same stream through another object, as a later process would see it; the same object where there is no other way. */
  again(journal: Journal): Promise<Journal>;
}

/** An entry whose body is `value` as JSON. */
export function entry(type: string, value: unknown, time = 1_700_000_000_000): JournalEntry {
  return { type, version: 1, time, encode: () => JSON.stringify(value) };
}

export function entries(count: number, from = 1): JournalEntry[] {
  return Array.from({ length: count }, (_, index) => entry("Counted", { number: from + index }, from + index));
}

export async function collect(records: AsyncIterable<JournalRecord>): Promise<JournalRecord[]> {
  const all: JournalRecord[] = [];
  for await (const record of records) all.push(record);
  return all;
}

export function journalContract(subject: JournalSubject): void {
  describe(`journal contract: ${subject.name}`, () => {
    let journal: Journal;

    beforeEach(async () => {
      journal = await subject.create();
    });

    afterEach(async () => {
      await journal.close();
    });

    async function numbers(range?: { from?: number; to?: number }): Promise<number[]> {
      return (await collect(journal.read(range))).map((record) => JSON.parse(record.body).number);
    }

    describe("appending and reading", () => {
      it("starts empty, at version 0", async () => {
        const writer = await journal.open();
        expect(writer.version).toBe(0);
        expect(writer.repair).toBeUndefined();
        expect(await journal.version()).toBe(0);
        expect(await collect(journal.read())).toEqual([]);
        expect(await journal.snapshot()).toBeUndefined();
        expect(await journal.verify()).toEqual({ facts: 0, head: "0".repeat(64), problems: [] });
        await writer.close();
      });

      it("gives back what was appended, numbered from 1, with the writer's epoch", async () => {
        const writer = await journal.open();
        const first = { type: "VolumeServed", version: 3, time: 1_234, encode: () => '{"volumeName":"A"}' };
        expect(await writer.append([first, entry("Other", [1, 2])], 0)).toBe(2);
        expect(writer.version).toBe(2);
        expect(await collect(journal.read())).toEqual([
          { seq: 1, epoch: writer.epoch, type: "VolumeServed", version: 3, time: 1_234, body: '{"volumeName":"A"}' },
          { seq: 2, epoch: writer.epoch, type: "Other", version: 1, time: 1_700_000_000_000, body: "[1,2]" },
        ]);
        await writer.close();
      });

      it("keeps order over many appends of many sizes", async () => {
        const writer = await journal.open();
        let version = 0;
        for (const size of [1, 3, 0, 100, 1, 1_500, 2])
          version = await writer.append(entries(size, version + 1), version);
        expect(version).toBe(1_607);
        expect(await numbers()).toEqual(Array.from({ length: 1_607 }, (_, index) => index + 1));
        await writer.close();
      });

      it("reads ranges, both ends inclusive, and nothing beyond the ends", async () => {
        const writer = await journal.open();
        await writer.append(entries(10), 0);
        expect(await numbers({ from: 4 })).toEqual([4, 5, 6, 7, 8, 9, 10]);
        expect(await numbers({ to: 3 })).toEqual([1, 2, 3]);
        expect(await numbers({ from: 5, to: 5 })).toEqual([5]);
        expect(await numbers({ from: 9, to: 99 })).toEqual([9, 10]);
        expect(await numbers({ from: 11 })).toEqual([]);
        expect(await numbers({ from: 7, to: 3 })).toEqual([]);
        expect(await numbers({ from: -5, to: 1 })).toEqual([1]);
        await writer.close();
      });

      it("finds facts by type and place, from either end, as they were appended", async () => {
        const writer = await journal.open();
        // Longer than one stretch of a search, with what is looked for at its ends.
        await writer.append([entry("Rare", "first"), ...entries(4_500, 2), entry("Rare", "last")], 0);
        await writer.append([entry("Odd", "\n1\n2"), entry("Rare", "after")], 4_502);
        const found = async (selection: JournalSelection) =>
          (await collect(journal.select(selection))).map(({ seq }) => seq);
        expect(await found({ types: ["Rare"], order: "oldest-first" })).toEqual([1, 4_502, 4_504]);
        expect(await found({ types: ["Rare", "Odd"], order: "newest-first" })).toEqual([4_504, 4_503, 4_502, 1]);
        expect(await found({ types: ["Rare"], from: 2, to: 4_503, order: "newest-first" })).toEqual([4_502]);
        expect(await found({ from: 4_501, order: "newest-first" })).toEqual([4_504, 4_503, 4_502, 4_501]);
        expect(await found({ from: 3, to: 4, order: "oldest-first" })).toEqual([3, 4]);
        expect(await found({ types: [], order: "oldest-first" })).toEqual([]);
        expect(await found({ from: 9_999, order: "newest-first" })).toEqual([]);
        const odd = journal.select({ types: ["Odd"], order: "newest-first" });
        expect(await collect(odd)).toEqual(await collect(journal.read({ from: 4_503, to: 4_503 })));
        await writer.close();
      });

      it("keeps every character of a body", async () => {
        const bodies = [
          "ü",
          "日本語",
          "👩‍🚀",
          "\u2028\u2029",
          "\0",
          '"\\\n\t',
          "\ufeff",
          "e\u0301",
          "\ud83d\ude00".repeat(1_000),
        ];
        const writer = await journal.open();
        await writer.append(
          bodies.map((body) => entry("Said", body)),
          0,
        );
        expect((await collect(journal.read())).map((record) => JSON.parse(record.body))).toEqual(bodies);
        expect((await journal.verify()).problems).toEqual([]);
        await writer.close();
      });

      it("takes 10,000 entries at once, and a body of 5 MB", async () => {
        const writer = await journal.open();
        const long = "x".repeat(5_000_000);
        await writer.append(entries(10_000), 0);
        await writer.append([entry("Long", long)], 10_000);
        await writer.append(entries(1, 10_002), 10_001);
        const all = await collect(journal.read());
        expect(all).toHaveLength(10_002);
        expect(all[10_000]?.body).toBe(JSON.stringify(long));
        expect((await journal.verify()).facts).toBe(10_002);
        await writer.close();
      });

      it("does not see what is appended after a read began, and reads on beside a writer", async () => {
        const writer = await journal.open();
        await writer.append(entries(2_500), 0);
        const seen: number[] = [];
        for await (const record of journal.read()) {
          seen.push(record.seq);
          if (record.seq % 500 === 0) await writer.append(entries(1, writer.version + 1), writer.version);
        }
        expect(seen).toHaveLength(2_500);
        expect(await journal.version()).toBe(2_505);
        await writer.close();
      });

      it("can be left in the middle of a read", async () => {
        const writer = await journal.open();
        await writer.append(entries(10), 0);
        for await (const record of journal.read()) if (record.seq === 3) break;
        await writer.append(entries(1, 11), 10);
        expect(await journal.version()).toBe(11);
        await writer.close();
      });
    });

    describe("expected versions", () => {
      it("refuses an append that expects another version, and keeps nothing of it", async () => {
        for (const expected of [2, 0]) {
          const writer = await journal.open({ takeover: true });
          if (writer.version === 0) await writer.append(entries(1), 0);
          await expect(writer.append(entries(1, 99), expected)).rejects.toMatchObject({ code: "JOURNAL_VERSION" });
          expect(await numbers()).toEqual([1]);
          await writer.close();
        }
      });

      it("adds nothing for an empty append, and still compares", async () => {
        const writer = await journal.open();
        expect(await writer.append([], 0)).toBe(0);
        await expect(writer.append([], 1)).rejects.toMatchObject({ code: "JOURNAL_VERSION" });
        await writer.close();
      });
    });

    describe("a failed append", () => {
      it.each([
        ["an entry without a type", { type: "", version: 1, time: 0, encode: () => "{}" }],
        ["a type with a newline", { type: "A\nB", version: 1, time: 0, encode: () => "{}" }],
        ["a time that is no whole number", { type: "A", version: 1, time: 0.5, encode: () => "{}" }],
        ["a version that is no number", { type: "A", version: Number.NaN, time: 0, encode: () => "{}" }],
      ])("keeps nothing: %s", async (_, bad) => {
        const writer = await journal.open();
        await writer.append(entries(3), 0);
        await expect(writer.append([...entries(2, 4), bad], 3)).rejects.toMatchObject({ code: "INTERNAL" });
        expect(await numbers()).toEqual([1, 2, 3]);
        await writer.close();
      });

      it("makes the writer unusable until it is opened anew", async () => {
        const writer = await journal.open();
        await expect(writer.append(entries(1), 5)).rejects.toMatchObject({ code: "JOURNAL_VERSION" });
        await expect(writer.append(entries(1), 0)).rejects.toMatchObject({ code: "JOURNAL_UNAVAILABLE" });
        await expect(writer.saveSnapshot({ seq: 0, body: "{}" })).rejects.toMatchObject({
          code: "JOURNAL_UNAVAILABLE",
        });
        await writer.close();
        const next = await journal.open();
        expect(await next.append(entries(1), 0)).toBe(1);
        await next.close();
      });
    });

    describe("one writer", () => {
      it("refuses a second one, and names the first", async () => {
        const writer = await journal.open();
        const refusal = await journal.open().catch((error) => error);
        expect(refusal).toMatchObject({ code: "JOURNAL_LOCKED" });
        expect(refusal.message).toContain(String(process.pid));
        expect(refusal.message).toContain("--takeover");
        expect(await writer.append(entries(1), 0)).toBe(1);
        await writer.close();
      });

      it("tells who holds the stream, while somebody does", async () => {
        expect(await journal.holder()).toBeUndefined();
        const before = Date.now();
        const writer = await journal.open();
        const holder = await journal.holder();
        expect(holder).toMatchObject({ epoch: writer.epoch, pid: process.pid });
        expect(holder?.since).toBeGreaterThanOrEqual(before);
        await writer.close();
        expect(await journal.holder()).toBeUndefined();
      });

      it("gives each writer a greater epoch, also after nothing was written", async () => {
        const epochs: number[] = [];
        for (let round = 0; round < 4; round++) {
          const writer = await journal.open();
          epochs.push(writer.epoch);
          await writer.close();
        }
        expect(epochs).toEqual([...new Set(epochs)].sort((a, b) => a - b));
        expect(epochs[0]).toBeGreaterThan(0);
      });

      it("lets a takeover through, after which the stale writer never writes", async () => {
        const stale = await journal.open();
        await stale.append(entries(2), 0);
        const writer = await journal.open({ takeover: true });
        expect(writer.epoch).toBeGreaterThan(stale.epoch);
        expect(writer.version).toBe(2);
        await expect(stale.append(entries(1, 99), 2)).rejects.toMatchObject({ code: "JOURNAL_FENCED" });
        await expect(stale.append([], 2)).rejects.toMatchObject({ code: "JOURNAL_FENCED" });
        await expect(stale.saveSnapshot({ seq: 2, body: "{}" })).rejects.toMatchObject({ code: "JOURNAL_FENCED" });
        expect(await writer.append(entries(1, 3), 2)).toBe(3);
        await expect(stale.append(entries(1, 99), 3)).rejects.toMatchObject({ code: "JOURNAL_FENCED" });
        expect(await numbers()).toEqual([1, 2, 3]);
        // The stale one's close must not give away a hold that is not its own any more.
        await stale.close();
        expect((await journal.holder())?.epoch).toBe(writer.epoch);
        await expect(journal.open()).rejects.toMatchObject({ code: "JOURNAL_LOCKED" });
        await writer.close();
        expect((await collect(journal.read())).map((record) => record.epoch)).toEqual([
          stale.epoch,
          stale.epoch,
          writer.epoch,
        ]);
      });

      it("takes over where nobody holds as an ordinary opening does", async () => {
        const writer = await journal.open({ takeover: true });
        expect(await writer.append(entries(1), 0)).toBe(1);
        await writer.close();
      });

      it("writes nothing after its close, which may be called twice", async () => {
        const writer = await journal.open();
        await writer.append(entries(1), 0);
        await writer.close();
        await writer.close();
        await expect(writer.append(entries(1, 2), 1)).rejects.toMatchObject({ code: "JOURNAL_UNAVAILABLE" });
        expect(await numbers()).toEqual([1]);
      });
    });

    describe("opening again", () => {
      it("goes on where the last writer stopped", async () => {
        const writer = await journal.open();
        await writer.append(entries(5), 0);
        await writer.close();
        await journal.close();
        const later = await subject.again(journal);
        const next = await later.open();
        expect(next.version).toBe(5);
        expect(await next.append(entries(5, 6), 5)).toBe(10);
        await next.close();
        expect((await collect(later.read())).map((record) => record.seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
        expect((await later.verify()).problems).toEqual([]);
        await later.close();
      });

      it("can be read again after the close of reading", async () => {
        const writer = await journal.open();
        await writer.append(entries(1), 0);
        await journal.close();
        expect(await numbers()).toEqual([1]);
        await writer.close();
      });
    });

    describe("snapshots", () => {
      it("gives the newest one, or the newest that is not too new", async () => {
        const writer = await journal.open();
        await writer.append(entries(10), 0);
        await writer.saveSnapshot({ seq: 4, body: '{"at":4}' });
        await writer.saveSnapshot({ seq: 8, body: '{"at":"8 ü"}' });
        expect(await journal.snapshot()).toEqual({ seq: 8, body: '{"at":"8 ü"}' });
        expect(await journal.snapshot(8)).toEqual({ seq: 8, body: '{"at":"8 ü"}' });
        expect(await journal.snapshot(7)).toEqual({ seq: 4, body: '{"at":4}' });
        expect(await journal.snapshot(3)).toBeUndefined();
        await writer.close();
        const next = await journal.open();
        expect(await next.append(entries(1, 11), 10)).toBe(11);
        expect(await journal.snapshot()).toMatchObject({ seq: 8 });
        expect((await journal.verify()).problems).toEqual([]);
        await next.close();
      });

      it("replaces the one at the same fact, and keeps one before any fact", async () => {
        const writer = await journal.open();
        await writer.saveSnapshot({ seq: 0, body: "0" });
        expect(await journal.snapshot()).toEqual({ seq: 0, body: "0" });
        await writer.saveSnapshot({ seq: 0, body: "1" });
        expect(await journal.snapshot()).toEqual({ seq: 0, body: "1" });
        await writer.close();
      });

      it("refuses one of facts that are not there", async () => {
        const writer = await journal.open();
        await writer.append(entries(1), 0);
        await expect(writer.saveSnapshot({ seq: 2, body: "{}" })).rejects.toMatchObject({ code: "JOURNAL_VERSION" });
        expect(await journal.snapshot()).toBeUndefined();
        await writer.close();
      });
    });

    describe("verification", () => {
      it("counts the facts, and its head changes with every one", async () => {
        const writer = await journal.open();
        const heads = new Set<string>();
        for (let version = 0; version < 5; version++) {
          const { facts, head, problems } = await journal.verify();
          expect([facts, problems]).toEqual([version, []]);
          heads.add(head);
          await writer.append(entries(1), version);
        }
        expect(heads.size).toBe(5);
        await writer.close();
      });

      it("has a head that is known in advance, so that all kinds of journal agree", async () => {
        const writer = await journal.open();
        await writer.append([entry("Said", "ü", 5), entry("Said", { number: 2 }, 6)], 0);
        expect(writer.epoch).toBe(1);
        expect((await journal.verify()).head).toBe("6b0e8cc83f2cab48664a509a73a366b537ceb7219cb0fed3a968bd3e3c0bd16d");
        await writer.close();
      });
    });
  });
}
