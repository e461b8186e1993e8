/** Participants that throw, hang, answer late, cannot say, lie or crash, where and when they are told to. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ParticipantCallbacks, StepContext } from "../../src/effects/participant.ts";
import { InDoubtError } from "../../src/error.ts";
import { CALLBACK_NAMES, CALLBACKS } from "../../src/plan/lifecycle-event.ts";
import { deterministicClock } from "../../src/testing/deterministic-clock.ts";
import { behaving, behaviours, faults } from "../../src/testing/fault-arbitraries.ts";
import { crashing, delayed, failing, scheduled } from "../../src/testing/faults.ts";

/** A participant that serves, and what took effect. */
function mounts(): { readonly served: string[]; readonly callbacks: ParticipantCallbacks } {
  const served: string[] = [];
  const serveVolume = ({ volumeName }: { readonly volumeName: string }): void => void served.push(volumeName);
  return { served, callbacks: { serveVolume, down() {} } };
}

const contextWith = (signal: AbortSignal): StepContext => ({ signal }) as StepContext;
const context = contextWith(new AbortController().signal);

/** Serves a volume and tells how that ended. */
async function outcome(callbacks: ParticipantCallbacks, volumeName = "A", given = context): Promise<string> {
  try {
    await callbacks.serveVolume?.({ type: "ServeVolume", volumeName }, given);
    return "applied";
  } catch (error) {
    return `${error instanceof InDoubtError ? "in doubt" : "threw"}: ${(error as Error).message}`;
  }
}

describe("failing", () => {
  it("throws at the call that is meant, with nothing done, and at no other", async () => {
    const { served, callbacks } = mounts();
    const faulty = failing(callbacks, {
      at: { callback: "ServeVolume", subject: "B", call: 2, how: "throws", message: "disk on fire" },
    });
    const outcomes = [];
    for (const name of ["A", "B", "B", "B"]) outcomes.push(await outcome(faulty, name));
    expect(outcomes).toEqual(["applied", "applied", "threw: disk on fire", "applied"]);
    expect(served).toEqual(["A", "B", "B"]);
  });

  it("fails at the first matching call where nothing more is said, and at every one where asked", async () => {
    const once = failing(mounts().callbacks, { at: { how: "throws" } });
    expect([await outcome(once), await outcome(once)]).toEqual(["threw: ServeVolume A", "applied"]);
    const always = failing(mounts().callbacks, { at: { call: "every", how: "throws" } });
    expect([await outcome(always), await outcome(always)]).toEqual(["threw: ServeVolume A", "threw: ServeVolume A"]);
  });

  it("cannot say, having done it or not", async () => {
    for (const applied of [true, false]) {
      const { served, callbacks } = mounts();
      expect(await outcome(failing(callbacks, { at: { how: "in doubt", applied } }))).toBe("in doubt: ServeVolume A");
      expect(served).toEqual(applied ? ["A"] : []);
    }
  });

  it("hangs until it is aborted, having done it or not", async () => {
    for (const applied of [true, false]) {
      const { served, callbacks } = mounts();
      const controller = new AbortController();
      const hanging = outcome(
        failing(callbacks, { at: { how: "hangs", applied } }),
        "A",
        contextWith(controller.signal),
      );
      expect(await Promise.race([hanging, new Promise((resolve) => setTimeout(resolve, 5, "still"))])).toBe("still");
      controller.abort();
      expect(await hanging).toBe("in doubt: aborted while it hung");
      expect(served).toEqual(applied ? ["A"] : []);
      expect(await outcome(failing(callbacks, { at: { how: "hangs" } }), "A", contextWith(controller.signal))).toMatch(
        "aborted",
      );
    }
  });

  it("lies: it did it and throws", async () => {
    const { served, callbacks } = mounts();
    expect(await outcome(failing(callbacks, { at: { how: "lies" } }))).toBe("threw: ServeVolume A");
    expect(served).toEqual(["A"]);
  });

  it("adds a callback that is named and not there, and no other", () => {
    const { callbacks } = mounts();
    expect(Object.keys(failing(callbacks, { at: { callback: "Up", how: "throws" } })).sort()).toEqual([
      "down",
      "serveVolume",
      "up",
    ]);
    expect(Object.keys(failing(callbacks, { at: { how: "throws" } })).sort()).toEqual(["down", "serveVolume"]);
  });

  it("counts each of several faults by itself", async () => {
    const { callbacks } = mounts();
    const faulty = failing(callbacks, {
      at: [
        { call: 1, how: "throws", message: "first" },
        { call: 2, how: "throws", message: "second" },
      ],
    });
    expect([await outcome(faulty), await outcome(faulty), await outcome(faulty)]).toEqual([
      "threw: first",
      "threw: second",
      "applied",
    ]);
  });

  it("does not lie: a throw at a step that is in effect since an earlier attempt is a doubt", async () => {
    const callbacks = failing(mounts().callbacks, {
      at: [
        { call: 1, how: "in doubt", applied: true },
        { call: 2, how: "throws" },
        { call: 3, how: "throws" },
      ],
    });
    const step = (idempotencyKey: string): StepContext => ({ ...context, idempotencyKey });
    expect(await outcome(callbacks, "A", step("t1/mounts/ServeVolume/A"))).toMatch("in doubt");
    expect(await outcome(callbacks, "A", step("t1/mounts/ServeVolume/A"))).toMatch("in doubt");
    expect(await outcome(callbacks, "A", step("t2/mounts/ServeVolume/A"))).toMatch("threw");
  });

  it("calls a participant's callbacks on the participant", async () => {
    class Mounts {
      readonly served: string[] = [];
      serveVolume(event: { readonly volumeName: string }): void {
        this.served.push(event.volumeName);
      }
    }
    const own = new Mounts();
    await outcome(failing(own as ParticipantCallbacks, { at: { callback: "Up", how: "throws" } }));
    expect(own.served).toEqual(["A"]);
  });
});

describe("delayed", () => {
  it("does nothing before its time has come", async () => {
    const clock = deterministicClock();
    const { served, callbacks } = mounts();
    const done = outcome(delayed(callbacks, { callback: "ServeVolume", milliseconds: 20, clock }));
    await clock.advance(19);
    expect(served).toEqual([]);
    await clock.advance(1);
    expect([await done, served]).toEqual(["applied", ["A"]]);
  });

  it("takes a time of its own for each event, and none where it is not meant", async () => {
    const clock = deterministicClock();
    const { served, callbacks } = mounts();
    const slow = delayed(callbacks, {
      milliseconds: (event) => ("volumeName" in event && event.volumeName === "A" ? 5 : 1),
      clock,
    });
    const both = [outcome(slow, "A"), outcome(slow, "B")];
    await clock.runAll();
    await Promise.all(both);
    expect(served).toEqual(["B", "A"]);
    expect(delayed(callbacks, { callback: "Up", milliseconds: 5 }).down?.({ type: "Down" }, context)).toBeUndefined();
  });

  it("ends with a throw and nothing done when it is aborted, before or while it waits", async () => {
    const clock = deterministicClock();
    const { served, callbacks } = mounts();
    const controller = new AbortController();
    const waiting = outcome(delayed(callbacks, { milliseconds: 20, clock }), "A", contextWith(controller.signal));
    controller.abort();
    const late = outcome(delayed(callbacks, { milliseconds: 20, clock }), "A", contextWith(controller.signal));
    expect([await waiting, await late]).toEqual([
      "threw: aborted before it did anything",
      "threw: aborted before it did anything",
    ]);
    expect([served, clock.pending]).toEqual([[], 0]);
  });

  it("takes the system's time where it is given no clock", async () => {
    expect(await outcome(delayed(mounts().callbacks, { milliseconds: 1 }))).toBe("applied");
  });
});

describe("crashing", () => {
  it("is gone at the step that is meant, before or after it took effect, and never answers again", async () => {
    for (const when of ["before", "after"] as const) {
      const { served, callbacks } = mounts();
      const crashes: string[] = [];
      const gone = crashing(callbacks, {
        callback: "ServeVolume",
        call: 2,
        when,
        crash: ({ type }) => crashes.push(type),
      });
      expect(await outcome(gone, "A")).toBe("applied");
      const unanswered = [outcome(gone, "B"), outcome(gone, "C")];
      expect(await Promise.race([...unanswered, new Promise((resolve) => setTimeout(resolve, 5, "nobody"))])).toBe(
        "nobody",
      );
      expect(crashes).toEqual(["ServeVolume"]);
      expect(served).toEqual(when === "after" ? ["A", "B"] : ["A"]);
    }
  });
});

describe("scheduled", () => {
  it("answers in whatever order the scheduler takes", async () => {
    const orders = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        const { served, callbacks } = mounts();
        const slow = scheduled(callbacks, scheduler, "mounts");
        const all = [outcome(slow, "A"), outcome(slow, "B")];
        await scheduler.waitIdle();
        await Promise.all(all);
        orders.add(served.join());
        expect(String(scheduler)).toContain("mounts ServeVolume A");
      }),
      { numRuns: 50, seed: 1 },
    );
    expect([...orders].sort()).toEqual(["A,B", "B,A"]);
  });
});

describe("behaviours", () => {
  it("reach every callback, in every way, slow and not", () => {
    const all = fc.sample(behaviours({ hearsChanges: true }), { numRuns: 1000, seed: 3 });
    const struck = new Set(all.flatMap((each) => each.faults.flatMap(({ callback }) => callback ?? [])));
    expect([...struck].sort()).toEqual([...CALLBACK_NAMES].sort());
    expect(new Set(all.flatMap((each) => each.faults.map(({ how }) => how)))).toEqual(
      new Set(["throws", "in doubt", "hangs"]),
    );
    expect(all.some((each) => each.delays.length > 0 && each.faults.length === 0)).toBe(true);
    expect(fc.sample(faults({ how: ["lies"] }), 5).every(({ how }) => how === "lies")).toBe(true);
  });

  it("are put around callbacks: slow first, then failing", async () => {
    const clock = deterministicClock();
    const { served, callbacks } = mounts();
    const behaviour = {
      faults: [{ callback: "ServeVolume", call: 2, how: "throws" }],
      delays: [{ callback: "ServeVolume", milliseconds: 10 }],
    } as const;
    const participant = behaving(callbacks, behaviour, clock);
    const first = outcome(participant, "A");
    expect(await outcome(participant, "B")).toBe("threw: ServeVolume B");
    await clock.advance(10);
    expect([await first, served]).toEqual(["applied", ["A"]]);
    expect(Object.keys(participant)).toEqual([CALLBACKS.ServeVolume.method, CALLBACKS.Down.method]);
  });
});
