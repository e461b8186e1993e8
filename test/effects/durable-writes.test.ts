/**
 * When facts become durable: before the steps of who does something that outlives the process; together, and soon, where the
 * plan has said already what follows.
 */
import { expect, test } from "vitest";
import type { Journal } from "../../src/journal/journal.ts";
import { ending, type Scene, scene } from "./scene.ts";
import { shortConf } from "./short-conf.ts";
import { watchedJournal } from "./watched-journal.ts";

const V1 = shortConf("G1@Peer0 V1");
const V1_V2_V3 = shortConf("G1@Peer0 V1 V2 V3");

/** A memory journal that counts its appends. */
function counting(): { readonly journal: Journal; appends: number } {
  const journal = watchedJournal((entries) => {
    if (entries.length > 0) count.appends++;
  });
  const count = { journal, appends: 0 };
  return count;
}

/** The last announcement among the facts so far: `ServeVolume 0 2`. */
function announced(s: Scene): string | undefined {
  const plan = s.facts.findLast((fact) => fact.type === "PlanMade")?.plan;
  const fact = s.facts.findLast((each) => each.type === "PlanMade" || each.type === "StepsAnnounced");
  if (fact?.type !== "StepsAnnounced") return undefined;
  return `${plan?.deliveries[fact.delivery]?.callback} ${fact.range.join(" ")}`;
}

/** What is announced at each call of a reload that brings two volumes. */
async function announcedAtCalls(s: Scene): Promise<readonly (string | undefined)[]> {
  await s.t.up(V1);
  const seen: (string | undefined)[] = [];
  for (const callback of ["SignaledStart", "VolumeCreated", "ServeVolume", "SignaledFinish"])
    s.rules.set(`${callback} fs`, () => void seen.push(announced(s)));
  await s.t.signaled(V1_V2_V3);
  return seen;
}

test("each group of steps of a durable participant is announced by a durable fact before the first of them", async () => {
  const s = scene();
  s.add("fs", { durable: true });
  expect(await announcedAtCalls(s)).toEqual([
    "SignaledStart 0 1",
    "VolumeCreated 0 2",
    "VolumeCreated 0 2",
    "ServeVolume 0 2",
    "ServeVolume 0 2",
    "SignaledFinish 0 1",
  ]);
});

test("so it is, step by step, for who asks for durable steps", async () => {
  const s = scene();
  s.add("fs", { durableSteps: true });
  expect(await announcedAtCalls(s)).toEqual([
    "SignaledStart 0 1",
    "VolumeCreated 0 1",
    "VolumeCreated 1 2",
    "ServeVolume 0 1",
    "ServeVolume 1 2",
    "SignaledFinish 0 1",
  ]);
});

test("the plan announces what quick participants do that does not outlive the process: a reload takes few writes", async () => {
  const count = counting();
  const s = scene({ journal: count.journal });
  for (const name of ["a", "b", "c", "d"]) s.add(name);
  await s.t.up(V1);
  count.appends = 0;
  const before = s.facts.length;
  await s.t.signaled(V1_V2_V3);
  // What begins, the plan, the first announcement, all outcomes, the end; sixteen groups of steps were delivered.
  expect(count.appends).toBe(5);
  const since = s.facts.slice(before).map(({ type }) => type);
  expect(since.filter((type) => type === "StepsApplied")).toHaveLength(16);
  expect(since.filter((type) => type === "StepsAnnounced")).toHaveLength(1);
});

test("what was announced by the plan alone keeps its own announcement where not all of it took effect", async () => {
  const s = scene();
  s.add("first", { callbacks: ["Up"] });
  s.add("second", { callbacks: ["VolumeCreated", "ServeVolume"] });
  s.rules.set("VolumeCreated V2 second", new Error("full"));
  const end = await ending(s.t.up(V1_V2_V3));
  expect(end).toBe("CALLBACK_FAILED");
  expect(s.facts.slice(-5)).toMatchObject([
    { type: "StepsAnnounced", range: [0, 3] },
    { type: "StepsApplied", ranges: [[0, 1]] },
    { type: "StepFailed", index: 1 },
    { type: "StepsWithdrawn" },
    { type: "TransitionHeld" },
  ]);
  s.rules.clear();
  await s.t.retry();
  // What is tried again is two steps, and then the next group, which is announced by the plan.
  expect(s.facts.slice(-5)).toMatchObject([
    { type: "TransitionResumed" },
    { type: "StepsAnnounced", range: [1, 3] },
    { type: "StepsApplied", ranges: [[1, 3]] },
    { type: "StepsApplied", ranges: [[0, 3]] },
    { type: "TransitionFinished" },
  ]);
});

test("so does a start of participants of whom nobody knows how quick they are", async () => {
  const count = counting();
  const s = scene({ journal: count.journal });
  for (const name of ["a", "b", "c", "d"]) s.add(name);
  await s.t.up(V1);
  // The process, what begins, the plan, the first announcement, all outcomes, the end.
  expect(count.appends).toBe(6);
});

test("each group of a participant that takes its time is announced durably", async () => {
  const s = scene();
  for (const name of ["first", "second"]) s.add(name, { callbacks: ["Up", "VolumeCreated", "ServeVolume"] });
  const seen: (string | undefined)[] = [];
  const look = () =>
    void seen.push(`${announced(s)}, of ${s.facts.filter(({ type }) => type === "StepsAnnounced").length}`);
  s.rules.set("ServeVolume V1 second", look);
  s.rules.set("VolumeCreated V1 second", "wait");
  const up = s.t.up(V1);
  await s.clock.advance(60);
  s.call("VolumeCreated V1 second").answer();
  await up;
  // The first one of all, the one that took its time, and its next.
  expect(seen).toEqual(["ServeVolume 0 1, of 3"]);
});

test("what waits is written when a batch turns out to take long", async () => {
  const s = scene();
  s.add("fs");
  await s.t.up(V1);
  s.rules.set("ServeVolume V2 fs", "wait");
  const reload = s.t.signaled(V1_V2_V3);
  await s.clock.advance(200);
  expect(announced(s)).not.toContain("ServeVolume");
  await s.clock.advance(100);
  expect(announced(s)).toBe("ServeVolume 0 2");
  s.call("ServeVolume V2 fs").answer();
  expect(await ending(reload)).toBe("finished");
});

test("an answer that comes late, while a sibling still runs, is heard after the doubt that it settles", async () => {
  const s = scene({ deadline: 300 });
  s.add("fs", { concurrency: 2 });
  await s.t.up(V1);
  for (const volume of ["V2", "V3"]) s.rules.set(`ServeVolume ${volume} fs`, "wait");
  const conf = shortConf("G1@Peer0 V1 V2 V3 V4");
  s.rules.set("ServeVolume V4 fs", "wait");
  const reload = ending(s.t.signaled(conf));
  await s.clock.advance(200);
  s.call("ServeVolume V2 fs").answer();
  // At 250 ms the batch is written as far as it is; V3 is given up at 300, and answers while V4 is waited for.
  await s.clock.advance(120);
  s.call("ServeVolume V3 fs").answer();
  await s.clock.settle();
  s.call("ServeVolume V4 fs").answer();
  expect(await reload).toBe("DEADLINE");
  await s.clock.settle();
  expect(s.t.status().inDoubt).toEqual([]);
});

/** A conf with so many volumes that are served here. */
const many = (count: number) => shortConf(`G1@Peer0 ${Array.from({ length: count }, (_, i) => `V${i}`).join(" ")}`);

/** The steps that would be in doubt if the process ended after each fact. */
function doubts({ facts }: Scene): readonly number[] {
  const counts: number[] = [];
  let open = 0;
  for (const fact of facts) {
    if (fact.type === "StepsAnnounced") open = fact.range[1] - fact.range[0];
    if (fact.type === "StepsWithdrawn" || fact.type === "StepsApplied") open = 0;
    counts.push(open);
  }
  return counts;
}

test("a callback that is quick says nothing of another: of that one as few steps are announced as of an unknown one", async () => {
  const s = scene();
  s.add("fs", { durable: true });
  const seen: (string | undefined)[] = [];
  s.rules.set("ServeVolume fs", () => void seen.push(announced(s)));
  expect(await ending(s.t.up(many(3_000)))).toBe("finished");
  expect(seen[0]).toBe("ServeVolume 0 64");
});

test("a batch that takes long begins no more steps, and what it has announced beyond them is taken back", async () => {
  const s = scene();
  s.add("fs", { durable: true });
  let called = 0;
  // The first are quick, so that thousands are announced of those that are not.
  s.rules.set("ServeVolume fs", () => (++called <= 64 ? undefined : "wait"));
  const up = ending(s.t.up(many(2_000)));
  let worst = 0;
  for (let i = 0; s.t.status().state !== "up" && i < 4_000; i++) {
    await s.clock.settle();
    const waiting = s.calls.at(-1);
    await s.clock.advance(20);
    waiting?.answer();
    // From half a second on.
    if (i > 25) worst = Math.max(worst, doubts(s).at(-1) ?? 0);
  }
  expect(await up).toBe("finished");
  expect(s.facts.filter(({ type }) => type === "StepsWithdrawn").length).toBeGreaterThan(0);
  expect(Math.max(...doubts(s))).toBeGreaterThan(1_000);
  expect(worst).toBeLessThan(20);
  expect(s.told().filter((call) => call.startsWith("ServeVolume"))).toHaveLength(2_000);
}, 60_000);
