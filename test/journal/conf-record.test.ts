/**
 * A large configuration is kept as what a reload has changed in it, and read back as it was, to the line.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { ConfMap } from "../../src/conf/conf-map.ts";
import { parseConf } from "../../src/conf/conf-text.ts";
import { createTransitions } from "../../src/effects/transitions.ts";
import { Secrets } from "../../src/inspect/secrets.ts";
import { confOfRecord, confRecord } from "../../src/journal/conf-record.ts";
import { FactOutlines } from "../../src/journal/fact-outline.ts";
import type { Journal, JournalRecord } from "../../src/journal/journal.ts";
import { Replay, restore, snapshotOf } from "../../src/journal/replay.ts";
import { sqliteJournal } from "../../src/journal/sqlite-journal.ts";
import { FactTeller } from "../../src/service/http/fact-telling.ts";
import { largeText } from "./large-conf.ts";

const work = mkdtempSync(join(tmpdir(), "signaled-conf-record-"));
afterAll(() => rmSync(work, { recursive: true, force: true }));

const sizeOf = (record: unknown): number => JSON.stringify(record).length;

describe("a conf beside another", () => {
  const base = parseConf(largeText(1));
  const changed = parseConf(largeText(2));
  const given = ConfMap.from({ S3: { SecretKey: ["hidden"] } });

  test.each([
    ["read from text", changed, base],
    ["with overrides", changed.with("Cluster.Peers=Peer0,Peer1,Peer2"), base.with("Cluster.Peers=Peer0,Peer1")],
    ["laid over another", given.merge(changed), base],
    ["that was changed so often that nothing is left", parseConf("[A]\nB: 1\n".repeat(20_000)), base],
    ["of another path", parseConf(largeText(2), { file: "other.conf" }), base],
    ["that a program gave", given, base],
  ])("%s reads back as it was", (_, confMap, before) => {
    const record = JSON.parse(JSON.stringify(confRecord(confMap, before)));
    const read = confOfRecord(record, before);
    expect(read?.source()).toEqual(confMap.source());
    expect(read?.hash).toBe(confMap.hash);
    expect(read?.origin("FSGlobals", "VolumeGroupList")).toEqual(confMap.origin("FSGlobals", "VolumeGroupList"));
  });

  test("is kept as what is different, where that is little", () => {
    expect(sizeOf(confRecord(changed, base))).toBeLessThan(600);
    expect(sizeOf(confRecord(base, undefined))).toBeGreaterThan(65_536);
    expect(confRecord(parseConf("[A]\nB: 1\n".repeat(20_000)), base)).not.toHaveProperty("base");
    expect(confRecord(parseConf("[A]\nB: 2\n"), parseConf("[A]\nB: 1\n"))).not.toHaveProperty("base");
  });

  test("is not made of another one than it was kept beside", () => {
    const record = confRecord(changed, base);
    expect(confOfRecord(record, parseConf(largeText(3)))).toBeUndefined();
    expect(confOfRecord(record, undefined)).toBeUndefined();
  });
});

/** A history of reloads of a large conf, and where it led. */
async function historyOf(name: string): Promise<Journal> {
  const journal = sqliteJournal(join(work, name));
  const t = createTransitions({ journal });
  await t.up(parseConf(largeText(1)));
  for (const group of [2, 3, 4]) await t.signaled(parseConf(largeText(group)));
  await t.signaled(parseConf(largeText(4, "[S3]\nSecretKey: abcdefgh\n")));
  await t.close();
  return sqliteJournal(join(work, name));
}

async function recordsOf(journal: Journal, type: string): Promise<JournalRecord[]> {
  const records: JournalRecord[] = [];
  for await (const record of journal.select({ types: [type], order: "oldest-first" })) records.push(record);
  return records;
}

describe("a journal of reloads of a large conf", () => {
  test("has it once, and its changes, and folds to the conf that is in use", async () => {
    const journal = await historyOf("folds.db");
    const sizes = (await recordsOf(journal, "ConfRecorded")).map(({ body }) => body.length);
    expect(sizes[0]).toBeGreaterThan(65_536);
    expect(Math.max(...sizes.slice(1))).toBeLessThan(800);
    const { current } = (await restore(journal)).ledger;
    expect(current?.confMap.source()).toEqual(parseConf(largeText(4, "[S3]\nSecretKey: abcdefgh\n")).source());
    await journal.close();
  });

  test("is gone on from after a snapshot, which has the conf that the next is kept beside", async () => {
    const journal = await historyOf("snapshot.db");
    const records: JournalRecord[] = [];
    for await (const record of journal.read()) records.push(record);
    const third = records.filter(({ type }) => type === "TransitionFinished")[2] as JournalRecord;
    const before = new Replay(undefined);
    for (const record of records.slice(0, third.seq)) before.next(record);
    const after = new Replay(snapshotOf(before.ledger).snapshot);
    for (const record of records.slice(third.seq)) after.next(record);
    expect(after.ledger.current?.confMap.hash).toBe((await restore(journal)).ledger.current?.confMap.hash);
    await journal.close();
  });

  test("is damaged where a change is not of the conf before it", async () => {
    const journal = await historyOf("damaged.db");
    const replay = new Replay(undefined);
    let seen = 0;
    const fold = async () => {
      for await (const record of journal.read()) {
        const hurt = record.type === "ConfRecorded" && ++seen === 3;
        replay.next(hurt ? { ...record, body: record.body.replace("Peer0", "Peer9") } : record);
      }
    };
    await expect(fold()).rejects.toThrow(/fact \d+ \(ConfRecorded\) does not fit the facts before it/);
    await journal.close();
  });

  test("hides the secrets that a change brings also from who reads from there on", async () => {
    const journal = await historyOf("secrets.db");
    const teller = new FactTeller(new FactOutlines(journal), new Secrets());
    const last = (await recordsOf(journal, "ConfRecorded")).at(-1) as JournalRecord;
    expect(last.body).toContain("edits");
    await teller.hear(last);
    const held = { ...last, type: "TransitionHeld", version: 1 };
    const failure = { code: "CALLBACK_FAILED", message: "no access with abcdefgh" };
    expect((await teller.tell({ ...held, body: JSON.stringify({ failure }) })).text).not.toContain("abcdefgh");
    await journal.close();
  });
});
