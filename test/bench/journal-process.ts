/**
 * What the SQLite journal costs beside what it is made of, in one process: `journal-process.js <facts> <rounds>` prints JSON.
 *
 * The facts are those of reloads of a small conf, as an instance has recorded them in memory: these are appended, folded
 * and started from.
 */
import { execFileSync } from "node:child_process";
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type ConfMap,
  createTransitions,
  type Journal,
  type JournalEntry,
  type JournalRecord,
  memoryJournal,
  parseConf,
  sqliteJournal,
} from "signaled";
import { replayJournal } from "../../src/journal/replay.ts";
import { defaultDriver } from "../../src/journal/sqlite-driver.ts";
import { benchConf } from "./bench-conf.ts";
import type { JournalFigures } from "./figures.ts";
import { registerIdle } from "./idle-participants.ts";
import { median, type Ratio, takeTurns } from "./turns.ts";

const VOLUMES = 200;
/** Facts to a transaction, and how many transactions of that size are one round. */
const TRANSACTIONS = [
  [1, 50],
  [100, 20],
  [10_000, 1],
] as const;
/** Facts that are folded beside the raw inserts of as many. */
const FOLDED = 10_000;
const APPENDED_AT_ONCE = 10_000;

const facts = Number(process.argv[2]);
const rounds = Number(process.argv[3]);
const folder = mkdtempSync(join(tmpdir(), "signaled-bench-"));
let files = 0;
const newPath = (): string => join(folder, `${files++}.db`);

/** A history of at least so many facts, in memory, with the snapshots that were made of it. */
async function recordedHistory(atLeast: number): Promise<Journal> {
  const journal = memoryJournal({ retain: Number.POSITIVE_INFINITY });
  const instance = registerIdle(createTransitions({ journal }), "synchronous");
  const confs = (["none", "moved"] as const).map((change) => parseConf(benchConf(VOLUMES, change)));
  await instance.up(confs[0] as ConfMap);
  for (let turn = 1; (await journal.version()) < atLeast; turn++) await instance.signaled(confs[turn % 2] as ConfMap);
  await instance.close();
  return journal;
}

function entryOf({ type, version, time, body }: JournalRecord): JournalEntry {
  return { type, version, time, encode: () => body };
}

/** The first facts of the history, in a file. */
async function written(history: Journal, atMost: number): Promise<string> {
  const path = newPath();
  const writer = await sqliteJournal(path).open();
  let batch: JournalEntry[] = [];
  for await (const record of history.read({ to: atMost })) {
    if (batch.push(entryOf(record)) < APPENDED_AT_ONCE) continue;
    await writer.append(batch, writer.version);
    batch = [];
  }
  await writer.append(batch, writer.version);
  await writer.close();
  return path;
}

async function addNewestSnapshot(history: Journal, path: string): Promise<void> {
  const snapshot = await history.snapshot();
  if (snapshot === undefined) throw new Error("the history is too short for a snapshot");
  const writer = await sqliteJournal(path).open();
  await writer.saveSnapshot(snapshot);
  await writer.close();
}

/** The facts' table alone, at the same settings: rows of the same bytes, with hashes that nobody has worked out. */
function rawTable() {
  const database = defaultDriver(newPath(), { readOnly: false, busyTimeout: 0 });
  for (const setting of ["journal_mode = WAL", "synchronous = FULL", "wal_autocheckpoint = 4096"])
    database.exec(`PRAGMA ${setting}`);
  database.exec(
    "CREATE TABLE facts (seq INTEGER PRIMARY KEY, epoch INTEGER NOT NULL, type TEXT NOT NULL, version INTEGER NOT NULL, time INTEGER NOT NULL, body TEXT NOT NULL, hash TEXT NOT NULL) STRICT",
  );
  const insert = database.prepare("INSERT INTO facts VALUES (?, ?, ?, ?, ?, ?, ?)");
  const hash = "0".repeat(64);
  let seq = 0;
  return {
    insert(entries: readonly JournalEntry[]): void {
      database.exec("BEGIN IMMEDIATE");
      for (const { type, version, time, encode } of entries) insert.run(++seq, 1, type, version, time, encode(), hash);
      database.exec("COMMIT");
    },
    close: () => database.close(),
  };
}

/** A file that is written and synced, and nothing else. */
function bareFile() {
  const descriptor = openSync(newPath(), "a");
  return {
    write(bytes: Buffer): void {
      writeSync(descriptor, bytes);
      fdatasyncSync(descriptor);
    },
    close: () => closeSync(descriptor),
  };
}

/** Appends, beside the same rows inserted with the same driver in as large transactions, and the same bytes written and synced. */
async function appendsOf(some: readonly JournalEntry[], size: number, transactions: number) {
  const entries = Array.from({ length: size }, (_, at) => some[at % some.length] as JournalEntry);
  const bytes = Buffer.from(entries.map((entry) => `${entry.type}${entry.encode()}${"0".repeat(64 + 16)}`).join(""));
  const writer = await sqliteJournal(newPath()).open();
  const [raw, bare] = [rawTable(), bareFile()];
  const often = (work: () => unknown) => async () => {
    for (let i = 0; i < transactions; i++) await work();
  };
  const { yardstick, ratios } = await takeTurns(
    often(() => raw.insert(entries)),
    [
      { name: "append", run: often(() => writer.append(entries, writer.version)) },
      { name: "bare", run: often(() => bare.write(bytes)) },
    ],
    rounds,
  );
  raw.close();
  bare.close();
  await writer.close();
  const { append, bare: least } = ratios as Readonly<Record<"append" | "bare", Ratio>>;
  return { size, rawPerSecond: (size * transactions * 1000) / yardstick, append, bare: least };
}

/** Reading, checking, decoding and folding, beside raw inserts of as many facts. */
async function foldingOf(history: Journal, some: readonly JournalEntry[]) {
  const path = await written(history, FOLDED);
  const entries = Array.from({ length: FOLDED }, (_, at) => some[at % some.length] as JournalEntry);
  const raw = rawTable();
  const fold = async (): Promise<void> => {
    const journal = sqliteJournal(path);
    let last = 0;
    for await (const { ledger } of replayJournal(journal)) last = ledger.seq;
    if (last !== FOLDED) throw new Error(`${last} facts were folded, and not ${FOLDED}`);
    await journal.close();
  };
  const { yardstick, ratios } = await takeTurns(() => raw.insert(entries), [{ name: "fold", run: fold }], rounds);
  raw.close();
  const ratio = ratios["fold"] as Ratio;
  return { ratio, perSecond: (FOLDED * 1000) / (ratio.wall * yardstick) };
}

/** Milliseconds until an instance in a process of its own has taken the journal in. */
function startOf(path: string): number {
  const program = `
    const { createTransitions, sqliteJournal } = await import(process.argv[1]);
    const began = performance.now();
    const t = createTransitions({ journal: sqliteJournal(process.argv[2]) });
    await t.open();
    console.log(performance.now() - began);
    await t.close();`;
  const args = ["--input-type=module", "-e", program, "--", process.argv[4] ?? "", path];
  return Number(execFileSync(process.execPath, args, { encoding: "utf8" }));
}

async function figures(): Promise<JournalFigures> {
  const history = await recordedHistory(facts);
  const some: JournalEntry[] = [];
  for await (const record of history.read({ to: 2_000 })) some.push(entryOf(record));
  const appends = [];
  for (const [size, transactions] of TRANSACTIONS) appends.push(await appendsOf(some, size, transactions));
  const folding = await foldingOf(history, some);
  const path = await written(history, Number.POSITIVE_INFINITY);
  const without = startOf(path);
  await addNewestSnapshot(history, path);
  const withSnapshot = median([startOf(path), startOf(path), startOf(path)]);
  return { facts: await history.version(), appends, folding, start: { withSnapshot, without } };
}

try {
  process.stdout.write(JSON.stringify(await figures()));
} finally {
  rmSync(folder, { recursive: true });
}
