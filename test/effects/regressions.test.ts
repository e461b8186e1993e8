/**
 * What the campaigns broke, one test for each, with the smallest story that shows it.
 */
import { expect, test } from "vitest";
import { createTransitions } from "../../src/effects/transitions.ts";
import { InDoubtError } from "../../src/error.ts";
import type { Ledger } from "../../src/journal/ledger.ts";
import { currentStates } from "../../src/journal/ledger.ts";
import { memoryJournal } from "../../src/journal/memory-journal.ts";
import { Replay, replayJournal, snapshotOf } from "../../src/journal/replay.ts";
import { summaryOf } from "../../src/plan/participant-state.ts";
import { ledgerText } from "../campaigns/ledger-text.ts";
import { ending, type Scene, scene } from "./scene.ts";
import { shortConf } from "./short-conf.ts";

const V1 = shortConf("G1@Peer0 V1");
const V1_V2 = shortConf("G1@Peer0 V1 V2");
const NONE = shortConf();

async function expectFold({ t, journal }: Scene): Promise<void> {
  let folded: Ledger | undefined;
  for await (const { ledger } of replayJournal(journal)) folded = ledger;
  expect(folded && ledgerText(folded)).toBe(ledgerText(await t.open()));
}

/** What the ledger believes that a participant serves. */
async function served({ t }: Scene, name: string): Promise<readonly string[]> {
  const state = currentStates(await t.open()).get(name);
  return state === undefined ? [] : summaryOf(state).served;
}

test("a plan made after others were brought up in recovery reads back with where they were then", async () => {
  const before = scene();
  before.add("fs", { durable: true });
  before.rules.set("ServeVolume V1 fs", "wait");
  void before.t.up(V1);
  await before.clock.settle();

  const after = before.restart();
  after.add("fs", { durable: true });
  await after.t.up(V1);
  expect(after.told()).toEqual(["Up fs", "ServeVolume V1 fs", "SignaledFinish fs"]);
  await expectFold(after);
});

test("steps that a failure kept from starting are not in doubt after a crash", async () => {
  const before = scene();
  before.add("fs", { durable: true });
  before.rules.set("ServeVolume V1 fs", new Error("no"));
  expect(await ending(before.t.up(V1_V2))).toBe("CALLBACK_FAILED");

  const after = before.restart();
  after.add("fs", { durable: true });
  expect((await after.t.open()).inDoubt).toEqual([]);
  await after.t.up(V1);
  expect(after.told()).toEqual(["Up fs", "ServeVolume V1 fs", "VolumeDestroyed V2 fs", "SignaledFinish fs"]);
});

test("a skip settles the step that the error names, also when a sibling failed after it", async () => {
  const s = scene();
  s.add("fs", { concurrency: 2 });
  s.rules.set("ServeVolume fs", "wait");
  const up = s.t.up(V1_V2);
  await s.clock.settle();
  s.call("ServeVolume V1 fs").answer(new Error("first"));
  await s.clock.settle();
  s.call("ServeVolume V2 fs").answer(new Error("second"));
  await expect(up).rejects.toMatchObject({ subject: "V1" });
  s.told();
  s.rules.clear();
  await s.t.skip("applied", "served by hand");
  expect(s.told()).toEqual(["ServeVolume V2 fs", "SignaledFinish fs"]);
  expect(s.call("ServeVolume V2 fs").context.attempt).toBe(2);
});

test("a step in doubt that a late answer settled is not the failed one any more", async () => {
  const s = scene({ deadline: 100 });
  s.add("fs");
  s.rules.set("ServeVolume V1 fs", "wait");
  const up = ending(s.t.up(V1_V2));
  await s.clock.advance(100);
  expect(await up).toBe("DEADLINE");
  s.call("ServeVolume V1 fs").answer();
  await s.clock.settle();
  expect(await served(s, "fs")).toEqual(["V1"]);
  expect(await ending(s.t.skip("not-applied", "nothing is left to skip"))).toBe("NOTHING_HELD");
  s.told();
  await s.t.retry();
  expect(s.told()).toEqual(["ServeVolume V2 fs", "SignaledFinish fs"]);
  await expectFold(s);
});

test("an answer to the abort signal settles the doubt, although it comes before the doubt is recorded", async () => {
  const s = scene({ deadline: 100 });
  s.add("fs");
  s.rules.set("ServeVolume V1 fs", (call) => {
    call.context.signal.addEventListener("abort", () => call.answer(new Error("aborted, and undone")));
    return "wait";
  });
  const up = ending(s.t.up(V1));
  await s.clock.advance(100);
  expect(await up).toBe("DEADLINE");
  await s.clock.settle();
  expect((await s.t.open()).inDoubt).toEqual([]);
  expect(s.facts.map(({ type }) => type)).toContain("DoubtSettled");
});

test("a redelivery that throws settles the doubt, and the new conf is reached at once", async () => {
  const s = scene();
  s.add("fs");
  await s.t.up(NONE);
  s.rules.set("ServeVolume V1 fs", new InDoubtError("perhaps"));
  expect(await ending(s.t.signaled(V1))).toBe("IN_DOUBT");
  s.rules.set("ServeVolume V1 fs", new Error("no"));
  s.told();
  await s.t.signaled(NONE);
  expect(s.told()).toEqual([
    "ServeVolume V1 fs",
    "VolumeDestroyed V1 fs",
    "VolumeGroupDestroyed G1 fs",
    "SignaledFinish fs",
  ]);
  // A doubt that were left would be delivered again by the next transition, to who has destroyed the volume meanwhile.
  expect(s.facts.filter(({ type }) => type === "DoubtSettled")).toMatchObject([
    { outcome: "not-applied", by: "redelivery" },
  ]);
  expect(s.t.status().inDoubt).toEqual([]);
  await s.t.signaled(NONE);
  expect(s.told()).toEqual(["SignaledStart fs", "SignaledFinish fs"]);
});

test("a retry whose redelivery throws is held at that step, which can be skipped", async () => {
  const s = scene();
  s.add("fs");
  s.rules.set("ServeVolume V1 fs", new InDoubtError("perhaps"));
  expect(await ending(s.t.up(V1_V2))).toBe("IN_DOUBT");
  s.rules.set("ServeVolume V1 fs", new Error("no"));
  s.told();
  expect(await ending(s.t.retry())).toBe("CALLBACK_FAILED");
  expect(s.told()).toEqual(["ServeVolume V1 fs"]);
  expect((await s.t.open()).inDoubt).toEqual([]);
  await s.t.skip("applied", "served by hand");
  expect(s.told()).toEqual(["ServeVolume V2 fs", "SignaledFinish fs"]);
  await expectFold(s);
});

test("an operator's word goes to the doubt that is held, not to an older one of somebody who is not here", async () => {
  const before = scene();
  before.add("absent", { durable: true });
  before.rules.set("ServeVolume V1 absent", "wait");
  void before.t.up(V1);
  await before.clock.settle();

  const s = before.restart();
  s.add("fs");
  s.rules.set("ServeVolume V1 fs", new InDoubtError("perhaps"));
  expect(await ending(s.t.up(V1))).toBe("IN_DOUBT");
  expect(await ending(s.t.signaled(NONE))).toBe("IN_DOUBT");
  s.told();
  await s.t.skip("not-applied", "it is not there");
  expect(s.told()).toEqual(["VolumeDestroyed V1 fs", "VolumeGroupDestroyed G1 fs", "SignaledFinish fs"]);
  expect((await s.t.open()).inDoubt.map(({ participant }) => participant)).toEqual(["absent"]);
});

test("what does not fold is never written: a skip without a failed step leaves the journal readable", async () => {
  const s = scene();
  s.add("fs");
  s.rules.set("ServeVolume V1 fs", "wait");
  const up = ending(s.t.up(V1));
  await s.clock.settle();
  const down = ending(s.t.down(undefined, { force: true }));
  const other = ending(s.t.down(shortConf("G9@Nobody V1")));
  s.call("ServeVolume V1 fs").answer();
  expect([await up, await down, await other]).toEqual(["superseded", "finished", "CONF_INVALID"]);
  expect(await ending(s.t.skip("applied", "nothing is held"))).toBe("NOTHING_HELD");
  await expectFold(s);
});

test("a dropped volume keeps its old group: who still has it is not told to destroy the group", async () => {
  const s = scene();
  s.add("fs");
  await s.t.up(shortConf("G1@Peer1 V1", "G2@Peer1"));
  s.rules.set("VolumeMoved V1 fs", new Error("no"));
  expect(await ending(s.t.signaled(shortConf("G2@Peer1 V1")))).toBe("CALLBACK_FAILED");
  s.told();
  await s.t.skip("not-applied", "later");
  expect(s.told()).toEqual(["SignaledFinish fs"]);
});

test("a group is not moved while a volume in it could not be unserved", async () => {
  const s = scene();
  s.add("fs");
  await s.t.up(shortConf("G1@Peer0 V1 V2"));
  s.rules.set("UnserveVolume V1 fs", new Error("busy"));
  expect(await ending(s.t.signaled(shortConf("G1@Peer1 V1 V2")))).toBe("CALLBACK_FAILED");
  s.told();
  await s.t.skip("not-applied", "later");
  expect(s.told()).toEqual(["SignaledFinish fs"]);
  s.rules.clear();
  await s.t.signaled(shortConf("G1@Peer1 V1 V2"));
  expect(s.told()).toEqual(["SignaledStart fs", "UnserveVolume V1 fs", "VolumeGroupMoved G1 fs", "SignaledFinish fs"]);
});

test("a pause holds after the running step, not after its batch", async () => {
  const s = scene();
  s.add("fs");
  s.rules.set("ServeVolume V1 fs", "wait");
  const up = ending(s.t.up(V1_V2));
  await s.clock.settle();
  s.t.pause();
  s.told();
  s.call("ServeVolume V1 fs").answer();
  await s.clock.settle();
  expect(s.told()).toEqual([]);
  expect(s.t.status().transition?.paused).toBe(true);
  s.t.resume();
  expect(await up).toBe("finished");
  expect(s.told()).toEqual(["ServeVolume V2 fs", "SignaledFinish fs"]);
});

test("waiting between two attempts is not counted against the deadline", async () => {
  const s = scene({ deadline: 100 });
  s.add("fs", { policy: { retries: 1, minTimeout: 30, maxTimeout: 30 } });
  let attempts = 0;
  s.rules.set("ServeVolume V1 fs", () => (++attempts === 1 ? new Error("no") : undefined));
  const up = ending(s.t.up(V1));
  await s.clock.settle();
  await s.clock.advance(1_000);
  expect(await up).toBe("finished");
  expect(attempts).toBe(2);
});

test("a TypeError is tried again like any other", async () => {
  const s = scene();
  s.add("fs", { policy: { retries: 1, minTimeout: 1 } });
  let attempts = 0;
  s.rules.set("ServeVolume V1 fs", () => (++attempts === 1 ? new TypeError("of undefined") : undefined));
  const up = ending(s.t.up(V1));
  await s.clock.runAll();
  expect(await up).toBe("finished");
});

test("a second close waits for the same end as the first", async () => {
  const s = scene();
  s.add("fs");
  s.rules.set("ServeVolume V1 fs", "wait");
  const up = ending(s.t.up(V1));
  await s.clock.settle();
  const order: string[] = [];
  const first = s.t.close().then(() => order.push("first"));
  const second = s.t.close().then(() => order.push("second"));
  await s.clock.settle();
  expect(order).toEqual([]);
  s.call("ServeVolume V1 fs").answer();
  await Promise.all([first, second]);
  expect(await up).toBe("CLOSED");
});

test("close does not wait for an attempt that hangs since an earlier transition", async () => {
  const s = scene({ deadline: 100 });
  s.add("fs");
  s.rules.set("ServeVolume V1 fs", "wait");
  const up = ending(s.t.up(V1));
  await s.clock.advance(100);
  expect(await up).toBe("DEADLINE");
  const retried = ending(s.t.retry());
  await s.clock.settle();
  await s.t.close();
  expect(await retried).toBe("CLOSED");
});

test("whoever is still up after a skipped Down keeps the lifecycle's name", async () => {
  const s = scene();
  s.add("fs");
  await s.t.up(V1);
  s.rules.set("SignaledStart fs", new Error("no"));
  expect(await ending(s.t.down())).toBe("CALLBACK_FAILED");
  await s.t.skip("not-applied", "leave it");
  expect(s.t.status().participants["fs"]).toMatchObject({ up: true, served: ["V1"] });
  const elsewhere = V1.with("Cluster.WhoAmI=Peer1");
  expect(await ending(s.t.up(elsewhere))).toBe("JOURNAL_IDENTITY");
  s.rules.clear();
  expect(await ending(s.t.up(V1))).toBe("finished");
});

test("what is in doubt of somebody who could not be told to go down stays in doubt", async () => {
  const before = scene();
  before.add("first");
  before.add("mounts", { durable: true });
  before.rules.set("ServeVolume V1 mounts", "wait");
  void before.t.up(V1);
  await before.clock.settle();
  const key = before.call("ServeVolume V1 mounts").context.idempotencyKey;

  const s = before.restart();
  s.add("first");
  s.add("mounts", { durable: true });
  s.rules.set("Up first", new Error("no"));
  expect(await ending(s.t.up(V1))).toBe("CALLBACK_FAILED");
  await s.t.down();
  expect(s.told()).toEqual(["Up first"]);
  expect((await s.t.open()).inDoubt.map((step) => step.idempotencyKey)).toEqual([key]);
  expect(await ending(s.t.up(V1.with("Cluster.WhoAmI=Peer1")))).toBe("JOURNAL_IDENTITY");
  s.rules.clear();
  await s.t.up(V1);
  expect(s.call("ServeVolume V1 mounts").context.idempotencyKey).toBe(key);
});

test("an Up that was skipped in recovery is skipped for the whole transition", async () => {
  const before = scene();
  before.add("first");
  before.add("mounts", { durable: true });
  before.rules.set("ServeVolume V1 mounts", "wait");
  void before.t.up(V1);
  await before.clock.settle();

  const s = before.restart();
  s.add("first");
  s.add("mounts", { durable: true });
  s.rules.set("Up mounts", new Error("no"));
  expect(await ending(s.t.up(V1))).toBe("CALLBACK_FAILED");
  s.told();
  await s.t.skip("not-applied", "later");
  expect(s.told().filter((text) => text.endsWith("mounts"))).toEqual([]);
  expect((await s.t.open()).inDoubt).toHaveLength(1);
  s.rules.clear();
  await s.t.signaled(V1);
  expect(s.told().filter((text) => text.endsWith("mounts"))).toEqual([
    "Up mounts",
    "ServeVolume V1 mounts",
    "SignaledFinish mounts",
  ]);
});

test("an Up in doubt comes before older doubts of the same participant", async () => {
  const before = scene();
  before.add("mounts", { durable: true });
  before.rules.set("ServeVolume V1 mounts", "wait");
  void before.t.up(V1);
  await before.clock.settle();

  const s = before.restart();
  s.add("mounts", { durable: true });
  s.rules.set("Up mounts", new InDoubtError("perhaps"));
  expect(await ending(s.t.up(V1))).toBe("IN_DOUBT");
  s.rules.clear();
  s.told();
  await s.t.retry();
  expect(s.told()).toEqual(["Up mounts", "ServeVolume V1 mounts", "SignaledFinish mounts"]);
});

test("a newcomer that cannot come up is rolled back alone", async () => {
  const s = scene({ policy: "rollback" });
  s.add("fs");
  await s.t.up(V1);
  s.add("late");
  s.rules.set("ServeVolume V1 late", new Error("no"));
  s.told();
  expect(await ending(s.t.admit("late"))).toBe("ROLLED_BACK");
  expect(s.told()).toEqual([
    "Up late",
    "VolumeGroupCreated G1 late",
    "VolumeCreated V1 late",
    "ServeVolume V1 late",
    "VolumeDestroyed V1 late",
    "VolumeGroupDestroyed G1 late",
    "Down late",
  ]);
  expect(s.t.status().state).toBe("up");
  s.rules.clear();
  await s.t.signaled(NONE);
  expect(s.told().filter((text) => text.endsWith("late"))).toEqual([]);
  expect(await ending(s.t.admit("late"))).toBe("finished");
});

test("a removal that fails is rolled back alone", async () => {
  const s = scene();
  s.add("fs");
  s.add("late");
  await s.t.up(V1);
  s.rules.set("VolumeDestroyed V1 late", new Error("no"));
  expect(await ending(s.t.unregister("late"))).toBe("CALLBACK_FAILED");
  s.told();
  await s.t.rollback();
  expect(s.told()).toEqual(["ServeVolume V1 late", "SignaledFinish late"]);
  expect(s.t.status().state).toBe("up");
});

test("who was registered while up and not admitted hears nothing of a reload", async () => {
  const s = scene();
  s.add("fs");
  await s.t.up(V1);
  s.add("late");
  s.told();
  await s.t.signaled(V1);
  expect(s.told()).toEqual(["SignaledStart fs", "SignaledFinish fs"]);
});

test("what a durable participant has is known to the process after next, though the next did without it", async () => {
  const first = scene();
  first.add("mounts", { durable: true });
  await first.t.up(V1);
  const second = first.restart();
  second.add("fs");
  await second.t.up(V1);
  const third = second.restart();
  third.add("mounts", { durable: true });
  await third.t.up(V1);
  expect(third.told()).toEqual(["Up mounts", "SignaledFinish mounts"]);
});

test("who was durable and is volatile now begins with nothing", async () => {
  const first = scene();
  first.add("mounts", { durable: true });
  first.rules.set("SignaledFinish mounts", "wait");
  void first.t.up(V1);
  await first.clock.settle();
  const second = first.restart();
  second.add("mounts");
  await second.t.up(V1);
  expect(second.told()).toEqual([
    "Up mounts",
    "VolumeGroupCreated G1 mounts",
    "VolumeCreated V1 mounts",
    "ServeVolume V1 mounts",
    "SignaledFinish mounts",
  ]);
});

test("a notice does not tell of changed options: VolumeChanged still comes after a failure", async () => {
  const s = scene();
  s.add("fs", { callbacks: ["VolumeToBeUnserved", "UnserveVolume", "VolumeChanged"] });
  await s.t.up(V1);
  const moved = shortConf("G1@Peer1 V1").with("Volume:V1.FSID=2");
  s.rules.set("UnserveVolume V1 fs", new Error("busy"));
  expect(await ending(s.t.signaled(moved))).toBe("CALLBACK_FAILED");
  s.rules.clear();
  s.told();
  await s.t.signaled(moved);
  expect(s.told()).toEqual(["UnserveVolume V1 fs", "VolumeChanged V1 fs"]);
});

test("a down whose conf is refused does not stop what is running", async () => {
  const s = scene();
  s.add("fs");
  await s.t.up(NONE);
  s.rules.set("ServeVolume V1 fs", "wait");
  const reload = ending(s.t.signaled(V1));
  await s.clock.settle();
  expect(await ending(s.t.down(shortConf("G1@Nobody V1")))).toBe("CONF_INVALID");
  s.call("ServeVolume V1 fs").answer();
  expect(await reload).toBe("finished");
});

test("a forced down that waits is not taken back by one that is not forced", async () => {
  const s = scene();
  s.add("fs");
  await s.t.up(V1);
  s.rules.set("VolumeToBeUnserved V1 fs", "wait");
  s.rules.set("UnserveVolume V1 fs", new Error("busy"));
  const first = ending(s.t.down());
  await s.clock.settle();
  const second = ending(s.t.down(undefined, { force: true }));
  const third = ending(s.t.down());
  s.call("VolumeToBeUnserved V1 fs").answer();
  expect([await first, await second, await third]).toEqual(["superseded", "CONTINUED", "CONTINUED"]);
});

test("in a forced down, what a hung unserve may still hold is not destroyed", async () => {
  const s = scene({ deadline: 100 });
  s.add("lower");
  s.add("fs");
  await s.t.up(V1_V2);
  s.rules.set("UnserveVolume V1 fs", "wait");
  s.told();
  const down = ending(s.t.down(undefined, { force: true }));
  await s.clock.advance(200);
  expect(await down).toBe("CONTINUED");
  expect(s.told().filter((text) => text.includes("V1") || text.includes("G1"))).toEqual([
    "VolumeToBeUnserved V1 fs",
    "VolumeToBeUnserved V1 lower",
    "UnserveVolume V1 fs",
  ]);
});

test("a forced down redelivers what it would take down anyway, and assumes the rest", async () => {
  const s = scene();
  s.add("fs");
  await s.t.up(V1);
  s.rules.set("UnserveVolume V1 fs", new InDoubtError("perhaps"));
  expect(await ending(s.t.signaled(NONE))).toBe("IN_DOUBT");
  const key = s.call("UnserveVolume V1 fs").context.idempotencyKey;
  s.rules.clear();
  s.told();
  await s.t.down(undefined, { force: true });
  expect(s.told()).toEqual(["UnserveVolume V1 fs", "VolumeDestroyed V1 fs", "VolumeGroupDestroyed G1 fs", "Down fs"]);
  expect(s.call("UnserveVolume V1 fs").context.idempotencyKey).toBe(key);
});

test("validate may not ask for a transition, which would wait for it", async () => {
  const s = scene();
  let refused = "";
  s.add("fs", {
    validate: async () => {
      refused = await ending(s.t.signaled(V1));
    },
  });
  await s.t.up(V1);
  expect(refused).toBe("REENTRANT");
});

test("a termination does not wait for a validate that hangs", async () => {
  const s = scene();
  let hang = false;
  s.add("fs", { validate: () => (hang ? new Promise<undefined>(() => {}) : undefined) });
  await s.t.up(V1);
  hang = true;
  const reload = ending(s.t.signaled(NONE));
  await s.clock.settle();
  s.told();
  expect(await ending(s.t.down())).toBe("finished");
  expect(await reload).toBe("superseded");
  expect(s.told()[0]).toBe("VolumeToBeUnserved V1 fs");
});

test("a listener that throws costs the lifecycle nothing", async () => {
  const s = scene();
  s.add("fs");
  s.t.subscribe(() => {
    throw new Error("listener");
  });
  expect(await ending(s.t.up(V1))).toBe("finished");
  await expectFold(s);
});

test("a snapshot keeps the topology that somebody was left at, not the one of the conf that reached it last", async () => {
  const s = scene();
  s.add("fs");
  await s.t.up(shortConf("G1@Peer1", "G2@Peer1"));
  s.rules.set("SignaledFinish fs", new Error("no"));
  // Nothing but the order differs, so nothing of it is told.
  expect(await ending(s.t.signaled(shortConf("G2@Peer1", "G1@Peer1")))).toBe("CALLBACK_FAILED");
  await s.t.skip("not-applied", "later");
  const ledger = await s.t.open();
  const restored = new Replay(snapshotOf(ledger).snapshot).ledger;
  expect(ledgerText({ ...restored, confs: ledger.confs })).toBe(ledgerText(ledger));
});

test("a forced down reports what it has given up before its plan, and does not try it a third time", async () => {
  const s = scene();
  s.add("fs");
  await s.t.up(V1);
  s.rules.set("SignaledFinish fs", new InDoubtError("perhaps"));
  expect(await ending(s.t.signaled(V1))).toBe("IN_DOUBT");
  s.rules.set("VolumeToBeUnserved fs", new InDoubtError("perhaps"));
  s.told();
  await expect(s.t.down(undefined, { force: true })).rejects.toMatchObject({
    code: "CONTINUED",
    failures: [{ callback: "SignaledFinish" }, { callback: "VolumeToBeUnserved" }],
  });
  expect(s.told()).toEqual(["SignaledFinish fs", "VolumeToBeUnserved V1 fs", "Down fs"]);
});

test("past a drop, who lacks a callback is told what rests on it all the same", async () => {
  const s = scene();
  s.add("first");
  s.add("fs", { callbacks: ["Up", "VolumeCreated", "ServeVolume"] });
  s.rules.set("Up first", new Error("no"));
  expect(await ending(s.t.up(V1))).toBe("CALLBACK_FAILED");
  s.told();
  await s.t.skip("not-applied", "without it");
  expect(s.told()).toEqual(["Up fs", "VolumeCreated V1 fs", "ServeVolume V1 fs"]);
});

test("a reload that was held and is finished by the next one has changed something", async () => {
  const t = createTransitions();
  let fails = true;
  t.register("fs", {
    signaledFinish: () => {
      if (fails) throw new Error("not yet");
    },
  });
  fails = false;
  await t.up(shortConf("G1@Peer0 V1"));
  fails = true;
  await expect(t.signaled(shortConf("G1@Peer0 V1 V2"))).rejects.toMatchObject({ code: "CALLBACK_FAILED" });
  fails = false;
  expect(await t.signaled(shortConf("G1@Peer0 V1 V2"))).toMatchObject({ outcome: "finished" });
  expect(await t.signaled(shortConf("G1@Peer0 V1 V2"))).toMatchObject({ outcome: "unchanged" });
  fails = true;
  await expect(t.signaled(shortConf("G1@Peer0 V1 V2"))).rejects.toMatchObject({ code: "CALLBACK_FAILED" });
  fails = false;
  expect(await t.signaled(shortConf("G1@Peer0 V1 V2"))).toMatchObject({ outcome: "unchanged" });
  await t.close();
});

test("a retried step whose outcome a crash has taken is in doubt, although an earlier attempt had failed", async () => {
  const s = scene();
  s.add("fs", { durable: true });
  await s.t.up(shortConf("G1@Peer0 V1"));
  s.rules.set("VolumeCreated V2 fs", new Error("no"));
  expect(await ending(s.t.signaled(V1_V2))).toBe("CALLBACK_FAILED");
  s.rules.set("VolumeCreated V2 fs", "wait");
  void ending(s.t.retry());
  await s.clock.settle();
  // It takes effect, and nobody hears of it.
  const { idempotencyKey } = s.call("VolumeCreated V2 fs").context;
  const next = s.restart();
  next.add("fs", { durable: true });
  await next.t.open();
  expect(next.t.status().inDoubt).toEqual([{ idempotencyKey, participant: "fs", callback: "VolumeCreated" }]);
  await next.t.up(V1_V2);
  expect(next.told()).toEqual(["Up fs", "VolumeCreated V2 fs", "ServeVolume V2 fs", "SignaledFinish fs"]);
  // The first failed, and nobody knows of the second.
  const again = next.call("VolumeCreated V2 fs").context;
  expect([again.idempotencyKey, again.attempt]).toEqual([idempotencyKey, 3]);
});

test("a step that a crash has left in doubt is not delivered as if for the first time", async () => {
  const s = scene();
  s.add("fs", { durable: true });
  s.rules.set("ServeVolume V1 fs", "wait");
  void ending(s.t.up(shortConf("G1@Peer0 V1")));
  await s.clock.settle();
  const { idempotencyKey, attempt } = s.call("ServeVolume V1 fs").context;
  const next = s.restart();
  next.add("fs", { durable: true });
  await next.t.up(shortConf("G1@Peer0 V1"));
  const again = next.call("ServeVolume V1 fs").context;
  expect(again.idempotencyKey).toBe(idempotencyKey);
  expect([attempt, again.attempt]).toEqual([1, 2]);
});

test("a step that failed, and was not tried again, is not in doubt after a crash", async () => {
  const s = scene();
  s.add("fs", { durable: true, concurrency: 2 });
  s.rules.set("VolumeCreated fs", "wait");
  const up = ending(s.t.up(V1_V2));
  await s.clock.settle();
  s.call("VolumeCreated V2 fs").answer(new Error("no"));
  s.call("VolumeCreated V1 fs").answer(new Error("no"));
  expect(await up).toBe("CALLBACK_FAILED");
  const next = s.restart();
  next.add("fs", { durable: true });
  await next.t.open();
  expect(next.t.status().inDoubt).toEqual([]);
});

test("a service that is killed again and again comes to a snapshot, too", async () => {
  const volumes = Array.from({ length: 300 }, (_, i) => `V${i}`).join(" ");
  const conf = shortConf(`G1@Peer0 ${volumes}`);
  let s = scene();
  s.add("fs", { durableSteps: true, callbacks: ["ServeVolume"] });
  await s.t.up(conf);
  const ofOneProcess = s.facts.length;
  expect(await s.journal.snapshot()).toBeUndefined();
  for (let facts = ofOneProcess; facts <= 5_000; facts += ofOneProcess) {
    s = s.restart();
    s.add("fs", { durableSteps: true, callbacks: ["ServeVolume"] });
    await s.t.up(conf);
  }
  s = s.restart();
  await s.t.open();
  const snapshot = await s.journal.snapshot();
  expect(snapshot?.seq).toBeGreaterThan(5_000);
});

test("a journal in memory that has forgotten facts has a snapshot of them: who goes on with it knows where it is", async () => {
  const journal = memoryJournal({ retain: 60 });
  const first = createTransitions({ journal, streamId: "s" });
  first.register("fs", {});
  await first.up(V1);
  for (let turn = 1; turn <= 40; turn++) await first.signaled(turn % 2 === 0 ? V1 : V1_V2);
  const version = await journal.version();
  const next = createTransitions({ journal, takeover: true });
  next.register("fs", {});
  const ledger = await next.open();
  expect(version).toBeGreaterThan(100);
  expect(ledger.transitions).toBe(41);
  expect(ledger.streamId).toBe("s");
  await next.close();
});
