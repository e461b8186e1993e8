/**
 * Several steps of one callback at once: as many as the participant declares, in the order between groups that always holds.
 */
import { expect, test } from "vitest";
import type { ParticipantOptions } from "../../src/effects/participant.ts";
import { createTransitions } from "../../src/effects/transitions.ts";
import { type DeterministicClock, deterministicClock } from "../../src/testing/deterministic-clock.ts";
import { ending, scene } from "./scene.ts";
import { shortConf } from "./short-conf.ts";

const names = (count: number): string => Array.from({ length: count }, (_, i) => `V${i + 1}`).join(" ");

/** How long an up takes whose serves wait 20 ms each, by the clock, and how many of them overlapped at most. */
async function timeOfUp(volumes: number, options: ParticipantOptions): Promise<{ took: number; atOnce: number }> {
  const clock: DeterministicClock = deterministicClock();
  const t = createTransitions({ clock });
  let running = 0;
  let atOnce = 0;
  const serveVolume = async (): Promise<void> => {
    atOnce = Math.max(atOnce, ++running);
    await new Promise<void>((resolve) => clock.setTimeout(resolve, 20));
    running--;
  };
  t.register("fs", { serveVolume }, options);
  const began = clock.now();
  let ended: number | undefined;
  void t.up(shortConf(`G1@Peer0 ${names(volumes)}`)).then(() => {
    ended = clock.now();
  });
  for (let i = 0; ended === undefined && i < 10_000; i++) await clock.advance(1);
  return { took: (ended as number) - began, atOnce };
}

test("steps come one after the other where nothing is declared", async () => {
  expect(await timeOfUp(10, {})).toEqual({ took: 200, atOnce: 1 });
});

test("with N slots equal waits take 1/N of the time", async () => {
  expect(await timeOfUp(64, { concurrency: 8 })).toEqual({ took: 160, atOnce: 8 });
  expect(await timeOfUp(64, { concurrency: { serveVolume: 64 } })).toEqual({ took: 20, atOnce: 64 });
});

test("a limit for one callback leaves the others one after the other", async () => {
  expect(await timeOfUp(4, { concurrency: { volumeCreated: 4 } })).toMatchObject({ atOnce: 1 });
});

test("the next group of steps waits for all of the one before", async () => {
  const s = scene();
  s.add("lower", { concurrency: 2 });
  s.add("upper", { concurrency: 2 });
  s.rules.set("ServeVolume lower", "wait");
  const up = ending(s.t.up(shortConf("G1@Peer0 V1 V2")));
  await s.clock.settle();
  s.told();
  s.call("ServeVolume V2 lower").answer();
  await s.clock.settle();
  expect(s.told()).toEqual([]);
  s.call("ServeVolume V1 lower").answer();
  expect(await up).toBe("finished");
  expect(s.told().slice(0, 2)).toEqual(["ServeVolume V1 upper", "ServeVolume V2 upper"]);
});

test("a failure lets running siblings settle, starts no more, and every outcome is recorded", async () => {
  const s = scene();
  s.add("fs", { concurrency: 3 });
  s.rules.set("ServeVolume fs", "wait");
  const up = ending(s.t.up(shortConf("G1@Peer0 V1 V2 V3 V4")));
  await s.clock.settle();
  s.call("ServeVolume V2 fs").answer(new Error("no"));
  await s.clock.settle();
  expect(s.t.status().state).toBe("signaling");
  s.call("ServeVolume V3 fs").answer();
  await s.clock.settle();
  s.call("ServeVolume V1 fs").answer(new Error("no either"));
  expect(await up).toBe("CALLBACK_FAILED");
  expect(s.calls.some(({ text }) => text === "ServeVolume V4 fs")).toBe(false);
  expect(s.t.status().participants["fs"]?.served).toEqual(["V3"]);
  expect(s.facts.filter(({ type }) => type === "StepFailed")).toHaveLength(2);
  s.rules.clear();
  s.told();
  await s.t.retry();
  expect(s.told()).toEqual(["ServeVolume V1 fs", "ServeVolume V2 fs", "ServeVolume V4 fs", "SignaledFinish fs"]);
});

test("steps that run and those that are over are in the status", async () => {
  const s = scene();
  s.add("fs", { concurrency: 2 });
  s.rules.set("ServeVolume fs", "wait");
  const up = ending(s.t.up(shortConf("G1@Peer0 V1 V2")));
  await s.clock.settle();
  s.call("ServeVolume V2 fs").context.progress(0.5, "replaying the log");
  expect(s.t.status().transition).toMatchObject({
    callback: "ServeVolume",
    participant: "fs",
    running: [{ subject: "V1" }, { subject: "V2", fraction: 0.5, text: "replaying the log" }],
  });
  s.call("ServeVolume V1 fs").answer();
  await s.clock.settle();
  expect(s.t.status().transition?.running).toMatchObject([{ subject: "V2" }]);
  s.call("ServeVolume V2 fs").answer();
  expect(await up).toBe("finished");
});

test("who has let others run in between still runs as many at once", async () => {
  let time = 0;
  let look = 0;
  const clock = { ...deterministicClock(), now: () => (time += look) };
  const t = createTransitions({ clock, deadline: 1e9 });
  let running = 0;
  let atOnce = 0;
  const serveVolume = ({ volumeName }: { readonly volumeName: string }): void | Promise<void> => {
    if (Number(volumeName.slice(1)) < 1_500) return undefined;
    atOnce = Math.max(atOnce, ++running);
    return new Promise((resolve) => {
      setImmediate(() => {
        running--;
        resolve();
      });
    });
  };
  t.register("fs", { serveVolume }, { concurrency: { serveVolume: 4 } });
  // No time passes, so that what comes next is one batch. In that it does, and the clock says at each look that it is late.
  expect(await ending(t.up(shortConf(`G1@Peer0 ${names(100)}`)))).toBe("finished");
  look = 10;
  expect(await ending(t.signaled(shortConf(`G1@Peer0 ${names(2_000)}`)))).toBe("finished");
  expect(atOnce).toBe(4);
});

test("many participants with one step each let others run, too", async () => {
  const clock = { ...deterministicClock(), now: () => ++looks * 1_000 };
  let looks = 0;
  const t = createTransitions({ clock });
  let turns = 0;
  const turn = (): void => {
    turns++;
    next = setImmediate(turn);
  };
  const seen: number[] = [];
  for (let i = 0; i < 20; i++) t.register(`unit${i}`, { up: () => void seen.push(turns) });
  let next = setImmediate(turn);
  expect(await ending(t.up(shortConf("G1@Peer0 V1")))).toBe("finished");
  clearImmediate(next);
  expect(seen.length).toBe(20);
  expect((seen[19] as number) - (seen[0] as number)).toBeGreaterThan(10);
});
