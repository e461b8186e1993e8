/**
 * ModelJournal: a disk behind the Journal port that can lose what was not acknowledged.
 *
 * A write that was asked for and not acknowledged may be gone, whole, or torn: its first facts are there and the rest is
 * cut. Facts are kept as text, so that what the next process reads is what this one wrote and not what it had in mind.
 */
import type { Journal, JournalEntry, JournalRecord, JournalWriter } from "../../src/journal/journal.ts";

/** What is on the disk: it outlives the processes that write to it. */
export interface ModelDisk {
  records: JournalRecord[];
  epoch: number;
}

export function emptyDisk(): ModelDisk {
  return { records: [], epoch: 0 };
}

/** Asked before each append: how many of its facts reach the disk, when the process stops there; undefined: it goes on. */
export type AppendFate = (entries: readonly JournalEntry[]) => number | undefined;

/** A journal on the disk for one process. When an append stops the process, its promise never settles. */
export function modelJournal(disk: ModelDisk, fate: AppendFate): Journal {
  return {
    location: "model",
    durable: true,
    async open() {
      disk.epoch++;
      return writerOn(disk, fate);
    },
    async *select({ types, from = 1, to = Number.POSITIVE_INFINITY, order }) {
      const found = disk.records.filter(({ seq, type }) => seq >= from && seq <= to && (types?.includes(type) ?? true));
      yield* order === "newest-first" ? found.reverse() : found;
    },
    async *read({ from = 1, to = Number.POSITIVE_INFINITY } = {}) {
      for (const record of disk.records) if (record.seq >= from && record.seq <= to) yield record;
    },
    version: async () => disk.records.length,
    snapshot: async () => undefined,
    holder: async () => undefined,
    verify: async () => ({ facts: disk.records.length, head: "", problems: [] }),
    close: async () => {},
  };
}

function writerOn(disk: ModelDisk, fate: AppendFate): JournalWriter {
  const { epoch } = disk;
  return {
    epoch,
    repair: undefined,
    get version() {
      return disk.records.length;
    },
    async append(entries, expectedVersion) {
      if (expectedVersion !== disk.records.length) throw new Error(`the stream has ${disk.records.length} facts`);
      const kept = fate(entries);
      for (const entry of entries.slice(0, kept)) disk.records.push(recordOf(entry, disk.records.length + 1, epoch));
      if (kept !== undefined) await new Promise(() => {});
      return disk.records.length;
    },
    async saveSnapshot() {},
    async close() {},
  };
}

function recordOf(entry: JournalEntry, seq: number, epoch: number): JournalRecord {
  const { type, version, time } = entry;
  return { seq, epoch, type, version, time, body: entry.encode() };
}
