/**
 * `context.previousConfMap`: the ConfMap under which this participant was last told of this subject.
 *
 * A participant that takes a volume down wants the options that it set the volume up with; by then the section may be gone
 * from the conf, or say something that the participant was never told.
 */
import { expect, test } from "vitest";
import type { ConfMap } from "../../src/conf/conf-map.ts";
import { createTransitions } from "../../src/effects/transitions.ts";
import type { StepContext } from "../../src/index.ts";
import { CALLBACKS, type CallbackName } from "../../src/plan/lifecycle-event.ts";
import { shortConf } from "./short-conf.ts";

/** An instance whose one participant notes, for each event, under which conf it was told before. */
function noting(methods: readonly CallbackName[]) {
  const told: string[] = [];
  const names = new Map<ConfMap, string>();
  const named = (name: string, confMap: ConfMap): ConfMap => {
    names.set(confMap, name);
    return confMap;
  };
  let failing: string | undefined;
  const callbacks = Object.fromEntries(
    methods.map((name) => [
      CALLBACKS[name].method,
      (event: object, context: StepContext) => {
        const text = Object.values(event).slice(0, 2).join(" ");
        if (text === failing) {
          failing = undefined;
          throw new Error("as asked");
        }
        const { previousConfMap } = context;
        told.push(`${text}: ${previousConfMap === undefined ? "none" : names.get(previousConfMap)}`);
      },
    ]),
  );
  const failAt = (event: string): void => {
    failing = event;
  };
  const t = createTransitions();
  t.register("p", callbacks);
  return { t, named, told, failAt };
}

test("a volume that leaves is taken down with the conf that it was set up with", async () => {
  const { t, named, told } = noting([
    "VolumeCreated",
    "UnserveVolume",
    "VolumeDestroyed",
    "VolumeGroupDestroyed",
    "SignaledFinish",
  ]);
  await t.up(named("first", shortConf("G@Peer0 A")));
  await t.signaled(named("second", shortConf("G@Peer0 A", "H@Peer0 B")));
  await t.signaled(named("third", shortConf("H@Peer0 B")));
  expect(told).toEqual([
    "VolumeCreated A: none",
    "SignaledFinish: none",
    "VolumeCreated B: none",
    "SignaledFinish: first",
    // Nothing told of A or G in the second transition, so the first is what counts, and it has [Volume:A].
    "UnserveVolume A: first",
    "VolumeDestroyed A: first",
    "VolumeGroupDestroyed G: first",
    "SignaledFinish: second",
  ]);
  await t.close();
});

test("what a transition tells of a subject that stays counts for the next", async () => {
  const { t, named, told } = noting(["VolumeGroupMoved", "VolumeGroupDestroyed", "VolumeDestroyed"]);
  await t.up(named("first", shortConf("G@Peer0 A")));
  await t.signaled(named("second", shortConf("G@Peer1 A")));
  await t.signaled(named("third", shortConf()));
  expect(told).toEqual(["VolumeGroupMoved G: first", "VolumeDestroyed A: second", "VolumeGroupDestroyed G: second"]);
  await t.close();
});

test("after a failure each subject keeps the conf that it was told under", async () => {
  const { t, named, told, failAt } = noting(["VolumeCreated", "ServeVolume", "UnserveVolume", "VolumeDestroyed"]);
  await t.up(named("first", shortConf("G@Peer0 A")));
  failAt("ServeVolume C");
  await expect(t.signaled(named("second", shortConf("G@Peer0 A B C")))).rejects.toMatchObject({
    code: "CALLBACK_FAILED",
    subject: "C",
  });
  told.length = 0;
  await t.signaled(named("third", shortConf("G@Peer0")));
  expect(told).toEqual([
    // In the order in which they are known, backwards: C was never served.
    "UnserveVolume B: second",
    "UnserveVolume A: first",
    "VolumeDestroyed C: second",
    "VolumeDestroyed B: second",
    "VolumeDestroyed A: first",
  ]);
  await t.close();
});

test("down gives each subject's own", async () => {
  const { t, named, told } = noting(["UnserveVolume", "Down"]);
  await t.up(named("first", shortConf("G@Peer0 A")));
  await t.signaled(named("second", shortConf("G@Peer0 A", "H@Peer0 B")));
  await t.down();
  expect(told).toEqual(["UnserveVolume B: second", "UnserveVolume A: first", "Down: second"]);
  await t.close();
});
