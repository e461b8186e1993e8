/**
 * What is refused before anything moves: the service stays where it is, and nobody is called.
 */
import { expect, test } from "vitest";
import { z } from "zod";
import { TransitionError } from "../../src/error.ts";
import { ending, type Scene, scene } from "./scene.ts";
import { shortConf } from "./short-conf.ts";

const V1 = shortConf("G1@Peer0 V1");
const V1_V2 = shortConf("G1@Peer0 V1 V2");

async function refusal(promise: Promise<unknown>): Promise<TransitionError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof TransitionError) return error;
    throw error;
  }
  throw new Error("it was not refused");
}

/** An instance that is up on V1. */
async function upScene(): Promise<Scene> {
  const s = scene();
  s.add("fs");
  await s.t.up(V1);
  s.told();
  return s;
}

test("all participants are asked, and all their objections come back together", async () => {
  const s = scene();
  let objects = false;
  s.add("fs", { schemas: { "Volume:*": z.looseObject({ FSID: z.tuple([z.literal("1")]) }) } });
  s.add("quota", { validate: () => (objects ? ["too many volumes", "too few peers"] : undefined) });
  s.add("audit", {
    validate: async () => {
      if (objects) throw new Error("the auditor is out");
    },
  });
  await s.t.up(V1);
  s.told();
  objects = true;
  const error = await refusal(s.t.signaled(V1_V2.with("Volume:V2.FSID=2")));
  expect(error.code).toBe("VALIDATION_REFUSED");
  expect(error.problems.map(({ participant, message }) => `${participant}: ${message}`)).toEqual([
    expect.stringMatching(/^fs: \[Volume:V2\] FSID: /),
    "quota: too many volumes",
    "quota: too few peers",
    "audit: the auditor is out",
  ]);
  expect(s.told()).toEqual([]);
  expect(s.t.status().state).toBe("up");
  expect(s.facts.at(-1)).toMatchObject({ type: "RequestRefused", kind: "signaled", code: "VALIDATION_REFUSED" });
  objects = false;
  expect(await ending(s.t.signaled(V1_V2))).toBe("finished");
});

test("validate sees the conf that is wanted and the one that holds", async () => {
  const s = scene();
  const seen: unknown[] = [];
  s.add("fs", { validate: (next, previous) => void seen.push([next, previous]) });
  await s.t.up(V1);
  await s.t.signaled(V1_V2);
  expect(seen).toEqual([
    [V1, undefined],
    [V1_V2, V1],
  ]);
});

test("a validate that gives no answer is an objection after the deadline, and its signal is aborted", async () => {
  const s = scene({ deadline: 500 });
  let signal: AbortSignal | undefined;
  s.add("fs", {
    validate: (_next, _previous, context) => {
      signal = context.signal;
      return new Promise<undefined>(() => {});
    },
  });
  const up = refusal(s.t.up(V1));
  await s.clock.advance(500);
  expect((await up).problems[0]).toMatchObject({ participant: "fs", message: expect.stringContaining("500 ms") });
  expect(signal?.aborted).toBe(true);
});

test("a conf that contradicts itself is refused with everything that is wrong", async () => {
  const s = await upScene();
  const error = await refusal(s.t.signaled(shortConf("G1@Nobody V1", "G2@Peer0 V1")));
  expect(error.code).toBe("CONF_INVALID");
  expect(error.problems).toHaveLength(2);
  expect(s.told()).toEqual([]);
});

test.each([
  ["another volume", shortConf("G1@Peer0 V1 V2")],
  ["another peer", shortConf("G1@Peer1 V1")],
  ["another group", shortConf("G1@Peer0 V1", "G2@Peer0")],
])("down is refused a conf with %s: CONF_CHANGED", async (_what, conf) => {
  const s = await upScene();
  expect(await ending(s.t.down(conf))).toBe("CONF_CHANGED");
  expect(s.told()).toEqual([]);
});

test("down takes a conf in which only the address differs", async () => {
  const s = await upScene();
  expect(await ending(s.t.down(V1.with("VolumeGroup:G1.VirtualIPAddr=10.0.0.1")))).toBe("finished");
});

test("another WhoAmI is refused until it has been down", async () => {
  const s = await upScene();
  const other = V1.with("Cluster.WhoAmI=Peer1");
  expect(await ending(s.t.signaled(other))).toBe("WHOAMI_CHANGED");
  expect(s.told()).toEqual([]);
  await s.t.down();
  expect(await ending(s.t.up(other))).toBe("finished");
});

test("signaled and down need somebody who is up, up needs nobody", async () => {
  const s = scene();
  s.add("fs");
  expect(await ending(s.t.signaled(V1))).toBe("NOT_UP");
  expect(await ending(s.t.down())).toBe("NOT_UP");
  await s.t.up(V1);
  expect(await ending(s.t.up(V1))).toBe("ALREADY_UP");
  await s.t.down();
  expect(await ending(s.t.signaled(V1))).toBe("NOT_UP");
});

test("up during a transition is refused, and so are commands that need an idle lifecycle", async () => {
  const s = await upScene();
  s.rules.set("ServeVolume V2 fs", "wait");
  const reload = ending(s.t.signaled(V1_V2));
  await s.clock.settle();
  expect(await ending(s.t.up(V1))).toBe("ALREADY_UP");
  expect(await ending(s.t.admit("fs"))).toBe("BUSY");
  expect(await ending(s.t.unregister("fs"))).toBe("BUSY");
  expect(await ending(s.t.rollback())).toBe("BUSY");
  expect(await ending(s.t.retry())).toBe("NOTHING_HELD");
  s.call("ServeVolume V2 fs").answer();
  expect(await reload).toBe("finished");
});

test("operator commands need something that is held", async () => {
  const s = await upScene();
  expect(await ending(s.t.retry())).toBe("NOTHING_HELD");
  expect(await ending(s.t.rollback())).toBe("NOTHING_HELD");
  expect(await ending(s.t.skip("applied", "nothing"))).toBe("NOTHING_HELD");
  expect(() => s.t.pause()).toThrow("there is none");
  expect(() => s.t.resume()).toThrow("there is none");
});

test("a reload without differences is unchanged, and still quiesces everybody", async () => {
  const s = await upScene();
  expect(await ending(s.t.signaled(V1))).toBe("unchanged");
  expect(s.told()).toEqual(["SignaledStart fs", "SignaledFinish fs"]);
});
