/**
 * An inspector costs a lifecycle nothing that it would notice: large transitions are few messages, and whoever is slow,
 * throws or goes away changes nothing. Work is counted, not time.
 */
import type { Socket } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, expect, test } from "vitest";
import { ConfMap } from "../../src/conf/conf-map.ts";
import { createTransitions, type TransitionsOptions } from "../../src/effects/transitions.ts";
import { memoryJournal } from "../../src/journal/memory-journal.ts";
import { type InspectRelay, startInspectRelay } from "../../src/relay/inspect-relay.ts";
import { stalledViewer } from "./stalled-viewer.ts";
import { Recording } from "./viewing.ts";

const GROUPS = 200;
const VOLUMES = 20_000;
const PARTICIPANTS = 5;

function largeConf(mediaAt: string): ConfMap {
  const names = Array.from({ length: GROUPS }, (_, i) => `group${i}`);
  const sections = names.map((name, i) => [
    `VolumeGroup:${name}`,
    {
      PrimaryPeer: [i % 2 === 0 ? "Peer0" : mediaAt],
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

interface Work {
  /** Calls of participants. */
  calls: number;
  /** What every participant was told last. */
  last: string;
  transitions: string[];
}

/** Up, a reload that moves half of the groups, and down. */
async function work(options: TransitionsOptions): Promise<Work> {
  const done: Work = { calls: 0, last: "", transitions: [] };
  const t = createTransitions({ journal: memoryJournal(), streamId: "s", ...options });
  for (let i = 0; i < PARTICIPANTS; i++) {
    const hear = (event: object): void => {
      done.calls++;
      done.last = `participant${i} ${JSON.stringify(event)}`;
    };
    const all = {
      up: hear,
      volumeCreated: hear,
      serveVolume: hear,
      unserveVolume: hear,
      volumeDestroyed: hear,
      down: hear,
    };
    t.register(`participant${i}`, all);
  }
  for (const run of [() => t.up(largeConf("Peer0")), () => t.signaled(largeConf("Peer1")), () => t.down()])
    done.transitions.push((await run()).outcome);
  await t.close();
  return done;
}

const relays: InspectRelay[] = [];
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const relay of relays.splice(0)) await relay.close();
});

async function stalled(address: string): Promise<void> {
  sockets.push(await stalledViewer(address));
}

test("350,000 steps are a few hundred messages", async () => {
  const seen = new Recording();
  const { calls } = await work({ inspect: seen.inspect });
  expect(calls).toBeGreaterThan(340_000);
  // Each phase × participant has a beginning and an end; in between there are at most four snapshots a second.
  expect(seen.story().length).toBeLessThan(250);
  expect(seen.messages.length).toBeLessThan(700);
});

test("progress is told now and then, and what was held back is told with what follows", async () => {
  const seen = new Recording();
  let now = 0;
  const clock = { now: () => now, wall: () => now, setTimeout: () => 0, clearTimeout() {} };
  const t = createTransitions({ inspect: seen.inspect, clock });
  const shown: number[] = [];
  t.register("mounts", {
    serveVolume({ volumeName }) {
      // Slow enough for batches of a single step.
      now += 100;
      if (volumeName.endsWith("-50")) shown.push(Number(seen.latest("mounts").context["told"]));
    },
  });
  await t.up(largeConf("Peer1"));
  const progress = seen.messages.filter(
    (message) => message.type === "@xstate.snapshot" && message.event.type === "progress",
  );
  // 10,000 steps, 1,000 seconds, three actors that get on.
  expect(progress.length).toBeGreaterThan(3_000);
  expect(progress.length).toBeLessThan(3 * 4_001);
  shown.forEach((told, i) => {
    expect(Math.abs(told - (i * 100 + 50))).toBeLessThan(70);
  });
  expect(seen.latest("mounts").context).toMatchObject({ told: 10_000, total: 10_000 });
  await t.close();
});

test("a receiver that stalls, one that throws and one that is there for nobody leave the work as it is", async () => {
  const alone = await work({});
  const relay = await startInspectRelay();
  relays.push(relay);
  await stalled(relay.address);
  expect(await work({ inspect: relay.inspect })).toEqual(alone);
  let heard = 0;
  const throwing = () => {
    heard++;
    throw new Error("no inspector of yours");
  };
  expect(await work({ inspect: throwing })).toEqual(alone);
  expect(await work({ inspect: { next: throwing } })).toEqual(alone);
  expect(heard).toBeGreaterThan(100);
  const unwatched = await startInspectRelay();
  relays.push(unwatched);
  expect(await work({ inspect: unwatched.inspect })).toEqual(alone);
});

test("nothing of a transition that is over stays in memory for an inspector's sake", async () => {
  const relay = await startInspectRelay();
  relays.push(relay);
  const t = createTransitions({ inspect: relay.inspect, journal: memoryJournal({ retain: 1 }) });
  const plans: WeakRef<object>[] = [];
  t.subscribe((fact) => {
    if (fact.type === "PlanMade") plans.push(new WeakRef(fact.plan));
  });
  t.register("mounts", { serveVolume() {}, unserveVolume() {} });
  await t.up(largeConf("Peer0"));
  for (const peer of ["Peer1", "Peer0", "Peer1"]) await t.signaled(largeConf(peer));
  setFlagsFromString("--expose-gc");
  await new Promise((resolve) => setImmediate(resolve));
  runInNewContext("gc")();
  expect(plans.map((plan) => plan.deref() === undefined).slice(0, 2)).toEqual([true, true]);
  await t.close();
});

test("a receiver that stalls is disconnected before much has piled up for it", async () => {
  const counts: number[] = [];
  const relay = await startInspectRelay({ onViewers: (count) => counts.push(count) });
  relays.push(relay);
  await stalled(relay.address);
  const actorRef = { id: "talkative", sessionId: "t", getSnapshot: () => ({ status: "active" }) } as never;
  const event = { type: "SAY", words: "x".repeat(10_000) };
  let said = 0;
  for (; said < 5_000 && counts.at(-1) !== 0; said++) {
    relay.inspect({ type: "@xstate.event", rootId: "t", actorRef, sourceRef: undefined, event });
    if (said % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  expect(counts).toEqual([1, 0]);
  // Four megabytes here, and what the system takes for the connection.
  expect(said).toBeLessThan(2_000);
});
