/**
 * volumeChanged and volumeGroupChanged: options of what stays, told to those who want to know.
 */
import { expect, test } from "vitest";
import { CALLBACK_NAMES } from "../../src/plan/lifecycle-event.ts";
import { ending, type Scene, scene } from "./scene.ts";
import { shortConf } from "./short-conf.ts";

const CONF = shortConf("G1@Peer0 V1 V2", "G2@Peer1 V3");

async function upScene(): Promise<Scene> {
  const s = scene();
  s.add("plain");
  s.add("fs", { callbacks: CALLBACK_NAMES });
  await s.t.up(CONF);
  s.told();
  return s;
}

const withoutBrackets = (texts: readonly string[]): string[] => texts.filter((text) => !text.startsWith("Signaled"));

test("changed options of a volume are told to who implements volumeChanged, and to nobody else", async () => {
  const s = await upScene();
  expect(await ending(s.t.signaled(CONF.with("Volume:V2.FSID=7")))).toBe("finished");
  expect(withoutBrackets(s.told())).toEqual(["VolumeChanged V2 fs"]);
  const { event, context } = s.call("VolumeChanged V2 fs");
  expect(event).toEqual({ type: "VolumeChanged", volumeName: "V2", volumeGroupName: "G1" });
  expect(context.previousConfMap?.string("Volume:V2", "FSID")).toBe("1");
  expect(context.confMap.string("Volume:V2", "FSID")).toBe("7");
});

test("a changed virtual IP address is told with volumeGroupChanged", async () => {
  const s = await upScene();
  await s.t.signaled(CONF.with("VolumeGroup:G1.VirtualIPAddr=10.0.0.7"));
  expect(withoutBrackets(s.told())).toEqual(["VolumeGroupChanged G1 fs"]);
  expect(s.call("VolumeGroupChanged G1 fs").event).toEqual({
    type: "VolumeGroupChanged",
    volumeGroupName: "G1",
    activePeer: "Peer0",
    virtualIPAddr: "10.0.0.7",
  });
});

test("who implements neither gets the contract's callbacks, and the reload counts as unchanged where nobody does", async () => {
  const s = scene();
  s.add("plain");
  await s.t.up(CONF);
  s.told();
  expect(await ending(s.t.signaled(CONF.with("Volume:V1.FSID=9")))).toBe("unchanged");
  expect(s.told()).toEqual(["SignaledStart plain", "SignaledFinish plain"]);
});

test("Changed comes never beside Created, Moved or Serve of the same subject", async () => {
  const s = await upScene();
  const next = shortConf("G1@Peer1 V1 V4", "G2@Peer0 V3 V2").with(
    "Volume:V1.FSID=2",
    "Volume:V2.FSID=2",
    "Volume:V3.FSID=2",
    "Volume:V4.FSID=2",
    "VolumeGroup:G1.VirtualIPAddr=10.0.0.1",
    "VolumeGroup:G2.VirtualIPAddr=10.0.0.2",
  );
  await s.t.signaled(next);
  // V1 stays in a group that moved away: it is not told of anew, so only this callback tells of its options.
  expect(s.told().filter((text) => text.includes("Changed"))).toEqual(["VolumeChanged V1 fs"]);
});

test("other sections, PrimaryPeer and VolumeList are not options of a volume or group", async () => {
  const s = await upScene();
  await s.t.signaled(shortConf("G1@Peer0 V1", "G2@Peer1 V3").with("Elsewhere.Option=1"));
  expect(s.told().filter((text) => text.includes("Changed"))).toEqual([]);
});

test("who was told of the new options before a failure is not told again", async () => {
  const s = await upScene();
  s.rules.set("SignaledFinish fs", new Error("no"));
  const next = CONF.with("Volume:V1.FSID=2");
  expect(await ending(s.t.signaled(next))).toBe("CALLBACK_FAILED");
  s.rules.clear();
  s.told();
  await s.t.signaled(next);
  expect(s.told().filter((text) => text.includes("Changed"))).toEqual([]);
});

test("a rollback tells of the old options again", async () => {
  const s = await upScene();
  s.rules.set("SignaledFinish fs", new Error("no"));
  expect(await ending(s.t.signaled(CONF.with("Volume:V1.FSID=2")))).toBe("CALLBACK_FAILED");
  s.rules.clear();
  s.told();
  await s.t.rollback();
  expect(s.told().filter((text) => text.includes("Changed"))).toEqual(["VolumeChanged V1 fs"]);
  expect(s.call("VolumeChanged V1 fs").context.confMap.string("Volume:V1", "FSID")).toBe("1");
});
