/**
 * Two services on one journal: one is stopped in its tracks, as by a suspended machine, and wakes up after the other has
 * taken over. It may not write, and what it still tells its participants they can refuse.
 */
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sqliteJournal } from "../../src/journal/sqlite-journal.ts";
import { RunningService, runSignaled } from "../cli/signaled-program.ts";
import { Workplace } from "../cli/workplace.ts";
import { type GuardedResource, guardedResource } from "./guarded-resource.ts";

const MODULE = new URL("guarded-mounts.mjs", import.meta.url).pathname;
const VOLUMES = Array.from({ length: 12 }, (_, i) => `V${i}`);

let work: Workplace;
let resource: GuardedResource;
const services: RunningService[] = [];

beforeEach(async () => {
  work = new Workplace();
  resource = await guardedResource();
});

afterEach(async () => {
  for (const service of services.splice(0)) await service.kill();
  await resource.close();
  work.remove();
});

async function start(...args: readonly string[]): Promise<RunningService> {
  const service = await RunningService.start(["peer.conf", "--participants", MODULE, ...args], {
    cwd: work.folder,
    env: { RESOURCE: resource.url },
  });
  services.push(service);
  return service;
}

test("a service that wakes up after a takeover writes nothing, and its resource refuses it", async () => {
  work.conf({ groups: { VG_A: ["Peer0", ...VOLUMES] } });
  const first = await start();
  const { mounts } = resource;
  // In the middle of its first batch, which ends soon if it takes long.
  while (mounts.length < 2) await delay(2);
  first.process.kill("SIGSTOP");
  const before = mounts.length;

  const second = await (await start("--takeover")).up();
  const journal = sqliteJournal(work.path(".signaled/journal.db"));
  const taken = await journal.version();
  const holder = await journal.holder();
  const told = mounts.length;
  first.process.kill("SIGCONT");
  expect(await first.exit).toBe(5);
  expect(first.text).toContain("ending without calling any participant");

  // It wrote nothing: the stream is as long as it was, and everything behind the takeover is of the new epoch.
  expect(await journal.version()).toBe(taken);
  expect(holder).toMatchObject({ pid: second.process.pid, epoch: 2 });
  expect(await journal.holder()).toEqual(holder);
  const records = [];
  for await (const record of journal.read()) records.push(record);
  const epochs = records.map(({ epoch }) => epoch);
  expect(epochs).toEqual([...epochs].sort());

  // What it told after it woke up is at most the rest of its batch, and all of it came with the stale token.
  const late = mounts.slice(told);
  expect(
    late.every(({ pid, fencingToken, refused }) => pid === first.process.pid && fencingToken === 1 && refused),
  ).toBe(true);
  const announced = records.filter(({ type, epoch }) => type === "StepsAnnounced" && epoch === 1).at(-1);
  const { range } = JSON.parse(announced?.body ?? "{}") as { range: [number, number] };
  expect(late.length).toBeGreaterThan(0);
  expect(late.length).toBeLessThanOrEqual(range[1] - before);

  // The second one has mounted what the first one had not, and what was in doubt under its old key.
  const effects = mounts.filter(({ refused }) => !refused);
  expect(new Set(effects.map(({ volumeName }) => volumeName))).toEqual(new Set(VOLUMES));
  for (const volume of VOLUMES) {
    const keys = effects.filter(({ volumeName }) => volumeName === volume).map(({ idempotencyKey }) => idempotencyKey);
    expect(new Set(keys).size, volume).toBe(1);
  }
  expect((await runSignaled(["verify", "--state-dir", ".signaled"], { cwd: work.folder })).code).toBe(0);
});
