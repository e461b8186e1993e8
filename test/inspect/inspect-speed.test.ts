/**
 * What an inspector costs a transition: 100,000 volumes, with and without a receiver that has stalled, side by side. Times
 * are a benchmark, not a test: `npm run bench:inspect` asks for them, and `npm test` does not.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ConfMap } from "../../src/conf/conf-map.ts";
import { createTransitions, type TransitionsOptions } from "../../src/effects/transitions.ts";
import { sqliteJournal } from "../../src/journal/sqlite-journal.ts";
import { startInspectRelay } from "../../src/relay/inspect-relay.ts";
import { stalledViewer } from "./stalled-viewer.ts";

const GROUPS = 10_000;
const VOLUMES = 100_000;
const PARTICIPANTS = 10;
const ROUNDS = 30;

const bench = test.runIf(process.env["SIGNALED_BENCH"] !== undefined);

/** Every hundredth group may be elsewhere. */
function clusterConf(hundredthAt: string): ConfMap {
  const names = Array.from({ length: GROUPS }, (_, i) => `group${i}`);
  const sections = names.map((name, i) => [
    `VolumeGroup:${name}`,
    {
      PrimaryPeer: [i % 100 === 0 ? hundredthAt : "Peer0"],
      VirtualIPAddr: [],
      VolumeList: Array.from({ length: VOLUMES / GROUPS }, (_, j) => `volume${i}-${j}`),
    },
  ]);
  return ConfMap.from({
    Cluster: { WhoAmI: ["Peer0"], Peers: ["Peer0", "Peer1"] },
    FSGlobals: { VolumeGroupList: names },
    ...Object.fromEntries(sections),
  });
}

interface Times {
  readonly up: number;
  readonly reload: number;
}

const here = clusterConf("Peer0");
const away = clusterConf("Peer1");

async function timesOf(options: TransitionsOptions): Promise<Times> {
  const folder = mkdtempSync(join(tmpdir(), "signaled-inspect-"));
  // As `signaled run` has it.
  const t = createTransitions({ journal: sqliteJournal(join(folder, "journal.db")), ...options });
  const hear = (): void => {};
  for (let i = 0; i < PARTICIPANTS; i++)
    t.register(`participant${i}`, {
      up: hear,
      volumeCreated: hear,
      serveVolume: hear,
      unserveVolume: hear,
      down: hear,
    });
  const times = { up: await timeOf(() => t.up(here)), reload: await timeOf(() => t.signaled(away)) };
  await t.close();
  rmSync(folder, { recursive: true });
  return times;
}

/**
 * Milliseconds of this thread, where Node can tell (from 23.9 on): on a machine that has other things to do, those of the
 * clock say little.
 */
async function timeOf(act: () => Promise<unknown>): Promise<number> {
  const before = now();
  await act();
  return now() - before;
}

function now(): number {
  const { threadCpuUsage } = process as { threadCpuUsage?: () => { user: number; system: number } };
  if (threadCpuUsage === undefined) return performance.now();
  const { user, system } = threadCpuUsage();
  return (user + system) / 1_000;
}

/** Of many times the one that a quarter is below: now and then something else has the machine. */
function lowerQuartile(times: readonly number[]): number {
  return [...times].sort((a, b) => a - b)[Math.floor(times.length / 4)] as number;
}

bench("a receiver that has stalled makes a transition take at most a tenth longer", { timeout: 300_000 }, async () => {
  const relay = await startInspectRelay();
  const socket = await stalledViewer(relay.address);
  const [alone, watched]: [Times[], Times[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    // The one that comes second finds the other's garbage: they take turns.
    const turn = [() => timesOf({}).then((times) => alone.push(times))];
    turn.push(() => timesOf({ inspect: relay.inspect }).then((times) => watched.push(times)));
    for (const run of round % 2 === 0 ? turn : turn.reverse()) await run();
  }
  expect(socket.readyState).toBe("open");
  socket.destroy();
  await relay.close();
  for (const kind of ["up", "reload"] as const) {
    const [without, with_] = [alone, watched].map((times) => lowerQuartile(times.map((each) => each[kind])));
    const ratio = Number(with_) / Number(without);
    console.info(
      `${kind}: ${without?.toFixed(1)} ms alone, ${with_?.toFixed(1)} ms watched, ${ratio.toFixed(3)} times`,
    );
    expect(ratio).toBeLessThan(1.1);
  }
});
