/**
 * The control socket: its protocol, its manners, and what the commands over it do to a running service.
 */
import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { TransitionError } from "../../src/error.ts";
import { askService } from "../../src/service/control-client.ts";
import { type ControlServer, openControlServer } from "../../src/service/control-server.ts";
import { RunningService } from "../cli/signaled-program.ts";
import { type Typed, typed } from "../cli/typed.ts";
import { Workplace } from "../cli/workplace.ts";

let work: Workplace;
const services: RunningService[] = [];
const servers: ControlServer[] = [];

beforeEach(() => {
  work = new Workplace();
});
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
  for (const service of services.splice(0)) await service.kill();
  work.remove();
});

async function serve(answer: (request: object) => Promise<unknown>, takeover = false): Promise<ControlServer> {
  const server = await openControlServer({ address: work.path("state/control.sock"), takeover, answer });
  servers.push(server);
  return server;
}

/** Sends raw text and gives the answers that come within a while, or until the other side closes. */
async function send(text: string): Promise<object[]> {
  return (await exchange(text)).answers;
}

function exchange(text: string): Promise<{ readonly answers: object[]; readonly closed: boolean }> {
  return new Promise((resolve) => {
    const answers: object[] = [];
    let closed = true;
    const socket = connect(work.path("state/control.sock"), () => socket.write(text));
    const lines = createInterface({ input: socket });
    lines.on("line", (line) => answers.push(JSON.parse(line)));
    lines.on("error", () => {});
    socket.on("error", () => {});
    socket.setTimeout(300, () => {
      closed = false;
      socket.destroy();
    });
    socket.on("close", () => resolve({ answers, closed }));
  });
}

describe("the control server", () => {
  test("answers each line, in whatever order they are done, with the id of its request", async () => {
    await serve(async (request) => {
      const { command } = request as { command: string };
      if (command === "retry") await new Promise((done) => setTimeout(done, 50));
      if (command === "down")
        throw new TransitionError("NOT_UP", "it is down", {
          participant: "p",
          problems: [{ rule: "r", message: "m" }],
        });
      return { command };
    });
    expect(await send('{"id":1,"command":"retry"}\n{"id":2,"command":"pause"}\n{"id":3,"command":"down"}\n')).toEqual([
      { id: 2, ok: true, result: { command: "pause" } },
      {
        id: 3,
        ok: false,
        error: { code: "NOT_UP", message: "it is down", participant: "p", problems: [{ rule: "r", message: "m" }] },
      },
      { id: 1, ok: true, result: { command: "retry" } },
    ]);
  });

  test("refuses what is not of the documented form, and goes on", async () => {
    let asked = 0;
    await serve(async () => ++asked);
    const answers = await send(
      'nonsense\n{"command":"explode"}\n{"command":"skip","as":"maybe","reason":"x"}\n{"command":"pause"}\n',
    );
    expect(answers.map((answer) => (answer as { ok: boolean }).ok)).toEqual([false, false, false, true]);
    for (const answer of answers.slice(0, 3)) expect(answer).toMatchObject({ error: { code: "USAGE" } });
    expect(asked).toBe(1);
    expect(await exchange("x".repeat(200_000))).toEqual({ answers: [], closed: true });
    expect(await send('{"command":"pause"}\n')).toHaveLength(1);
  });

  test("may be opened by its owner only, and takes its socket with it", async () => {
    const server = await serve(async () => ({}));
    const socket = work.path("state/control.sock");
    expect(statSync(socket).mode & 0o777).toBe(0o600);
    expect(statSync(work.path("state")).mode & 0o777).toBe(0o700);
    await server.close();
    expect(existsSync(socket)).toBe(false);
  });

  test("replaces what a killed service left, never a live one's; closing an old one leaves the new one's", async () => {
    mkdirSync(work.path("state"));
    writeFileSync(work.path("state/control.sock"), "left over");
    const first = await serve(async () => ({ who: "first" }));
    await expect(serve(async () => ({}))).rejects.toMatchObject({
      code: "USAGE",
      message: expect.stringContaining("--socket"),
    });
    await serve(async () => ({ who: "second" }), true);
    await first.close();
    expect(await send('{"command":"pause"}\n')).toMatchObject([{ result: { who: "second" } }]);
  });

  test("lets an answer out that comes while it closes", async () => {
    let finish = (): void => {};
    const asked = new Promise<void>((resolve) => {
      void serve(async () => {
        resolve();
        await new Promise<void>((done) => {
          finish = done;
        });
        return {};
      });
    });
    while (!existsSync(work.path("state/control.sock"))) await new Promise((done) => setTimeout(done, 5));
    const answer = askService(work.path("state/control.sock"), { command: "down" });
    await asked;
    const closed = servers.pop()?.close();
    finish();
    expect(await answer).toEqual({});
    await closed;
  });
});

describe("a client", () => {
  test("says that there is no service, or that what answers is none", async () => {
    const nobody = work.path("none.sock");
    await expect(askService(nobody, { command: "status" })).rejects.toMatchObject({
      code: "UNREACHABLE",
      message: expect.stringContaining("there is no such socket"),
    });
    mkdirSync(work.path("state"));
    const other = createServer((socket) => socket.resume().end("HTTP/1.1 400 Bad Request\r\n"));
    await new Promise<void>((done) => other.listen(work.path("state/control.sock"), done));
    await expect(askService(work.path("state/control.sock"), { command: "status" })).rejects.toMatchObject({
      code: "UNREACHABLE",
    });
    await new Promise((done) => other.close(done));
  });
});

describe("with a running service", () => {
  const operate = (command: string, ...args: readonly string[]): Promise<Typed> =>
    typed(command, ...args, "--state-dir", work.path(".signaled"));

  async function start(...args: readonly string[]): Promise<RunningService> {
    const service = await RunningService.start(["peer.conf", ...args], { cwd: work.folder });
    services.push(service);
    return service;
  }

  test("apply shows a plan and carries out that plan and no other; the first hooks are part of it", async () => {
    work.conf();
    await (await start()).up();
    work.hook("serve.sh", "");
    const moved = { VG_A: ["Peer1", "VolumeA"], VG_B: ["Peer0", "VolumeB"] } as const;
    work.conf({ groups: moved, more: "[Hooks]\nserveVolume = ./serve.sh\n" });
    const shown = await operate("apply", "--dry-run", "--json");
    const { hash, phases } = JSON.parse(shown.out);
    expect(phases.at(-2)).toMatchObject({ callback: "ServeVolume", participants: ["logger", "exec"] });
    expect((await operate("status")).out).not.toContain("exec");

    expect(await operate("apply", "--hash", `${"0".repeat(64)}`)).toMatchObject({
      code: 1,
      err: expect.stringContaining(hash),
    });
    expect((await operate("status")).out).not.toContain("exec");
    expect(await operate("apply", "--hash", hash, "--reason", "release 12")).toMatchObject({
      code: 0,
      err: expect.stringMatching(/finished/),
    });
    expect(work.lines("told")).toEqual(["ServeVolume VolumeB"]);
    expect(await operate("apply", "--hash", hash)).toMatchObject({
      code: 1,
      err: expect.stringContaining("look at the plan again"),
    });
    work.conf({ groups: { VG_A: ["Peer7"] } });
    expect(await operate("apply")).toMatchObject({ code: 3, err: expect.stringContaining("peer.conf:11") });
    expect((await operate("log")).out).toMatch(/reload +finished +operator \S+ \(release 12\)/);
  });

  test("pause holds a transition after the steps under way, resume lets it go on", async () => {
    work.hook("serve.sh", "until [ -e go ]; do sleep 0.02; done");
    const groups = { VG_A: ["Peer0", "VolumeA", "VolumeB"] } as const;
    work.conf({ groups, more: "[Hooks]\nserveVolume = ./serve.sh\n" });
    const service = await start();
    while (!work.read("told").includes("VolumeA")) await new Promise((done) => setTimeout(done, 10));
    expect(await operate("status")).toMatchObject({ out: expect.stringMatching(/waiting for VolumeA for \d/) });
    expect(await operate("pause", "--reason", "wait")).toMatchObject({ code: 0, out: "paused" });
    expect(await operate("pause")).toMatchObject({ code: 1 });
    work.write("go", "");
    await service.hears("is paused");
    expect((await operate("status")).out).toContain(", paused");
    expect(await operate("resume")).toMatchObject({ code: 0 });
    await service.up();
    expect(work.lines("told")).toEqual(["ServeVolume VolumeA", "ServeVolume VolumeB"]);
    await service.signal("SIGTERM", "signaled ends");
  });

  test("a journal that is gone stops the next transition, and the service ends with 5 and takes nobody down", async () => {
    work.conf();
    const service = await (await start()).up();
    for (const file of ["journal.db", "journal.db-wal", "journal.db-shm"])
      rmSync(work.path(`.signaled/${file}`), { force: true });
    const failed = await service.signal("SIGHUP", "reload failed");
    expect(failed).toMatchObject({ code: "JOURNAL_UNAVAILABLE" });
    expect((await operate("status")).out).toContain("nothing can be recorded any more");
    const from = service.lines.length;
    await service.signal("SIGTERM", "signaled ends");
    expect(await service.exit).toBe(5);
    expect(service.lines.slice(from).map(({ msg }) => msg)).not.toContain("Down");
  });
});
