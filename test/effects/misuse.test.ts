/**
 * Misuse: what a program without a compiler may ask for by mistake is refused at once, and in words.
 */
import { expect, test } from "vitest";
import { retried } from "../../src/effects/retry.ts";
import { createTransitions } from "../../src/effects/transitions.ts";
import { deterministicClock } from "../../src/testing/deterministic-clock.ts";
import { ending, scene } from "./scene.ts";
import { shortConf } from "./short-conf.ts";

const V1 = shortConf("G1@Peer0 V1");
const V1_V2 = shortConf("G1@Peer0 V1 V2");

test("a request without a ConfMap, or with something else, is refused before anything else is looked at", async () => {
  const s = scene();
  s.add("fs");
  for (const given of [undefined, null, "conf", {}, V1.toJSON()]) {
    expect(await ending(s.t.up(given as never))).toBe("USAGE");
    expect(await ending(s.t.signaled(given as never))).toBe("USAGE");
  }
  expect(await ending(s.t.down({} as never))).toBe("USAGE");
  expect(s.facts).toEqual([]);
  expect(await ending(s.t.up(V1))).toBe("finished");
});

test("a skip is as applied or as not-applied, and a typo is neither", async () => {
  const s = scene();
  s.add("fs");
  s.rules.set("ServeVolume V1 fs", new Error("no"));
  await ending(s.t.up(V1));
  expect(await ending(s.t.skip("not_applied" as never, "by hand"))).toBe("USAGE");
  expect(s.t.status()).toMatchObject({ state: "failed", participants: { fs: { served: [] } } });
});

test.each([
  { order: "bogus" },
  { policy: "explode" },
  { policy: { retries: 1, minTimout: 5 } },
  { deadline: -5 },
  { deadline: "1s" },
  { deadline: 2 ** 31 },
  { journal: "journal.db" },
  { log: () => {} },
  { clock: {} },
  { streamId: "" },
  { deadLine: 5 },
  null,
])("createTransitions refuses %j", (options) => {
  expect(() => createTransitions(options as never)).toThrow(expect.objectContaining({ code: "USAGE" }));
});

test("a closed instance registers nobody, and holds nothing", async () => {
  const t = createTransitions();
  await t.close();
  for (const ask of [() => t.register("fs", {}), () => t.pause(), () => t.resume()])
    expect(ask).toThrow(expect.objectContaining({ code: "CLOSED" }));
});

test("the plan that is shown is told to nobody who waits to be admitted", async () => {
  const s = scene();
  s.add("fs");
  await s.t.up(V1);
  s.add("late");
  const shown = [...s.t.plan("signaled", V1_V2).steps()].map(
    ({ callback, participant }) => `${callback} ${participant}`,
  );
  s.told();
  await s.t.signaled(V1_V2);
  expect(shown).toEqual(s.told().map((text) => text.replace(/ (V|G)\d.* /, " ")));
  expect(shown).toEqual(["SignaledStart fs", "VolumeCreated fs", "ServeVolume fs", "SignaledFinish fs"]);
});

test("a first wait longer than the usual longest one is waited", async () => {
  const clock = deterministicClock();
  const { signal } = new AbortController();
  const times: number[] = [];
  const attempt = (): void => {
    if (times.push(clock.now()) === 1) throw new Error("once");
  };
  const done = retried({ retries: 1, minTimeout: 60_000 }, attempt, { wanted: () => true, signal, clock });
  await clock.runAll();
  await done;
  expect(times[1]).toBeGreaterThanOrEqual(60_000);
});

test("deadlines are limited to a number above 0", () => {
  const t = createTransitions();
  for (const limit of [Number.NaN, 0, -1, undefined, "soon"])
    expect(() => t.limitDeadlines(limit as never)).toThrow(expect.objectContaining({ code: "USAGE" }));
  t.limitDeadlines(Number.POSITIVE_INFINITY);
});

test("a participant may have any name, and its keys are its own", async () => {
  const keys = new Set<string>();
  const t = createTransitions();
  const names = ["a", "a/ServeVolume", "a%2FServeVolume", "/", "\ud800/", "__proto__", "zwei\nzeilen", "日本"];
  for (const name of names)
    t.register(name, { serveVolume: (_event, { idempotencyKey }) => void keys.add(idempotencyKey) });
  await t.up(V1);
  expect(keys.size).toBe(names.length);
  expect(Object.keys(t.status().participants)).toEqual(["logger", ...names]);
});
