/**
 * close ends an instance: what is under way ends, nobody is called any more, and whoever waits is told.
 */
import { expect, test } from "vitest";
import { ending, scene } from "./scene.ts";
import { shortConf } from "./short-conf.ts";

const V1 = shortConf("G1@Peer0 V1");
const V1_V2 = shortConf("G1@Peer0 V1 V2");

test("close never calls a participant, although it is up", async () => {
  const s = scene();
  s.add("fs");
  await s.t.up(V1);
  s.told();
  await s.t.close();
  expect(s.told()).toEqual([]);
  expect(s.facts.at(-1)).toMatchObject({ type: "TransitionFinished" });
});

test("close waits for the steps under way and begins no other", async () => {
  const s = scene();
  s.add("fs");
  s.rules.set("ServeVolume V1 fs", "wait");
  const up = ending(s.t.up(V1_V2));
  await s.clock.settle();
  const reload = ending(s.t.signaled(V1));
  let closed = false;
  const closing = s.t.close().then(() => {
    closed = true;
  });
  await s.clock.settle();
  expect(closed).toBe(false);
  s.told();
  s.call("ServeVolume V1 fs").answer();
  await closing;
  expect([await up, await reload]).toEqual(["CLOSED", "CLOSED"]);
  expect(s.told()).toEqual([]);
});

test("what was under way when it was closed is recorded: the next process knows it", async () => {
  const s = scene();
  s.add("mounts", { durable: true });
  s.rules.set("ServeVolume V1 mounts", "wait");
  const up = ending(s.t.up(V1_V2));
  await s.clock.settle();
  const closing = s.t.close();
  s.call("ServeVolume V1 mounts").answer();
  await closing;
  expect(await up).toBe("CLOSED");
  const next = s.restart({ takeover: false });
  next.add("mounts", { durable: true });
  await next.t.up(V1_V2);
  expect(next.told()).toEqual(["Up mounts", "ServeVolume V2 mounts", "SignaledFinish mounts"]);
  expect(next.call("Up mounts").context.recovered?.served).toEqual(new Set(["V1"]));
});

test("a closed instance refuses everything, and closes again without a word", async () => {
  const s = scene();
  s.add("fs");
  await s.t.close();
  await s.t.close();
  const requests = [s.t.up(V1), s.t.signaled(V1), s.t.down(), s.t.retry(), s.t.rollback(), s.t.admit("fs")];
  for (const request of requests) expect(await ending(request)).toBe("CLOSED");
  await expect(s.t.open()).rejects.toMatchObject({ code: "CLOSED" });
});

test("close ends a pause, and the waiting for a retry", async () => {
  const s = scene();
  s.add("fs", { policy: { retries: 3, minTimeout: 3_600_000 } });
  await s.t.up(V1);
  s.rules.set("ServeVolume V2 fs", new Error("never"));
  const reload = ending(s.t.signaled(V1_V2));
  await s.clock.settle();
  s.t.pause();
  await s.t.close();
  expect(await reload).toBe("CALLBACK_FAILED");
});
