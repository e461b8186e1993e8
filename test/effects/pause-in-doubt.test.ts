/**
 * A pause that is asked for while steps in doubt are redelivered: each redelivery is a step like any other, and none begins.
 */
import { expect, test } from "vitest";
import { InDoubtError } from "../../src/error.ts";
import { ending, type Scene, scene } from "./scene.ts";
import { shortConf } from "./short-conf.ts";

const V1 = shortConf("G1@Peer0 V1");
const V1_V2 = shortConf("G1@Peer0 V1 V2");
const NONE = shortConf("G1@Peer0");

/** Both volumes' `callback` is in doubt, and what asks for it was held. */
async function twoDoubts(callback: "ServeVolume" | "UnserveVolume"): Promise<Scene> {
  const s = scene();
  s.add("fs", { concurrency: 2 });
  const before = callback === "ServeVolume" ? NONE : V1_V2;
  await s.t.up(before);
  s.rules.set(`${callback} fs`, "wait");
  const held = ending(s.t.signaled(before === NONE ? V1_V2 : NONE));
  await s.clock.settle();
  for (const volume of ["V1", "V2"]) s.call(`${callback} ${volume} fs`).answer(new InDoubtError("perhaps"));
  expect(await held).toBe("IN_DOUBT");
  expect(s.t.status().inDoubt).toHaveLength(2);
  s.rules.clear();
  s.told();
  return s;
}

function expectPaused(s: Scene): void {
  expect(s.t.status().transition?.paused).toBe(true);
  expect(s.facts.at(-1)?.type).toBe("TransitionPaused");
}

/** A reload pauses while it redelivers this step, which answers then. */
async function pauseWithin(s: Scene, step: string): Promise<Promise<string>[]> {
  s.rules.set(step, "wait");
  const reload = ending(s.t.signaled(V1_V2));
  await s.clock.settle();
  s.t.pause();
  s.call(step).answer();
  await s.clock.settle();
  return [reload];
}

test("a pause holds between two redeliveries", async () => {
  const s = await twoDoubts("ServeVolume");
  const [reload] = await pauseWithin(s, "ServeVolume V1 fs");
  await s.clock.advance(3_600_000);
  expect(s.told()).toEqual(["ServeVolume V1 fs"]);
  expectPaused(s);
  s.t.resume();
  expect(await reload).toBe("finished");
  expect(s.told()).toEqual(["ServeVolume V2 fs", "SignaledFinish fs"]);
});

test("a pause holds between the last redelivery and the plan", async () => {
  const s = await twoDoubts("ServeVolume");
  const [reload] = await pauseWithin(s, "ServeVolume V2 fs");
  expect(s.told()).toEqual(["ServeVolume V1 fs", "ServeVolume V2 fs"]);
  expectPaused(s);
  s.t.resume();
  expect(await reload).toBe("finished");
});

test("a pause holds a redelivery that was waiting for the old attempt", async () => {
  const s = scene({ deadline: 100 });
  s.add("fs");
  await s.t.up(NONE);
  s.rules.set("ServeVolume V1 fs", "wait");
  const first = ending(s.t.signaled(V1));
  await s.clock.advance(100);
  expect(await first).toBe("DEADLINE");
  s.rules.clear();
  s.told();
  const retried = ending(s.t.retry());
  await s.clock.advance(50);
  s.t.pause();
  await s.clock.advance(3_600_000);
  expect(s.told()).toEqual([]);
  expectPaused(s);
  s.t.resume();
  expect(await retried).toBe("finished");
  expect(s.told()).toEqual(["ServeVolume V1 fs", "SignaledFinish fs"]);
});

test("a pause holds the redeliveries of a forced down, too", async () => {
  const s = await twoDoubts("UnserveVolume");
  s.rules.set("UnserveVolume V1 fs", "wait");
  const down = ending(s.t.down(undefined, { force: true }));
  await s.clock.settle();
  s.t.pause();
  s.call("UnserveVolume V1 fs").answer();
  await s.clock.advance(3_600_000);
  expect(s.told()).toEqual(["UnserveVolume V1 fs"]);
  expectPaused(s);
  s.t.resume();
  expect(await down).toBe("finished");
  expect(s.told().slice(0, 1)).toEqual(["UnserveVolume V2 fs"]);
});

test("a termination does not wait for a pause among redeliveries to end", async () => {
  const s = await twoDoubts("ServeVolume");
  const [reload] = await pauseWithin(s, "ServeVolume V1 fs");
  expect(await ending(s.t.down())).toBe("finished");
  expect(await reload).toBe("superseded");
  expect(s.t.status().inDoubt).toEqual([]);
});

test("who has asked to stop does not wait for an old attempt that hangs", async () => {
  const s = scene({ deadline: 100 });
  s.add("fs", { concurrency: 2 });
  await s.t.up(NONE);
  s.rules.set("ServeVolume fs", "wait");
  const first = ending(s.t.signaled(V1_V2));
  await s.clock.advance(100);
  expect(await first).toBe("DEADLINE");
  let ended: string | undefined;
  void ending(s.t.retry()).then((end) => {
    ended = end;
  });
  await s.clock.advance(100);
  const redelivered = s.call("ServeVolume V1 fs");
  expect(redelivered.context.attempt).toBe(2);
  void ending(s.t.down());
  redelivered.answer();
  await s.clock.settle();
  expect(ended).toBe("superseded");
});
