/**
 * The service as its users meet it: started, reloaded, reloaded with a typo, stopped; all with real signals.
 */
import { execFileSync } from "node:child_process";
import { linkSync, readFileSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { servicesIn } from "../cli/service-of-each-test.ts";
import { type RunningService, runSignaled } from "../cli/signaled-program.ts";
import { typed } from "../cli/typed.ts";
import { originalConf, type Workplace } from "../cli/workplace.ts";

let work: Workplace;
const startIn = servicesIn((given) => {
  work = given;
});

const start = (...args: readonly string[]) => startIn(["peer.conf", ...args]);

const eventsOf = (service: RunningService, from = 0): readonly string[] =>
  service.lines
    .slice(from)
    .filter(({ participant }) => participant === "logger")
    .map(({ msg, volumeName, volumeGroupName }) => [msg, volumeName ?? volumeGroupName].filter(Boolean).join(" "));

describe("signaled run", () => {
  test("comes up, reloads at SIGHUP, refuses a typo, and goes down at SIGTERM", async () => {
    work.conf();
    const service = await (await start("--pid-file", "signaled.pid")).up();
    expect(eventsOf(service)).toEqual([
      "Up",
      "VolumeGroupCreated VG_A",
      "VolumeGroupCreated VG_B",
      "ServeVolume VolumeA",
      "SignaledFinish",
    ]);
    expect(work.read("signaled.pid")).toBe(`${service.process.pid}\n`);

    work.conf({ groups: { VG_A: ["Peer1", "VolumeA"], VG_B: ["Peer0", "VolumeB"] } });
    let from = service.lines.length;
    await service.signal("SIGHUP", "reload finished");
    expect(eventsOf(service, from)).toEqual([
      "SignaledStart",
      "UnserveVolume VolumeA",
      "VolumeGroupMoved VG_A",
      "VolumeGroupMoved VG_B",
      "ServeVolume VolumeB",
      "SignaledFinish",
    ]);

    from = service.lines.length;
    work.write("peer.conf", `${work.read("peer.conf")}\nno assignment here\n`);
    const refused = await service.signal("SIGHUP", "reload refused");
    expect(refused).toMatchObject({
      level: "error",
      code: "CONF_SYNTAX",
      file: join(work.folder, "peer.conf"),
      line: 19,
    });
    expect(refused.msg).toContain("stays on the configuration that it has");
    work.conf({ groups: { VG_A: ["Peer7", "VolumeA"] } });
    expect((await service.signal("SIGHUP", "reload refused: ")).msg).toMatch(
      /peer\.conf:11: .*Peer7.*not in \[Cluster\] Peers/,
    );
    expect(eventsOf(service, from)).toEqual([]);

    from = service.lines.length;
    await service.signal("SIGTERM", "signaled ends");
    expect(await service.exit).toBe(0);
    expect(eventsOf(service, from)).toEqual([
      "SignaledStart",
      "UnserveVolume VolumeB",
      "VolumeGroupDestroyed VG_B",
      "VolumeGroupDestroyed VG_A",
      "Down",
    ]);
    expect(work.read("signaled.pid")).toBe("");
    expect(service.other).toEqual([]);
  });

  test("ignores signals that would end it for no reason", async () => {
    work.conf();
    const service = await (await start()).up();
    for (const name of ["SIGPIPE", "SIGUSR1", "SIGUSR2", "SIGALRM"] as const) service.process.kill(name);
    await service.signal("SIGINT", "signaled ends");
    expect(await service.exit).toBe(0);
    // Nothing of Node's debugger, which SIGUSR1 starts by default.
    expect(service.other).toEqual([]);
  });

  test("a configuration that is refused at the start ends with 3, and one that another service uses with 5", async () => {
    work.conf({ groups: { VG_A: ["Peer7", "VolumeA"] } });
    const refused = await start();
    expect(await refused.exit).toBe(3);
    expect(refused.text).toContain("peer.conf:11:");

    work.conf();
    const first = await (await start()).up();
    const second = await start();
    expect(await second.exit).toBe(5);
    expect(second.text).toContain(`process ${first.process.pid}`);
    expect(second.text).toContain("--takeover");

    const third = await (await start("--takeover")).up();
    await first.signal("SIGHUP", "ending without calling any participant");
    expect(await first.exit).toBe(5);
    // The fenced one left the newcomer's socket alone.
    expect((await runSignaled(["status"], { cwd: work.folder })).out).toContain(`pid ${third.process.pid}`);
  });

  test("the configuration that was read last is gone to, though an older reading ends later", async () => {
    work.conf();
    const service = await (await start()).up();
    const later = work.conf({ groups: { VG_A: ["Peer1", "VolumeA"] } }, "later.conf");
    // A pipe stands for a slow disk: whoever reads it waits until somebody writes.
    execFileSync("mkfifo", [work.path("pipe")]);
    linkSync(work.path("pipe"), work.path("slow.conf"));
    renameSync(work.path("slow.conf"), work.path("peer.conf"));
    service.process.kill("SIGHUP");
    await new Promise((done) => setTimeout(done, 200));
    renameSync(later, work.path("peer.conf"));
    await service.signal("SIGHUP", "reload finished");
    const from = service.lines.length;
    work.write("pipe", readFileSync(work.conf({}, "older.conf"), "utf8"));
    await new Promise((done) => setTimeout(done, 200));
    expect(eventsOf(service, from)).toEqual([]);
  });

  test("participants of a module take part in the order in which they register; a bad module is named", async () => {
    work.conf();
    work.write(
      "own.mjs",
      `import { appendFileSync } from "node:fs";
       const note = (name) => (event) => appendFileSync("told", name + " " + event.type + " " + (event.volumeName ?? "") + "\\n");
       setInterval(() => {}, 1000); // left open: it must not keep the service
       export default async (signaled) => {
         signaled.register("mounts", { serveVolume: note("mounts"), unserveVolume: note("mounts") });
         signaled.register("shares", { serveVolume: note("shares"), unserveVolume: note("shares") }, { after: ["mounts"] });
       };`,
    );
    const service = await (await start("--participants", "./own.mjs", "--order", "proxyfs")).up();
    await service.signal("SIGTERM", "signaled ends");
    expect(await service.exit).toBe(0);
    expect(work.lines("told").map((line) => line.trim())).toEqual([
      "mounts ServeVolume VolumeA",
      "shares ServeVolume VolumeA",
      "shares UnserveVolume VolumeA",
      "mounts UnserveVolume VolumeA",
    ]);

    work.write("bad.mjs", "export const nothing = 1;");
    const refused = await start("--participants", "./bad.mjs");
    expect(await refused.exit).toBe(1);
    expect(refused.text).toContain("./bad.mjs has no default export");
  });

  test("[Logging] moves the log to a file, which is opened anew at SIGHUP; one that cannot be opened stops nothing", async () => {
    work.conf({ more: "[Logging]\nLogFilePath = signaled.log\nDebugLevelLogging = logger\n" });
    const service = await start();
    while (!work.read("signaled.log").includes("the service is up")) await new Promise((done) => setTimeout(done, 20));
    const inode = statSync(work.path("signaled.log")).ino;
    expect(work.read("signaled.log")).toContain('"VolumeCreated"');
    expect(service.lines.map(({ msg }) => msg)).not.toContain("Up");

    renameSync(work.path("signaled.log"), work.path("signaled.log.1"));
    service.process.kill("SIGHUP");
    while (!work.read("signaled.log").includes("reload finished")) await new Promise((done) => setTimeout(done, 20));
    expect(statSync(work.path("signaled.log")).ino).not.toBe(inode);
    expect(work.read("signaled.log.1")).toContain("SignaledStart");

    // What [Logging] says is checked like everything else, before anything moves.
    work.conf({ more: "[Logging]\nLogFilePath = signaled.log\nLogToConsole = perhaps\n" });
    service.process.kill("SIGHUP");
    while (!work.read("signaled.log").includes("reload refused")) await new Promise((done) => setTimeout(done, 20));
    expect(work.read("signaled.log").match(/SignaledStart/g)).toBeNull();

    work.conf({ more: "[Logging]\nLogFilePath = missing/signaled.log\n" });
    const failed = await service.signal("SIGHUP", "cannot be opened");
    expect(failed).toMatchObject({ level: "error", file: "missing/signaled.log" });
    await service.hears("reload finished");
    await service.signal("SIGTERM", "signaled ends");
    expect(await service.exit).toBe(0);
  });

  test.skipIf(originalConf("history/1.8.0/proxyfsd/default.conf") === undefined)(
    "a configuration of the original from before volume groups comes up, and its upgrade is accepted as it is",
    async () => {
      const legacy = await startIn([originalConf("history/1.8.0/proxyfsd/default.conf") as string]);
      // Its log goes where it says: to a file in the working directory.
      while (!work.read("proxyfsd.log").includes("the service is up"))
        await new Promise((done) => setTimeout(done, 20));
      expect(work.read("proxyfsd.log")).toMatch(/"volumeName":"CommonVolume","msg":"ServeVolume"/);
      await legacy.signal("SIGTERM", "signaled ends");
      expect(await legacy.exit).toBe(0);
      const upgraded = await typed("upgrade", originalConf("history/1.8.0/proxyfsd/default.conf") as string);
      work.write("peer.conf", `${upgraded.out}\n`);
      expect(await typed("check", work.path("peer.conf"))).toMatchObject({ code: 0 });
    },
  );
});
