/**
 * What an operator can do with a transition that is held or runs: retry, skip, pause, resume.
 */
import { expect, test } from "vitest";
import { ending, scene } from "./scene.ts";
import { shortConf } from "./short-conf.ts";

const V1 = shortConf("G1@Peer0 V1");
const V1_V2 = shortConf("G1@Peer0 V1 V2");

test("retry delivers the failed step again, under its key, and goes on with the same plan", async () => {
  const s = scene();
  s.add("fs");
  s.rules.set("ServeVolume V1 fs", new Error("no"));
  expect(await ending(s.t.up(V1_V2))).toBe("CALLBACK_FAILED");
  const { idempotencyKey, transitionId } = s.call("ServeVolume V1 fs").context;
  s.rules.clear();
  s.told();
  expect(await s.t.retry({ cause: { how: "operator", who: "ada" } })).toEqual({ outcome: "finished", transitionId });
  expect(s.told()).toEqual(["ServeVolume V1 fs", "ServeVolume V2 fs", "SignaledFinish fs"]);
  expect(s.call("ServeVolume V1 fs").context).toMatchObject({ idempotencyKey, attempt: 2 });
  expect(s.facts).toContainEqual({ type: "TransitionResumed", cause: { how: "operator", who: "ada" } });
});

test("skip as applied takes the step for done, and records the reason", async () => {
  const s = scene();
  s.add("fs");
  s.add("upper");
  s.rules.set("ServeVolume V1 fs", new Error("no"));
  expect(await ending(s.t.up(V1))).toBe("CALLBACK_FAILED");
  s.told();
  await s.t.skip("applied", "mounted it by hand");
  expect(s.told()).toEqual(["ServeVolume V1 upper", "SignaledFinish fs", "SignaledFinish upper"]);
  expect(s.t.status().participants["fs"]?.served).toEqual(["V1"]);
  expect(s.facts).toContainEqual({
    type: "StepSkipped",
    as: "applied",
    cause: { how: "api", reason: "mounted it by hand" },
  });
});

test("skip as not applied goes on without the subject, for this participant and the later ones", async () => {
  const s = scene();
  for (const name of ["lower", "fs", "upper"]) s.add(name);
  s.rules.set("VolumeCreated V1 fs", new Error("no"));
  expect(await ending(s.t.up(V1_V2))).toBe("CALLBACK_FAILED");
  s.told();
  await s.t.skip("not-applied", "later");
  expect(s.told().filter((text) => text.includes("V1"))).toEqual(["ServeVolume V1 lower"]);
  expect(s.t.status().state).toBe("up");
  s.rules.clear();
  await s.t.signaled(V1_V2);
  expect(s.told().filter((text) => text.includes("V1"))).toEqual([
    "VolumeCreated V1 fs",
    "VolumeCreated V1 upper",
    "ServeVolume V1 fs",
    "ServeVolume V1 upper",
  ]);
});

test("a pause lets the running step end; a resume goes on, and both are recorded", async () => {
  const s = scene();
  s.add("fs");
  s.rules.set("ServeVolume V1 fs", "wait");
  const up = ending(s.t.up(V1));
  await s.clock.settle();
  s.t.pause({ cause: { how: "operator" } });
  expect(() => s.t.pause()).toThrow();
  s.call("ServeVolume V1 fs").answer();
  await s.clock.settle();
  s.told();
  expect(s.t.status().transition?.paused).toBe(true);
  await s.clock.advance(3_600_000);
  expect(s.told()).toEqual([]);
  s.t.resume();
  expect(await up).toBe("finished");
  expect(s.told()).toEqual(["SignaledFinish fs"]);
  expect(s.facts.map(({ type }) => type)).toEqual(expect.arrayContaining(["TransitionPaused", "TransitionResumed"]));
});

test("a termination does not wait for a pause to end", async () => {
  const s = scene();
  s.add("fs");
  s.rules.set("ServeVolume V1 fs", "wait");
  const up = ending(s.t.up(V1));
  await s.clock.settle();
  s.t.pause();
  s.call("ServeVolume V1 fs").answer();
  await s.clock.settle();
  expect(await ending(s.t.down())).toBe("finished");
  expect(await up).toBe("superseded");
});

test("a paused down goes on when it is resumed", async () => {
  const s = scene();
  s.add("fs");
  await s.t.up(V1);
  s.rules.set("VolumeToBeUnserved V1 fs", "wait");
  const down = ending(s.t.down());
  await s.clock.settle();
  s.t.pause();
  s.call("VolumeToBeUnserved V1 fs").answer();
  await s.clock.settle();
  s.t.resume();
  expect(await down).toBe("finished");
});

test("a pause also holds the rollback that the failure of the running step brings about", async () => {
  const s = scene({ policy: "rollback" });
  s.add("fs");
  await s.t.up(V1);
  s.rules.set("ServeVolume V2 fs", "wait");
  const reload = ending(s.t.signaled(V1_V2));
  await s.clock.settle();
  s.t.pause();
  s.call("ServeVolume V2 fs").answer(new Error("no"));
  await s.clock.settle();
  s.told();
  await s.clock.settle();
  expect(s.t.status().transition).toMatchObject({ kind: "rollback", paused: true });
  expect(s.told()).toEqual([]);
  s.t.resume();
  expect(await reload).toBe("ROLLED_BACK");
  expect(s.told()).toEqual(["VolumeDestroyed V2 fs", "SignaledFinish fs"]);
});

test("while a transition is paused between two participants, nothing is announced", async () => {
  const s = scene();
  s.add("lower");
  s.add("upper");
  s.rules.set("ServeVolume V1 lower", "wait");
  const up = ending(s.t.up(V1));
  await s.clock.settle();
  s.t.pause();
  s.call("ServeVolume V1 lower").answer();
  await s.clock.settle();
  expect(s.facts.at(-1)?.type).toBe("TransitionPaused");
  s.t.resume();
  expect(await up).toBe("finished");
  expect(s.facts.map(({ type }) => type)).not.toContain("StepsWithdrawn");
});
