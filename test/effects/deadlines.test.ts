/**
 * Deadlines: half-time warning, abort, the hung participant named, and what a late answer is still good for.
 */
import { expect, test } from "vitest";
import type { Log } from "../../src/effects/log.ts";
import { ending, scene } from "./scene.ts";
import { shortConf } from "./short-conf.ts";

const V1 = shortConf("G1@Peer0 V1");
const V1_V2 = shortConf("G1@Peer0 V1 V2");

function listening(): { readonly log: Log; readonly lines: string[] } {
  const lines: string[] = [];
  const line = (level: string) => (_fields: object, message: string) => void lines.push(`${level}: ${message}`);
  return { lines, log: { debug: () => {}, info: () => {}, warn: line("warn"), error: line("error") } };
}

test("at half of the deadline there is a warning, at the deadline the participant is named and its signal aborted", async () => {
  const { log, lines } = listening();
  const s = scene({ log, deadline: 60_000 });
  s.add("fs");
  s.rules.set("ServeVolume V1 fs", "wait");
  const up = s.t.up(V1).catch((error: unknown) => error);
  await s.clock.advance(29_000);
  expect(lines).toEqual([]);
  await s.clock.advance(2_000);
  expect(lines).toEqual(["warn: ServeVolume of 'fs' has taken half of its deadline"]);
  const { signal } = s.call("ServeVolume V1 fs").context;
  await s.clock.advance(28_000);
  expect(signal.aborted).toBe(false);
  // Named within a second of its deadline.
  await s.clock.advance(2_000);
  expect(lines.slice(1)).toEqual(["error: ServeVolume of 'fs' hangs: it gave no answer within its deadline"]);
  expect(signal.aborted).toBe(true);
  expect(await up).toMatchObject({ code: "DEADLINE", participant: "fs", callback: "ServeVolume", subject: "V1" });
  expect(s.t.status().inDoubt).toEqual([
    { idempotencyKey: "s.1/fs/ServeVolume/V1", participant: "fs", callback: "ServeVolume" },
  ]);
});

test("a deadline may be given for one callback", async () => {
  const s = scene({ deadline: 60_000 });
  s.add("fs", { deadline: { serveVolume: 100 } });
  s.rules.set("ServeVolume V1 fs", "wait");
  const up = ending(s.t.up(V1));
  await s.clock.advance(100);
  expect(await up).toBe("DEADLINE");
});

test("a termination in a hurry shortens deadlines that run already", async () => {
  const s = scene({ deadline: 60_000 });
  s.add("fs");
  s.rules.set("ServeVolume V1 fs", "wait");
  const up = ending(s.t.up(V1));
  await s.clock.advance(1_000);
  s.t.limitDeadlines(2_000);
  await s.clock.advance(1_500);
  expect(await up).toBe("DEADLINE");
});

test("a late answer settles the doubt", async () => {
  const s = scene({ deadline: 100 });
  s.add("fs");
  s.rules.set("ServeVolume V1 fs", "wait");
  const up = ending(s.t.up(V1));
  await s.clock.advance(100);
  expect(await up).toBe("DEADLINE");
  s.call("ServeVolume V1 fs").answer();
  await s.clock.settle();
  expect(s.t.status()).toMatchObject({ inDoubt: [], participants: { fs: { served: ["V1"] } } });
  s.told();
  await s.t.retry();
  expect(s.told()).toEqual(["SignaledFinish fs"]);
});

test("a late throw settles it as well: the step is delivered anew", async () => {
  const s = scene({ deadline: 100 });
  s.add("fs");
  s.rules.set("ServeVolume V1 fs", "wait");
  const up = ending(s.t.up(V1));
  await s.clock.advance(100);
  expect(await up).toBe("DEADLINE");
  s.call("ServeVolume V1 fs").answer(new Error("could not"));
  await s.clock.settle();
  expect(s.t.status().inDoubt).toEqual([]);
  s.rules.clear();
  s.told();
  await s.t.retry();
  expect(s.told()).toEqual(["ServeVolume V1 fs", "SignaledFinish fs"]);
  expect(s.call("ServeVolume V1 fs").context.attempt).toBe(2);
});

test("the redelivery of a hung step waits for its old attempt, for another deadline at most", async () => {
  const s = scene({ deadline: 100 });
  s.add("fs");
  s.rules.set("ServeVolume V1 fs", "wait");
  const up = ending(s.t.up(V1));
  await s.clock.advance(100);
  expect(await up).toBe("DEADLINE");
  s.told();
  s.rules.clear();
  const retried = ending(s.t.retry());
  await s.clock.advance(99);
  expect(s.told()).toEqual([]);
  await s.clock.advance(1);
  expect(s.told()).toEqual(["ServeVolume V1 fs", "SignaledFinish fs"]);
  expect(await retried).toBe("finished");
});

test("a late answer after the step was delivered again is recorded, and settles nothing", async () => {
  const s = scene({ deadline: 100 });
  s.add("fs");
  s.rules.set("ServeVolume V1 fs", "wait");
  const up = ending(s.t.up(V1));
  await s.clock.advance(100);
  expect(await up).toBe("DEADLINE");
  const first = s.call("ServeVolume V1 fs");
  const retried = ending(s.t.retry());
  await s.clock.advance(150);
  const second = s.call("ServeVolume V1 fs");
  expect(second).not.toBe(first);
  first.answer();
  await s.clock.settle();
  expect(s.facts).toContainEqual({
    type: "LateAnswerHeard",
    idempotencyKey: first.context.idempotencyKey,
    outcome: "applied",
  });
  expect(s.t.status().inDoubt).toHaveLength(1);
  second.answer();
  expect(await retried).toBe("finished");
});

test("who is late beside siblings is settled too, once they have answered", async () => {
  const s = scene({ deadline: 100 });
  s.add("fs", { concurrency: 2 });
  s.rules.set("ServeVolume fs", "wait");
  const up = ending(s.t.up(shortConf("G1@Peer0 V1 V2 V3")));
  await s.clock.advance(50);
  s.call("ServeVolume V1 fs").answer();
  await s.clock.advance(50);
  // V2 is late; V3 began after it and is waited for.
  s.call("ServeVolume V2 fs").answer();
  await s.clock.settle();
  s.call("ServeVolume V3 fs").answer();
  expect(await up).toBe("DEADLINE");
  await s.clock.settle();
  expect(s.t.status()).toMatchObject({ inDoubt: [], participants: { fs: { served: ["V1", "V2", "V3"] } } });
});

test("a synchronous callback has no deadline: nothing could end it", async () => {
  const s = scene({ deadline: 1 });
  s.add("fs");
  s.rules.set("ServeVolume V1 fs", () => {
    void s.clock.advance(10_000);
    return undefined;
  });
  expect(await ending(s.t.up(V1_V2))).toBe("finished");
});

test("who has less time than the one waited for before is given up on time", async () => {
  const s = scene({ deadline: 60_000 });
  s.add("slow");
  s.add("quick", { deadline: 100 });
  s.rules.set("ServeVolume V1 slow", "wait");
  s.rules.set("ServeVolume V1 quick", "wait");
  const up = ending(s.t.up(V1));
  await s.clock.advance(10);
  s.call("ServeVolume V1 slow").answer();
  await s.clock.advance(100);
  expect(await up).toBe("DEADLINE");
  expect(s.clock.now()).toBe(110);
});

test("no timer is left when a transition is over", async () => {
  const s = scene({ deadline: 100 });
  s.add("fs");
  s.rules.set("ServeVolume V1 fs", "wait");
  const up = ending(s.t.up(V1));
  await s.clock.advance(10);
  s.call("ServeVolume V1 fs").answer();
  expect(await up).toBe("finished");
  expect(s.clock.pending).toBe(0);
});

test("the time of each step counts from its own beginning", async () => {
  const s = scene({ deadline: 100 });
  s.add("fs");
  s.rules.set("ServeVolume V1 fs", "wait");
  s.rules.set("ServeVolume V2 fs", "wait");
  const up = ending(s.t.up(V1_V2));
  await s.clock.advance(60);
  s.call("ServeVolume V1 fs").answer();
  await s.clock.advance(99);
  expect(s.t.status().transition?.running).toMatchObject([{ subject: "V2", since: 60 }]);
  await s.clock.advance(1);
  expect(await up).toBe("DEADLINE");
});
