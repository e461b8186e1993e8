/**
 * What happens when a callback fails: hold, retry, rollback, for each participant and callback.
 */
import { expect, test } from "vitest";
import { ending, scene } from "./scene.ts";
import { shortConf } from "./short-conf.ts";

const V1 = shortConf("G1@Peer0 V1");
const V1_V2 = shortConf("G1@Peer0 V1 V2");

test("hold: the transition stays where it stopped, and says where everybody is", async () => {
  const s = scene();
  s.add("lower");
  s.add("fs");
  s.rules.set("ServeVolume V1 fs", new Error("no such device"));
  await expect(s.t.up(V1)).rejects.toMatchObject({
    code: "CALLBACK_FAILED",
    participant: "fs",
    callback: "ServeVolume",
    subject: "V1",
    message: expect.stringContaining("no such device"),
  });
  const { state, participants, transition } = s.t.status();
  expect(state).toBe("failed");
  expect(participants).toMatchObject({ lower: { served: ["V1"] }, fs: { served: [], quiesced: true } });
  expect(transition?.held?.code).toBe("CALLBACK_FAILED");
});

test("retry: a step is tried again under its key, and the attempts are counted", async () => {
  const s = scene();
  s.add("fs", { policy: { retries: 3, minTimeout: 1, maxTimeout: 2 } });
  let attempts = 0;
  s.rules.set("ServeVolume V1 fs", () => (++attempts < 3 ? new Error("not yet") : undefined));
  const up = ending(s.t.up(V1));
  await s.clock.runAll();
  expect(await up).toBe("finished");
  const tries = s.calls.filter(({ text }) => text === "ServeVolume V1 fs").map(({ context }) => context);
  expect(tries.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
  expect(new Set(tries.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);
});

test("retry: a later step of a group is tried again like the first", async () => {
  const s = scene();
  s.add("fs", { policy: { retries: 3, minTimeout: 1, maxTimeout: 2 } });
  let attempts = 0;
  s.rules.set("ServeVolume V2 fs", () => (++attempts < 3 ? new Error("not yet") : undefined));
  const up = ending(s.t.up(V1_V2));
  await s.clock.runAll();
  expect(await up).toBe("finished");
  expect(attempts).toBe(3);
});

test("retry: the waits grow, with jitter, up to the longest", async () => {
  const s = scene();
  s.add("fs", { policy: { retries: 3, minTimeout: 20, maxTimeout: 60 } });
  const times: number[] = [];
  s.rules.set("ServeVolume V1 fs", () => {
    times.push(s.clock.now());
    return new Error("never");
  });
  const up = ending(s.t.up(V1));
  await s.clock.runAll();
  expect(await up).toBe("CALLBACK_FAILED");
  const waits = times.slice(1).map((time, i) => time - (times[i] as number));
  expect(waits).toHaveLength(3);
  // The jitter at most doubles a wait.
  for (const [i, [least, most]] of (
    [
      [20, 40],
      [40, 60],
      [60, 60],
    ] as const
  ).entries()) {
    expect(waits[i]).toBeGreaterThanOrEqual(least);
    expect(waits[i]).toBeLessThanOrEqual(most);
  }
});

test("retry: when all attempts have failed, the fallback decides", async () => {
  const s = scene();
  // biome-ignore lint/suspicious/noThenProperty: "retry, then roll back" is what it says.
  s.add("fs", { policy: { serveVolume: { retries: 1, minTimeout: 1, then: "rollback" } } });
  await s.t.up(V1);
  s.rules.set("ServeVolume V2 fs", new Error("never"));
  const reload = ending(s.t.signaled(V1_V2));
  await s.clock.runAll();
  expect(await reload).toBe("ROLLED_BACK");
  expect(s.t.status().participants["fs"]?.volumes).toEqual({ V1: "G1" });
});

test("retry: a termination ends the waiting for the next attempt", async () => {
  const s = scene();
  s.add("fs", { policy: { retries: 5, minTimeout: 3_600_000 } });
  await s.t.up(V1);
  s.rules.set("ServeVolume V2 fs", new Error("never"));
  const reload = ending(s.t.signaled(V1_V2));
  await s.clock.settle();
  expect(await ending(s.t.down())).toBe("finished");
  expect(await reload).toBe("CALLBACK_FAILED");
});

test("rollback: a failed reload goes back to the conf before, and says why", async () => {
  const s = scene({ policy: "rollback" });
  s.add("fs");
  await s.t.up(V1);
  s.rules.set("ServeVolume V2 fs", new Error("no such device"));
  s.told();
  await expect(s.t.signaled(V1_V2)).rejects.toMatchObject({
    code: "ROLLED_BACK",
    subject: "V2",
    message: expect.stringContaining("no such device"),
  });
  expect(s.told()).toEqual([
    "SignaledStart fs",
    "VolumeCreated V2 fs",
    "ServeVolume V2 fs",
    "VolumeDestroyed V2 fs",
    "SignaledFinish fs",
  ]);
  expect(s.t.status().state).toBe("up");
});

test("rollback: a first up that fails goes back down", async () => {
  const s = scene({ policy: "rollback" });
  s.add("fs");
  s.rules.set("ServeVolume V1 fs", new Error("no"));
  expect(await ending(s.t.up(V1))).toBe("ROLLED_BACK");
  expect(s.told().slice(-3)).toEqual(["VolumeDestroyed V1 fs", "VolumeGroupDestroyed G1 fs", "Down fs"]);
  expect(s.t.status().state).toBe("down");
});

test("rollback: one that fails as well is held, with both failures", async () => {
  const s = scene({ policy: "rollback" });
  s.add("fs");
  await s.t.up(V1);
  s.rules.set("ServeVolume V2 fs", new Error("no"));
  s.rules.set("VolumeDestroyed V2 fs", new Error("neither"));
  await expect(s.t.signaled(V1_V2)).rejects.toMatchObject({
    code: "ROLLBACK_FAILED",
    failures: [{ callback: "ServeVolume" }, { callback: "VolumeDestroyed" }],
  });
  expect(s.t.status()).toMatchObject({ state: "failed", transition: { kind: "rollback" } });
  s.rules.clear();
  expect(await ending(s.t.rollback())).toBe("finished");
  expect(s.t.status().participants["fs"]?.volumes).toEqual({ V1: "G1" });
});

test("rollback: a failing down is held, since there is nothing to go back for", async () => {
  const s = scene({ policy: "rollback" });
  s.add("fs");
  await s.t.up(V1);
  s.rules.set("UnserveVolume V1 fs", new Error("busy"));
  expect(await ending(s.t.down())).toBe("CALLBACK_FAILED");
  expect(s.t.status().state).toBe("failed");
});

test("a policy may be given for one callback, with a default for the rest", async () => {
  const s = scene();
  s.add("fs", { policy: { volumeCreated: "rollback", default: "hold" } });
  await s.t.up(V1);
  s.rules.set("VolumeCreated V2 fs", new Error("no"));
  expect(await ending(s.t.signaled(V1_V2))).toBe("ROLLED_BACK");
  s.rules.clear();
  s.rules.set("ServeVolume V2 fs", new Error("no"));
  expect(await ending(s.t.signaled(V1_V2))).toBe("CALLBACK_FAILED");
});

test("a forced down goes on without the failed subject, and lists every failure at the end", async () => {
  const s = scene();
  s.add("lower");
  s.add("fs");
  await s.t.up(shortConf("G1@Peer0 V1", "G2@Peer0 V2"));
  s.rules.set("UnserveVolume V1 fs", new Error("busy"));
  s.rules.set("VolumeDestroyed V2 lower", new Error("still there"));
  s.told();
  await expect(s.t.down(undefined, { force: true })).rejects.toMatchObject({
    code: "CONTINUED",
    failures: [
      { callback: "UnserveVolume", subject: "V1", participant: "fs" },
      { callback: "VolumeDestroyed", subject: "V2", participant: "lower" },
    ],
  });
  const told = s.told();
  expect(told).not.toContain("UnserveVolume V1 lower");
  expect(told).not.toContain("VolumeGroupDestroyed G1 fs");
  expect(told).not.toContain("VolumeGroupDestroyed G2 lower");
  expect(told).toContain("VolumeGroupDestroyed G2 fs");
  expect(told.slice(-2)).toEqual(["Down fs", "Down lower"]);
  expect(s.t.status().state).toBe("down");
});
