/**
 * Journals as former versions wrote them: each must verify, fold to what it folded to then, and be gone on from.
 *
 * A version that is released gets a fixture once, with `MAKE_FIXTURE=1 npx vitest run test/journal/fixtures.test.ts`, which
 * writes that of the present version where there is none; a fixture is never written again.
 */
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import { createTransitions } from "../../src/effects/transitions.ts";
import { InDoubtError } from "../../src/error.ts";
import { restore, snapshotOf } from "../../src/journal/replay.ts";
import { sqliteJournal } from "../../src/journal/sqlite-journal.ts";
import { checkJournal } from "../../src/service/journal-check.ts";
import { ledgerText } from "../campaigns/ledger-text.ts";
import { ending } from "../effects/scene.ts";
import { shortConf } from "../effects/short-conf.ts";

const FOLDER = new URL("fixtures/", import.meta.url).pathname;
const PRESENT = "v2";
const work = mkdtempSync(join(tmpdir(), "signaled-fixtures-"));

afterAll(() => rmSync(work, { recursive: true, force: true }));

/** What was true of a fixture when it was made. */
interface Expected {
  readonly facts: number;
  readonly head: string;
  readonly checkpoints: readonly number[];
  /** Of `ledgerText`. */
  readonly ledger: unknown;
}

const fixtures = readdirSync(FOLDER).flatMap((name) => /^(v\d+)\.db\.gz$/.exec(name)?.[1] ?? []);

test("the present version has a fixture", () => {
  expect(fixtures).toContain(PRESENT);
});

describe.each(fixtures)("a journal of %s", (version) => {
  const path = join(work, `${version}.db`);
  writeFileSync(path, gunzipSync(readFileSync(join(FOLDER, `${version}.db.gz`))));
  const expected = JSON.parse(readFileSync(join(FOLDER, `${version}.json`), "utf8")) as Expected;

  test("verifies, and folds to what it did", async () => {
    const journal = sqliteJournal(path);
    const { facts, head, checkpoints, problems } = await checkJournal(journal);
    expect({ facts, head, checkpoints, problems }).toEqual({ ...expected, ledger: undefined, problems: [] });
    expect(JSON.parse(ledgerText((await restore(journal)).ledger))).toEqual(expected.ledger);
  });

  test("is gone on from", async () => {
    const copy = join(work, `${version}-continued.db`);
    copyFileSync(path, copy);
    const { t, calls } = history(copy);
    await t.open();
    expect(t.status().inDoubt).toMatchObject([{ participant: "disk", callback: "ServeVolume" }]);
    expect(await ending(t.up(shortConf("G1@Peer0 V1 V3 V4", "G2@Peer0 V2")))).toBe("finished");
    // The durable one goes on from where it was; the other begins with nothing.
    expect(calls.filter((call) => call.includes("ServeVolume"))).toEqual([
      "disk ServeVolume V4",
      ...["V1", "V3", "V4", "V2"].map((volume) => `cache ServeVolume ${volume}`),
    ]);
    expect(await ending(t.down())).toBe("finished");
    await t.close();
    expect((await checkJournal(sqliteJournal(copy))).problems).toEqual([]);
  });
});

test.runIf(process.env["MAKE_FIXTURE"] !== undefined && !fixtures.includes(PRESENT))(
  `making the fixture of ${PRESENT}`,
  async () => {
    const path = join(work, "made.db");
    await makeHistory(path);
    const journal = sqliteJournal(path);
    const { facts, head, checkpoints, problems } = await checkJournal(journal);
    expect(problems).toEqual([]);
    const ledger = JSON.parse(ledgerText((await restore(journal)).ledger));
    writeFileSync(join(FOLDER, `${PRESENT}.db.gz`), gzipSync(readFileSync(path), { level: 9 }));
    const expected: Expected = { facts, head, checkpoints, ledger };
    writeFileSync(join(FOLDER, `${PRESENT}.json`), `${JSON.stringify(expected, undefined, 1)}\n`);
  },
);

/** Two participants, one of them durable, that fail where they are told to. */
function history(path: string) {
  const t = createTransitions({ journal: sqliteJournal(path), streamId: "fixture" });
  const calls: string[] = [];
  const faults = new Map<string, Error>();
  const callback = (name: string) => (event: { readonly type: string; readonly volumeName?: string }) => {
    const call = `${name} ${event.type} ${event.volumeName ?? ""}`.trim();
    calls.push(call);
    const fault = faults.get(call);
    faults.delete(call);
    if (fault !== undefined) throw fault;
  };
  const participant = (name: string) => ({
    up: callback(name),
    signaledStart: callback(name),
    signaledFinish: callback(name),
    volumeCreated: callback(name),
    volumeDestroyed: callback(name),
    serveVolume: callback(name),
    unserveVolume: callback(name),
    down: callback(name),
  });
  t.register("disk", participant("disk"), { durable: true });
  t.register("cache", participant("cache"));
  return { t, calls, faults };
}

/**
 * Of every kind of fact at least one, of plans one that says which conf has its names, and in the end a transition that is held
 * with a step in doubt.
 */
async function makeHistory(path: string): Promise<void> {
  const { t, faults } = history(path);
  await t.up(shortConf(...Array.from({ length: 1_030 }, (_, i) => `Many${i}@Peer${i % 2} M${i}`)));
  await t.down();
  await t.up(shortConf("G1@Peer0 V1", "G2@Peer1 V2"));
  const { ledger } = await restore(sqliteJournal(path));
  expect(await ending(t.signaled(shortConf("G1@Peer7 V1")))).toBe("CONF_INVALID");
  faults.set("disk ServeVolume V2", new Error("no space"));
  expect(await ending(t.signaled(shortConf("G1@Peer0 V1", "G2@Peer0 V2")))).toBe("CALLBACK_FAILED");
  expect(await ending(t.retry({ cause: { how: "operator", who: "ops" } }))).toBe("finished");
  faults.set("cache ServeVolume V3", new Error("no memory"));
  expect(await ending(t.signaled(shortConf("G1@Peer0 V1 V3", "G2@Peer0 V2")))).toBe("CALLBACK_FAILED");
  expect(await ending(t.rollback())).toBe("finished");
  faults.set("cache ServeVolume V3", new Error("no memory"));
  expect(await ending(t.signaled(shortConf("G1@Peer0 V1 V3", "G2@Peer0 V2")))).toBe("CALLBACK_FAILED");
  expect(await ending(t.skip("not-applied", "it is not needed"))).toBe("finished");
  faults.set("disk ServeVolume V4", new InDoubtError("the connection broke"));
  expect(await ending(t.signaled(shortConf("G1@Peer0 V1 V3 V4", "G2@Peer0 V2")))).toBe("IN_DOUBT");
  await t.close();
  const writer = await sqliteJournal(path).open();
  const { snapshot } = snapshotOf(ledger);
  await writer.saveSnapshot(snapshot);
  await writer.close();
}
