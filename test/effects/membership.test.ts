/**
 * Participants that come and go while the lifecycle is up: alone, without the others hearing of it.
 */
import { expect, test } from "vitest";
import { ending, type Scene, scene } from "./scene.ts";
import { shortConf } from "./short-conf.ts";

const V1 = shortConf("G1@Peer0 V1", "G2@Peer1 V2");

async function upScene(): Promise<Scene> {
  const s = scene();
  s.add("fs");
  await s.t.up(V1);
  s.told();
  return s;
}

test("a newcomer is brought up alone, to where the others are", async () => {
  const s = await upScene();
  s.add("late", { after: ["fs"] });
  expect(await ending(s.t.admit("late"))).toBe("finished");
  expect(s.told()).toEqual([
    "Up late",
    "VolumeGroupCreated G1 late",
    "VolumeGroupCreated G2 late",
    "VolumeCreated V1 late",
    "VolumeCreated V2 late",
    "ServeVolume V1 late",
    "SignaledFinish late",
  ]);
  await s.t.signaled(V1);
  expect(s.told()).toEqual(["SignaledStart late", "SignaledStart fs", "SignaledFinish fs", "SignaledFinish late"]);
});

test("a newcomer is asked whether the conf suits it before it is told anything", async () => {
  const s = await upScene();
  s.add("late", { validate: () => "not this one" });
  expect(await ending(s.t.admit("late"))).toBe("VALIDATION_REFUSED");
  expect(s.told()).toEqual([]);
});

test("a newcomer that fails is held, and can be retried", async () => {
  const s = await upScene();
  s.add("late");
  s.rules.set("Up late", new Error("not ready"));
  expect(await ending(s.t.admit("late"))).toBe("CALLBACK_FAILED");
  expect(s.t.status().state).toBe("failed");
  s.rules.clear();
  expect(await ending(s.t.retry())).toBe("finished");
  expect(s.t.status().participants["late"]?.served).toEqual(["V1"]);
});

test("who is removed is taken down alone, and forgotten", async () => {
  const s = await upScene();
  s.add("late");
  await s.t.admit("late");
  s.told();
  expect(await ending(s.t.unregister("late"))).toBe("finished");
  expect(s.told()).toEqual([
    "VolumeToBeUnserved V1 late",
    "SignaledStart late",
    "UnserveVolume V1 late",
    "VolumeDestroyed V2 late",
    "VolumeDestroyed V1 late",
    "VolumeGroupDestroyed G2 late",
    "VolumeGroupDestroyed G1 late",
    "Down late",
  ]);
  expect(Object.keys(s.t.status().participants)).toEqual(["logger", "fs"]);
  s.add("late");
  expect(await ending(s.t.admit("late"))).toBe("finished");
});

test("who is needed is not removed, and nor is who is not there", async () => {
  const s = await upScene();
  s.add("late", { after: ["fs"] });
  await s.t.admit("late");
  expect(await ending(s.t.unregister("fs"))).toBe("PARTICIPANT_NEEDED");
  expect(await ending(s.t.unregister("nobody"))).toBe("PARTICIPANT_UNKNOWN");
  expect(await ending(s.t.unregister("logger"))).toBe("PARTICIPANT_UNKNOWN");
  expect(await ending(s.t.admit("nobody"))).toBe("PARTICIPANT_UNKNOWN");
  expect(await ending(s.t.admit("fs"))).toBe("PARTICIPANT_UNKNOWN");
});

test("while down, and before it was admitted, a participant is removed without being told anything", async () => {
  const s = scene();
  s.add("fs");
  s.add("never");
  expect(await ending(s.t.unregister("never"))).toBe("nothing");
  await s.t.up(V1);
  s.add("late");
  expect(await ending(s.t.unregister("late"))).toBe("nothing");
  expect(s.told().filter((text) => !text.endsWith("fs"))).toEqual([]);
});

test("nobody registers while a transition runs or is held", async () => {
  const s = scene();
  s.add("fs");
  s.rules.set("ServeVolume V1 fs", "wait");
  const up = ending(s.t.up(V1));
  await s.clock.settle();
  expect(() => s.add("late")).toThrow("comes too late");
  s.call("ServeVolume V1 fs").answer(new Error("no"));
  expect(await up).toBe("CALLBACK_FAILED");
  expect(() => s.add("late")).toThrow("comes too late");
});

test("a reload that comes while a newcomer is brought up waits for it, and includes it", async () => {
  const s = await upScene();
  s.add("late");
  s.rules.set("ServeVolume V1 late", "wait");
  const admitted = ending(s.t.admit("late"));
  await s.clock.settle();
  const reload = ending(s.t.signaled(shortConf()));
  s.call("ServeVolume V1 late").answer();
  expect([await admitted, await reload]).toEqual(["finished", "finished"]);
  expect(s.told()).toContain("UnserveVolume V1 late");
});
