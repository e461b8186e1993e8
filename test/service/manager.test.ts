/**
 * What a service manager is told, and when its watchdog is fed. A program of the test's own stands for `systemd-notify`.
 */
import { chmodSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { beforeEach, describe, expect, test } from "vitest";
import type { Status } from "../../src/effects/transitions.ts";
import { watchdogPatience } from "../../src/service/manager-telling.ts";
import { pulseOf } from "../../src/service/pulse.ts";
import { servicesIn } from "../cli/service-of-each-test.ts";
import type { Workplace } from "../cli/workplace.ts";

let work: Workplace;
const startIn = servicesIn((given) => {
  work = given;
});

const start = (path: string, env: Readonly<Record<string, string>>) =>
  startIn(["peer.conf", "--participants", "./own.mjs"], {
    ...{ NOTIFY_SOCKET: work.path("nobody"), PATH: `${path}:${process.env["PATH"]}` },
    ...env,
  });

/** Messages, without what the watchdog hears. */
const messages = (): readonly string[] => work.lines("messages").filter((line) => !line.includes("WATCHDOG=1"));
const fed = (): number => work.lines("messages").length - messages().length;

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await delay(20);
}

describe("a service manager", () => {
  test("hears ready, reloading and stopping, with words; its watchdog is fed while the event loop turns", async () => {
    work.write("systemd-notify", '#!/bin/sh\necho "$*" >> messages\n');
    chmodSync(work.path("systemd-notify"), 0o755);
    // A step that lets nothing else happen until a file is there.
    work.write(
      "own.mjs",
      `import { existsSync, writeFileSync } from "node:fs";
       const sleep = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
       export default (signaled) => signaled.register("own", { unserveVolume() {
         writeFileSync("blocking", "now");
         while (!existsSync("free")) sleep(20);
       } });`,
    );
    work.conf();
    const service = await start(work.folder, { WATCHDOG_USEC: "200000" });
    await service.up();
    await until(() => messages().some((line) => line.includes("READY=1")) && fed() > 2);
    expect(messages().at(-1)).toBe("READY=1 STATUS=up, 1 volume served");

    work.write("peer.conf", `${work.read("peer.conf")}\nno assignment\n`);
    const before = messages().length;
    await service.signal("SIGHUP", "reload refused");
    await until(() => messages().length >= before + 2);
    // systemd waits for both after a SIGHUP, whatever becomes of it.
    expect(messages().slice(before)).toEqual([
      expect.stringMatching(/^RELOADING=1 MONOTONIC_USEC=\d+ STATUS=/),
      "READY=1 STATUS=up, 1 volume served",
    ]);

    service.process.kill("SIGTERM");
    await until(() => work.read("blocking") !== "");
    // What was under way when it stopped may still arrive; then nothing comes.
    for (let last = -1; last !== fed(); await delay(1_000)) last = fed();
    work.write("free", "");
    expect(await service.exit).toBe(0);
    expect(messages().slice(before + 2)[0]).toMatch(/^STOPPING=1 STATUS=/);
  });

  test("that cannot be told is no reason to end, and is mentioned once", async () => {
    work.write("own.mjs", "export default () => {};");
    work.conf();
    const service = await start(work.folder, { PATH: work.folder, WATCHDOG_USEC: "100000" });
    await service.up();
    await service.hears("the service manager cannot be told how things are: there is no program systemd-notify");
    await service.signal("SIGHUP", "reload finished");
    await service.signal("SIGTERM", "signaled ends");
    expect(await service.exit).toBe(0);
    expect(service.lines.filter(({ msg }) => msg.includes("cannot be told"))).toHaveLength(1);
  });
});

test("a watchdog is one that is meant for this process", () => {
  expect(watchdogPatience({ WATCHDOG_USEC: "30000000" })).toBe(30_000);
  expect(watchdogPatience({ WATCHDOG_USEC: "30000000", WATCHDOG_PID: String(process.pid) })).toBe(30_000);
  expect(watchdogPatience({ WATCHDOG_USEC: "30000000", WATCHDOG_PID: "1" })).toBeUndefined();
  for (const text of ["", "0", "soon"]) expect(watchdogPatience({ WATCHDOG_USEC: text })).toBeUndefined();
});

describe("the pulse", () => {
  let now = 0;
  let transition: object | undefined;
  const pulse = () =>
    pulseOf(
      () => ({ transition }) as unknown as Status,
      () => now,
    );
  const step = { subject: "VolumeA", since: 0, deadline: 60_000 };
  beforeEach(() => {
    now = 0;
    transition = { transitionId: "s.1", held: undefined, paused: false, running: [] };
  });

  test("stops where a step is waited for long after its deadline: the driver should have given it up", () => {
    const { failure } = pulse();
    transition = { ...transition, running: [step] };
    now = 80_000;
    expect(failure()).toBeUndefined();
    now = 100_000;
    expect(failure()).toContain("waits for VolumeA, long after its deadline");
    transition = { ...transition, running: [{ ...step, resting: true }] };
    expect(failure()).toBeUndefined();
  });

  test("stops where no step is waited for and no fact comes", () => {
    const { failure, beat } = pulse();
    now = 100_000;
    beat();
    now = 200_000;
    expect(failure()).toBeUndefined();
    now = 230_000;
    expect(failure()).toContain("no headway");
  });

  test("goes on where a person is waited for, and where nothing is to be done", () => {
    const { failure } = pulse();
    now = 1_000_000;
    for (const idle of [
      undefined,
      { ...transition, held: { code: "X", message: "x" } },
      { ...transition, paused: true },
    ]) {
      transition = idle;
      expect(failure()).toBeUndefined();
    }
  });
});
