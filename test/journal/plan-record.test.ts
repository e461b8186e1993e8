/**
 * A plan is recorded as names, or as where they stand in a conf that was recorded before, and read back as it was.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { parseConf } from "../../src/conf/conf-text.ts";
import { createTransitions } from "../../src/effects/transitions.ts";
import type { Journal, JournalRecord } from "../../src/journal/journal.ts";
import { memoryJournal } from "../../src/journal/memory-journal.ts";
import {
  confsNamedIn,
  type PlanRecord,
  phasesOfRecord,
  planRecord,
  planSchema,
  type RecordedConf,
} from "../../src/journal/plan-record.ts";
import { Replay } from "../../src/journal/replay.ts";
import { sqliteJournal } from "../../src/journal/sqlite-journal.ts";
import { settledAt, UNTOLD } from "../../src/plan/participant-state.ts";
import { assemblePlan, type Plan, type PlanRequest, planTransition } from "../../src/plan/plan.ts";
import { confTextOf, topologies } from "../../src/testing/index.ts";
import { readTopology } from "../../src/topology/read-topology.ts";
import type { Topology } from "../../src/topology/topology.ts";
import { ending } from "../effects/scene.ts";
import { shortConf } from "../effects/short-conf.ts";
import { runs } from "../runs.ts";

const work = mkdtempSync(join(tmpdir(), "signaled-plan-record-"));
afterAll(() => rmSync(work, { recursive: true, force: true }));

/** As it comes out of a journal. */
function stored(plan: Plan, confs: readonly RecordedConf[], large: number): PlanRecord {
  return planSchema.parse(JSON.parse(JSON.stringify(planRecord(plan, confs, large))));
}

/** Read by another process, which has the confs and has made its own topologies of them. */
function readBack(plan: Plan, record: PlanRecord, again: ReadonlyMap<string, Topology>): Plan {
  return assemblePlan({ ...plan, phases: phasesOfRecord(record, (hash) => again.get(hash)) });
}

const confs = fc.tuple(...[0, 1, 2].map(() => topologies({ groups: 4, volumes: 8 })));
const requests = fc.record({
  command: fc.constantFrom("up", "signaled", "down"),
  order: fc.constantFrom("documented", "proxyfs"),
  /** Where each participant is: at one of the confs, or told nothing yet. */
  at: fc.array(fc.nat(3), { minLength: 1, maxLength: 4 }),
} as const);
const large = fc.constantFrom(1, 2, 5, Number.POSITIVE_INFINITY);

test("any plan reads back as it was, whichever of its names stand in confs", () => {
  let byConf = 0;
  let byNames = 0;
  fc.assert(
    fc.property(confs, requests, large, (made, { command, order, at }, from) => {
      const texts = made.map((topology) => parseConf(confTextOf(topology)));
      const places: Topology[] = [];
      for (const conf of texts) places.push(readTopology(conf, places[places.length - 1]));
      const participants = at.map((_, i) => `p${i}`);
      const states = new Map(at.map((place, i) => [`p${i}`, places[place] ? settledAt(places[place]) : UNTOLD]));
      const request: PlanRequest = { command, order, participants, from: states, to: places[2] };
      const plan = planTransition(request);
      // Of the one in the middle the journal knows nothing.
      const known = [2, 0].map((i) => ({ hash: texts[i]?.hash as string, topology: places[i] as Topology }));
      const record = stored(plan, known, from);
      for (const roll of record.rolls) "conf" in roll ? byConf++ : byNames++;
      const again = new Map(texts.map((conf) => [conf.hash, readTopology(conf)]));
      const read = readBack(plan, record, again);
      expect(read.deliveries.map(({ events }) => [...events])).toEqual(
        plan.deliveries.map(({ events }) => [...events]),
      );
      expect(read.hash).toBe(plan.hash);
      // What was read is recorded again as the same: its lists are those of the topologies that it was read with.
      const knownAgain = known.map(({ hash }) => ({ hash, topology: again.get(hash) as Topology }));
      expect(readBack(plan, stored(read, knownAgain, from), again).hash).toBe(plan.hash);
    }),
    { numRuns: runs(1_000, 300) },
  );
  expect(byConf).toBeGreaterThan(50);
  expect(byNames).toBeGreaterThan(50);
});

/** A conf with so many groups of one volume each. */
const manyGroups = (count: number, tag = "") =>
  shortConf(...Array.from({ length: count }, (_, i) => `G${i}@Peer${i % 2} V${tag}${i}`));

async function plansOf(...confs: readonly ReturnType<typeof shortConf>[]): Promise<JournalRecord[]> {
  return plansIn(sqliteJournal(join(mkdtempSync(join(work, "journal-")), "j.db")), confs);
}

async function plansIn(journal: Journal, confs: readonly ReturnType<typeof shortConf>[]): Promise<JournalRecord[]> {
  const t = createTransitions({ journal });
  t.register("a", { up() {}, volumeCreated() {}, serveVolume() {}, down() {} });
  for (const [i, conf] of confs.entries())
    expect(await ending(i === 0 ? t.up(conf) : t.signaled(conf))).toBe("finished");
  expect(await ending(t.down())).toBe("finished");
  await t.close();
  const records: JournalRecord[] = [];
  for await (const record of journal.read()) records.push(record);
  await journal.close();
  return records;
}

const bodiesOf = (records: readonly JournalRecord[]) =>
  records.filter(({ type }) => type === "PlanMade").map(({ body }) => JSON.parse(body) as PlanRecord);

describe("in a journal", () => {
  test("a small plan has its names, each once", async () => {
    const plans = bodiesOf(await plansOf(shortConf("G1@Peer0 V1 V2", "G2@Peer1 V3")));
    const roll = {
      groups: [
        ["G1", 2],
        ["G2", 1],
      ],
      volumes: ["V1", "V2", "V3"],
    };
    expect(plans.map(({ rolls }) => rolls)).toEqual([[roll], [roll]]);
    const spans = plans[0]?.phases.map(({ callback, cohorts }) => [callback, cohorts[0]?.spans]);
    expect(spans).toContainEqual(["VolumeCreated", [[0, 2]]]);
    expect(spans).toContainEqual(["ServeVolume", [[0, 1]]]);
  });

  test("a large one says which conf has its names, also the end after a reload", async () => {
    const [first, second] = [manyGroups(1_100), manyGroups(1_101)];
    const [start, reload, end] = bodiesOf(await plansOf(first, second));
    expect(start?.rolls).toEqual([{ conf: first.hash }]);
    expect(reload?.rolls).toEqual([]);
    expect(end?.rolls).toEqual([{ conf: second.hash }]);
    // Every second group is served, each a span of its own.
    expect(JSON.stringify(start).length).toBeLessThan(10_000);
    expect(JSON.stringify(reload)).toContain('"volumes":["V1100"]');
  });

  test("in memory, where old facts are forgotten, a large one has its names", async () => {
    const plans = bodiesOf(await plansIn(memoryJournal(), [manyGroups(1_100)]));
    for (const { rolls } of plans) expect(rolls).toMatchObject([{ volumes: { length: 1_100 } }]);
  });

  test("is damaged where it speaks of a conf that is not there, or of groups that its roll does not have", async () => {
    const records = await plansOf(manyGroups(1_100));
    const fold = (change: (body: string) => string) => () => {
      const replay = new Replay(undefined);
      for (const record of records)
        replay.next(record.type === "PlanMade" ? { ...record, body: change(record.body) } : record);
    };
    expect(fold((body) => body)).not.toThrow();
    const missing = "0".repeat(64);
    expect(fold((body) => body.replace(/"conf":"\w+"/, `"conf":"${missing}"`))).toThrow(
      /fact \d+ \(PlanMade\) does not fit the facts before it: no conf 000000000000 was recorded/,
    );
    expect(fold((body) => body.replace("[0,1100]", "[0,1101]"))).toThrow(/groups that the plan's roll 0 does not have/);
    expect(fold((body) => body.replace('"roll":0', '"roll":1'))).toThrow(/groups that the plan's roll 1 does not have/);
  });

  test("is damaged where a roll has more names than its groups, or fewer", async () => {
    const records = await plansOf(shortConf("G1@Peer0 V1 V2"));
    const hurt = records.map((record) => ({ ...record, body: record.body.replace('["G1",2]', '["G1",1]') }));
    const replay = new Replay(undefined);
    const fold = () => {
      for (const record of hurt) replay.next(record);
    };
    expect(fold).toThrow(/its groups have more volumes than it has, or fewer/);
  });

  test("only plans speak of confs for their names, and the first version had none", () => {
    const record = {
      seq: 1,
      epoch: 1,
      time: 0,
      version: 2,
      type: "PlanMade",
      body: '{"rolls":[{"conf":"x"},{"groups":[]}]}',
    };
    expect(confsNamedIn(record)).toEqual(["x"]);
    expect(confsNamedIn({ ...record, version: 1, body: "{}" })).toEqual([]);
    expect(confsNamedIn({ ...record, type: "ConfRecorded" })).toEqual([]);
  });
});
