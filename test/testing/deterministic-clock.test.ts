/** Time stands still until it is moved, and then everything happens in its order. */
import { describe, expect, it } from "vitest";
import { ConfMap } from "../../src/conf/conf-map.ts";
import { createTransitions } from "../../src/effects/transitions.ts";
import { deterministicClock } from "../../src/testing/deterministic-clock.ts";
import { confValuesOf } from "../../src/testing/topology-conf.ts";
import { nothing } from "../../src/testing/topology-like.ts";

describe("deterministicClock", () => {
  it("runs timers when they are due, earliest first, and those of one moment as they were set", async () => {
    const clock = deterministicClock();
    const ran: string[] = [];
    clock.setTimeout(() => ran.push("late"), 20);
    clock.setTimeout(() => ran.push("first"), 10);
    clock.setTimeout(() => ran.push("second"), 10);
    await clock.advance(9);
    expect([ran, clock.now(), clock.pending]).toEqual([[], 9, 3]);
    await clock.advance(1);
    expect([ran, clock.now()]).toEqual([["first", "second"], 10]);
    await clock.advance(100);
    expect([ran, clock.now(), clock.pending]).toEqual([["first", "second", "late"], 110, 0]);
  });

  it("says at each timer the time at which it is due, and runs those that timers set", async () => {
    const clock = deterministicClock({ wall: 5000 });
    const times: (readonly [number, number])[] = [];
    const again = (): void => {
      times.push([clock.now(), clock.wall()]);
      if (times.length < 3) clock.setTimeout(again, 7);
    };
    clock.setTimeout(again, 7);
    await clock.runAll();
    expect(times).toEqual([7, 14, 21].map((at) => [at, 5000 + at]));
    expect(clock.now()).toBe(21);
  });

  it("lets what a timer sets in motion go on before the next timer", async () => {
    const clock = deterministicClock();
    const ran: string[] = [];
    clock.setTimeout(() => {
      void Promise.resolve()
        .then(() => new Promise((resolve) => setImmediate(resolve)))
        .then(() => ran.push("after the first"));
    }, 1);
    clock.setTimeout(() => ran.push("second"), 2);
    await clock.advance(2);
    expect(ran).toEqual(["after the first", "second"]);
  });

  it("forgets what is cleared, and takes what is not a delay as none", async () => {
    const clock = deterministicClock();
    const ran: string[] = [];
    clock.clearTimeout(clock.setTimeout(() => ran.push("cleared"), 1));
    clock.setTimeout(() => ran.push("negative"), -5);
    clock.setTimeout(() => ran.push("no number"), Number.NaN);
    await clock.advance(0);
    expect([ran, clock.now(), clock.pending]).toEqual([["negative", "no number"], 0, 0]);
  });

  it("gives up on timers without end", async () => {
    const clock = deterministicClock();
    let left = 100_050;
    const again = (): void => {
      if (left-- > 0) clock.setTimeout(again, 0);
    };
    clock.setTimeout(again, 0);
    await expect(clock.runAll()).rejects.toThrow("no end to them");
  });

  it("makes a deadline a matter of a line", async () => {
    const clock = deterministicClock();
    const t = createTransitions({ clock, deadline: 60_000 });
    t.register("slow", { up: () => new Promise(() => {}) });
    const up = t.up(ConfMap.from(confValuesOf(nothing("Peer0"))));
    const outcome = up.then(
      () => "finished",
      (error: { readonly code: string }) => error.code,
    );
    await clock.advance(59_999);
    expect(t.status().state).toBe("signaling");
    await clock.advance(1);
    expect(await outcome).toBe("DEADLINE");
    await t.close();
  });
});
