/**
 * `signaled run --inspect` and `signaled inspect`, as processes.
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import { servicesIn } from "../cli/service-of-each-test.ts";
import { runSignaled, signaledProgram } from "../cli/signaled-program.ts";
import type { Workplace } from "../cli/workplace.ts";
import { received } from "./viewing.ts";

let work: Workplace;
const startIn = servicesIn((given) => {
  work = given;
});

test("a service is watched while it runs, and from its journal when it has ended", async () => {
  work.conf({ more: "[S3]\nHouseNumber = forty-two\n" });
  const args = ["peer.conf", "--inspect", "--secret", "housenumber", "--state-dir", "state"];
  const service = await startIn(args);
  const { address } = await service.hears("open this address");
  await service.up();
  const live = received(String(address));
  await live.tells("has SignaledFinish ↑");

  work.conf({
    groups: { VG_A: ["Peer1", "VolumeA"], VG_B: ["Peer0", "VolumeB"] },
    more: "[S3]\nHouseNumber = forty-three\n",
  });
  await service.signal("SIGHUP", "reload finished");
  await live.tells("TransitionFinished");
  await service.signal("SIGTERM", "signaled ends");
  expect(await service.exit).toBe(0);
  const ended = Date.now();
  expect(live.story()).toContainEqual(
    expect.stringMatching(/^lifecycle → signaled .*TransitionStarted .*"who":"SIGHUP"/),
  );
  expect(live.text).toContain("[S3] HouseNumber: *** → ***");

  const replay = spawn(
    process.execPath,
    [await signaledProgram(), "inspect", "state/journal.db", "--speed", "1000", "--secret", "housenumber"],
    {
      cwd: work.folder,
    },
  );
  const [line] = (await once(createInterface({ input: replay.stdout }), "line")) as [string];
  const replayed = received(line);
  await replayed.tells("has down");
  expect(replayed.text).toContain("[S3] HouseNumber: *** → ***");
  await expect.poll(() => replayed.latest("lifecycle").value, { timeout: 5_000 }).toBe("down");
  // Events are dated as they happened.
  expect(Number(replayed.messages.at(-1)?.createdAt)).toBeLessThanOrEqual(ended);
  replay.kill("SIGINT");
  await once(replay, "exit");
});

test("what is not as documented is refused before anything starts", async () => {
  const run = (...args: readonly string[]) => runSignaled(args, { cwd: work.folder });
  expect(await run("inspect", "nowhere.db")).toMatchObject({
    code: expect.any(Number),
    err: expect.stringMatching(/nowhere\.db/),
  });
  expect(await run("inspect", "--speed", "0")).toMatchObject({
    code: 2,
    err: expect.stringContaining("--speed is '0'"),
  });
  work.conf();
  expect(await run("run", "peer.conf", "--inspect=99999")).toMatchObject({
    code: 2,
    err: expect.stringContaining("--inspect is '99999': it takes a port"),
  });
});
