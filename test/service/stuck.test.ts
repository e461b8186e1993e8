/**
 * What hooks can do to a service: fail, hang, be killed, and outlive it. Everything here is a real process.
 */
import { rmSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { servicesIn } from "../cli/service-of-each-test.ts";
import { isGone } from "../cli/signaled-program.ts";
import { type Typed, typed } from "../cli/typed.ts";
import type { Workplace } from "../cli/workplace.ts";

let work: Workplace;
const startIn = servicesIn((given) => {
  work = given;
});

/** What an operator types, in this process: another one than the service's. */
function operate(command: string, ...args: readonly string[]): Promise<Typed> {
  return typed(command, ...args, "--state-dir", work.path(".signaled"));
}

const start = (...args: readonly string[]) => startIn(["peer.conf", ...args]);

const HOOKS = "[Hooks]\nserveVolume = ./serve.sh\nunserveVolume = ./unserve.sh\n";
const MOVED = { groups: { VG_A: ["Peer1", "VolumeA"], VG_B: ["Peer0", "VolumeB"] }, more: HOOKS } as const;

describe("a hook that hangs", () => {
  test("is named by status; SIGTERM waits for it, a second one shortens its deadline, and the list says what is left", async () => {
    work.conf({ more: HOOKS });
    work.hook("serve.sh", "");
    work.hook("unserve.sh", "trap '' TERM; echo $$ > hanging; while :; do sleep 0.1; done");
    const service = await (await start()).up();
    service.process.kill("SIGTERM");
    while (work.read("hanging") === "") await delay(20);
    const status = JSON.parse((await operate("status", "--json")).out);
    expect(status.transition).toMatchObject({
      kind: "down",
      callback: "UnserveVolume",
      participant: "exec",
      cause: { how: "signal", who: "SIGTERM" },
      running: [{ subject: "VolumeA" }],
    });

    const began = Date.now();
    await service.signal("SIGTERM", "told to hurry");
    expect(await service.exit).toBe(6);
    expect(Date.now() - began).toBeLessThan(20_000);
    expect(service.text).toContain("1 step(s) failed on the way");
    expect(service.text).toContain("participant 'exec': UnserveVolume of 'VolumeA' gave no answer");
    // Nobody is left to hang on.
    expect(await isGone(Number(work.read("hanging")))).toBe(true);
  });

  test("a third signal ends at once with 7, and takes the hook along; the next start goes on with it under its old key", async () => {
    work.conf({ more: HOOKS });
    work.hook(
      "serve.sh",
      'echo "$SIGNALED_IDEMPOTENCY_KEY $SIGNALED_ATTEMPT" >> keys\n[ -e hang ] || exit 0\necho $$ > hanging; sleep 300',
    );
    work.hook("unserve.sh", "");
    work.write("hang", "");
    const service = await start();
    while (work.read("hanging") === "") await delay(20);
    service.process.kill("SIGTERM");
    await service.hears("going down");
    await service.signal("SIGINT", "told to hurry");
    const began = Date.now();
    service.process.kill("SIGTERM");
    expect(await service.exit).toBe(7);
    expect(Date.now() - began).toBeLessThan(10_000);
    expect(await isGone(Number(work.read("hanging")))).toBe(true);

    rmSync(work.path("hang"));
    const again = await (await start()).up();
    const [first, second] = work.lines("keys").map((line) => line.split(" ")[0]);
    expect(second).toBe(first);
    await again.signal("SIGTERM", "signaled ends");
    expect(await again.exit).toBe(0);
    expect(work.lines("told").at(-1)).toBe("UnserveVolume VolumeA");
  });

  test("a deadline ends it with SIGTERM, and its step is in doubt", async () => {
    work.conf({ more: HOOKS });
    work.hook("serve.sh", 'trap "echo ended >> told; exit 9" TERM\nsleep 300 & wait');
    work.hook("unserve.sh", "");
    const service = await start("--deadline", "300ms", "--policy", "hold");
    const held = await service.hears("held there");
    expect(held).toMatchObject({ code: "DEADLINE", callback: "ServeVolume", subject: "VolumeA" });
    while (!work.read("told").includes("ended")) await delay(20);
    const status = JSON.parse((await operate("status", "--json")).out);
    expect(status.state).toBe("failed");
    expect(status.inDoubt).toMatchObject([{ participant: "exec", callback: "ServeVolume" }]);
  });
});

describe("a hook that fails", () => {
  test("a failed reload is rolled back, with the hook's own words; a failed start ends with 1", async () => {
    work.conf({ more: HOOKS });
    work.hook("serve.sh", '[ "$SIGNALED_VOLUME" = VolumeB ] || exit 0\necho "cannot mount it" >&2; exit 3');
    work.hook("unserve.sh", "");
    const service = await (await start()).up();
    work.conf(MOVED);
    const failed = await service.signal("SIGHUP", "reload failed");
    expect(failed).toMatchObject({ code: "ROLLED_BACK", callback: "ServeVolume", subject: "VolumeB" });
    expect(failed.msg).toContain("./serve.sh exited with 3: cannot mount it");
    expect(work.lines("told")).toEqual([
      "ServeVolume VolumeA",
      "UnserveVolume VolumeA",
      "ServeVolume VolumeB",
      "ServeVolume VolumeA",
    ]);
    await service.signal("SIGTERM", "signaled ends");
    expect(await service.exit).toBe(0);

    const again = await start();
    expect(await again.exit).toBe(1);
    expect(again.text).toContain("cannot mount it");
  });

  test("a start that is held and then rolled back leaves nothing to run, and ends with 1", async () => {
    work.conf({ more: HOOKS });
    work.hook("serve.sh", "exit 1");
    work.hook("unserve.sh", "");
    const service = await start("--policy", "hold");
    await service.hears("held there");
    expect(await operate("rollback")).toMatchObject({ code: 0, out: expect.stringContaining("rolled back") });
    expect(await service.exit).toBe(1);
  });

  test("--retries tries it again under its key before anything else", async () => {
    work.conf({ more: HOOKS });
    work.hook("serve.sh", 'echo "$SIGNALED_ATTEMPT $SIGNALED_IDEMPOTENCY_KEY" >> keys\n[ "$SIGNALED_ATTEMPT" -gt 2 ]');
    work.hook("unserve.sh", "");
    await (await start("--retries", "2")).up();
    const attempts = work.lines("keys").map((line) => line.split(" "));
    expect(attempts.map(([attempt]) => attempt)).toEqual(["1", "2", "3"]);
    expect(new Set(attempts.map(([, key]) => key)).size).toBe(1);
  });

  test("retry, skip and rollback go on from where it is held", async () => {
    work.conf({ more: HOOKS });
    work.hook("serve.sh", '[ "$SIGNALED_VOLUME" != VolumeB ] || [ -e mended ]');
    work.hook("unserve.sh", "");
    const service = await (await start("--policy", "hold")).up();
    const reload = async () => {
      work.conf(MOVED);
      expect(await operate("reload")).toMatchObject({ code: 1 });
    };

    await reload();
    expect(await operate("status")).toMatchObject({ code: 0, out: expect.stringContaining("held: ") });
    expect(await operate("rollback", "--reason", "not today")).toMatchObject({ code: 0 });
    expect(work.lines("told").at(-1)).toBe("ServeVolume VolumeA");
    expect(await operate("retry")).toMatchObject({ code: 1, err: expect.stringContaining("there is none") });

    await reload();
    expect(await operate("skip", "--as", "not-applied")).toMatchObject({
      code: 2,
      err: expect.stringContaining("--reason"),
    });
    expect(await operate("skip", "--as", "applied", "--reason", "by hand")).toMatchObject({ code: 0 });

    work.conf({ more: HOOKS });
    expect(await operate("reload")).toMatchObject({ code: 0 });
    await reload();
    work.write("mended", "");
    expect(await operate("retry")).toMatchObject({ code: 0 });
    expect(work.lines("told").slice(-2)).toEqual(["ServeVolume VolumeB", "ServeVolume VolumeB"]);

    expect(await operate("down", "--reason", "tea")).toMatchObject({ code: 0, out: "down" });
    expect(await service.exit).toBe(0);
    expect(await operate("status")).toMatchObject({ code: 4 });
    const log = await operate("log");
    expect(log.out).toMatch(/rollback +finished +operator \w+ \(not today\)/);
    expect(log.out).toContain("failed step settled as applied, by operator");
    expect(log.out).toContain("by hand");
  });
});

test("a service that is killed in the middle goes on after the restart, and tells nobody twice what they know", async () => {
  work.conf({ groups: { VG_A: ["Peer0", "VolumeA", "VolumeB", "VolumeC"] }, more: HOOKS });
  work.hook("serve.sh", '[ "$SIGNALED_VOLUME" != VolumeB ] || until [ -e free ]; do sleep 0.05; done');
  work.hook("unserve.sh", "");
  const service = await start("--hooks-at-once", "1");
  while (!work.read("told").includes("VolumeB")) await delay(20);
  // Outcomes are recorded in batches: give the checkpoint of the running one its time.
  await delay(600);
  service.process.kill("SIGKILL");
  await service.exit;
  work.write("free", "");
  const again = await (await start()).up();
  expect(again.lines.some(({ msg }) => msg.includes("a step in doubt is delivered again"))).toBe(true);
  const told = work.lines("told");
  expect(told.filter((line) => line === "ServeVolume VolumeA")).toHaveLength(1);
  expect(told.filter((line) => line === "ServeVolume VolumeB")).toHaveLength(2);
  expect(told.filter((line) => line === "ServeVolume VolumeC")).toHaveLength(1);
  // In the order of registration, though only one of them has a state that outlived the process.
  expect((await operate("status")).out).toMatch(/logger +up +1 +3 +3\nexec +up +1 +3 +3/);
});
