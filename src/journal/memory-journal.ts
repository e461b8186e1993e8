/**
 * A journal in memory, for tests and as the default of an embedded instance: nothing outlives the process, and an append
 * costs next to nothing, because entries are kept as they are and become text only when somebody reads them.
 *
 * It behaves as the durable journals do in everything else (epochs, takeover, expected versions, a writer that a failed
 * append makes unusable), so that what was tested on it holds on them. It forgets old facts, so that a process that runs
 * for months does not grow with its history.
 */

import { hostname } from "node:os";
import { TransitionError } from "../error.ts";
import { CHAIN_START, chainHash } from "./fact-chain.ts";
import type {
  Journal,
  JournalEntry,
  JournalHolder,
  JournalRecord,
  JournalSelection,
  JournalSnapshot,
  JournalVerification,
  JournalWriter,
} from "./journal.ts";
import {
  afterFailure,
  fenced,
  locked,
  recordOf,
  requireKeepable,
  snapshotAhead,
  unusable,
  versionDiffers,
} from "./journal-refusal.ts";
import { snapshotsToDrop } from "./snapshot-thinning.ts";

export interface MemoryJournalOptions {
  /**
   * How many of the last facts are kept: 10,000 unless told. Reading starts at the first kept one; `Infinity` keeps all,
   * which is what a test wants that folds the whole history.
   */
  readonly retain?: number | undefined;
}

/** The entries of one append: kept together, since a batch of 10,000 is then one object. */
interface Batch {
  readonly first: number;
  readonly epoch: number;
  readonly entries: readonly JournalEntry[];
}

/** What the journal and its writers share. */
interface Stream {
  readonly retain: number;
  readonly batches: Batch[];
  /** In order of seq. */
  snapshots: readonly JournalSnapshot[];
  version: number;
  epoch: number;
  holder: JournalHolder | undefined;
}

const LOCATION = "memory";

/** Facts between two snapshots, at most: they are at hand, so that folding so many is quick. */
const SNAPSHOT_EVERY = 5_000;

/** A journal that lives in this process; opening it again, after a close or with `takeover`, goes on with its facts. */
export function memoryJournal(options: MemoryJournalOptions = {}): Journal {
  const retain = options.retain ?? 10_000;
  if (!(retain >= 1)) throw new RangeError("retain must be at least 1");
  const stream: Stream = { retain, batches: [], snapshots: [], version: 0, epoch: 0, holder: undefined };
  return {
    location: LOCATION,
    durable: false,
    async open({ takeover = false } = {}) {
      if (stream.holder !== undefined && !takeover) throw locked(LOCATION, stream.holder);
      stream.epoch++;
      stream.holder = { epoch: stream.epoch, pid: process.pid, host: hostname(), since: Date.now() };
      return openWriter(stream, stream.epoch);
    },
    async *read({ from = 1, to = stream.version } = {}) {
      yield* recordsOf(stream.batches.slice(), Math.max(from, firstKept(stream)), Math.min(to, stream.version));
    },
    async *select(selection) {
      yield* selectedOf(stream, selection);
    },
    version: async () => stream.version,
    snapshot: async (atMost = Infinity) => stream.snapshots.findLast((snapshot) => snapshot.seq <= atMost),
    holder: async () => stream.holder,
    verify: async () => verifyStream(stream),
    close: async () => {},
  };
}

function openWriter(stream: Stream, epoch: number): JournalWriter {
  let closed = false;
  let failure: TransitionError | undefined;

  /** Does `work` if this writer still has the stream; any failure ends the writer. */
  function write(work: () => void): void {
    if (closed) throw unusable(LOCATION, "its writer has been closed");
    if (failure !== undefined) throw afterFailure(LOCATION, failure);
    try {
      if (stream.epoch !== epoch) throw fenced(LOCATION, epoch);
      work();
    } catch (error) {
      if (error instanceof TransitionError) failure = error;
      throw error;
    }
  }

  return {
    epoch,
    repair: undefined,
    // Before the facts behind the newest one are forgotten.
    snapshotEvery: Math.max(1, Math.min(SNAPSHOT_EVERY, stream.retain / 2)),
    get version() {
      return stream.version;
    },
    append(entries, expectedVersion) {
      try {
        write(() => {
          if (expectedVersion !== stream.version) throw versionDiffers(LOCATION, expectedVersion, stream.version);
          for (const entry of entries) requireKeepable(entry);
          keep(stream, { first: stream.version + 1, epoch, entries: entries.slice() });
        });
      } catch (refusal) {
        return Promise.reject(refusal);
      }
      return stream.version;
    },
    async saveSnapshot(snapshot) {
      write(() => {
        if (snapshot.seq > stream.version) throw snapshotAhead(LOCATION, snapshot.seq, stream.version);
        const others = stream.snapshots.filter((other) => other.seq !== snapshot.seq);
        stream.snapshots = keptSnapshots(stream, [...others, snapshot]);
      });
    },
    async close() {
      closed = true;
      if (stream.epoch === epoch) stream.holder = undefined;
    },
  };
}

/** Those from which facts that are kept can be folded, as far as there is room; the newest two in any case. */
function keptSnapshots(stream: Stream, snapshots: readonly JournalSnapshot[]): readonly JournalSnapshot[] {
  const sorted = [...snapshots].sort((a, b) => a.seq - b.seq);
  const useful = sorted.filter(({ seq }, i) => seq >= firstKept(stream) - 1 || i >= sorted.length - 2);
  const dropped = snapshotsToDrop(useful.map(({ seq, body }) => ({ seq, size: body.length })));
  return useful.filter(({ seq }) => !dropped.includes(seq));
}

/** Adds a batch and forgets those that lie wholly before what is retained. */
function keep(stream: Stream, batch: Batch): void {
  if (batch.entries.length === 0) return;
  stream.batches.push(batch);
  stream.version += batch.entries.length;
  const first = firstKept(stream);
  while ((stream.batches[1]?.first ?? Infinity) <= first) stream.batches.shift();
}

function firstKept(stream: Stream): number {
  return Math.max(1, stream.version - stream.retain + 1);
}

/** The batches are those of the beginning: what is forgotten while somebody reads is still read to the end. */
function* recordsOf(batches: readonly Batch[], from: number, to: number): Generator<JournalRecord> {
  for (const { first, epoch, entries } of batches) {
    const end = Math.min(to, first + entries.length - 1);
    for (let seq = Math.max(from, first); seq <= end; seq++) {
      const entry = entries[seq - first];
      if (entry !== undefined) yield recordOf(entry, seq, epoch);
    }
  }
}

function* selectedOf(
  stream: Stream,
  { types, from = 1, to = Infinity, order }: JournalSelection,
): Generator<JournalRecord> {
  const wanted = types && new Set(types);
  const batches = stream.batches.slice();
  const [first, last] = [Math.max(from, firstKept(stream)), Math.min(to, stream.version)];
  if (order === "newest-first") batches.reverse();
  for (const { first: start, epoch, entries } of batches) {
    const [low, high] = [Math.max(first, start), Math.min(last, start + entries.length - 1)];
    for (let i = 0; i <= high - low; i++) {
      const seq = order === "newest-first" ? high - i : low + i;
      const entry = entries[seq - start];
      if (entry !== undefined && (wanted?.has(entry.type) ?? true)) yield recordOf(entry, seq, epoch);
    }
  }
}

/** Once facts were forgotten the chain starts at the first kept one, so heads of two such journals do not compare. */
function verifyStream(stream: Stream): JournalVerification {
  let head = CHAIN_START;
  let facts = 0;
  try {
    for (const record of recordsOf(stream.batches, firstKept(stream), stream.version)) {
      head = chainHash(head, record);
      facts++;
    }
  } catch (error) {
    const seq = firstKept(stream) + facts;
    return { facts, head, problems: [{ seq, message: `fact ${seq} cannot be encoded: ${error}` }] };
  }
  return { facts, head, problems: [] };
}
