/**
 * The history commands over a journal in which everything has happened: a start, a failed reload that was rolled back, a
 * refusal, a finished reload, a crash.
 */
import { spawn, spawnSync } from "node:child_process";
import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadConf } from "../../src/conf/conf-file.ts";
import { createTransitions } from "../../src/effects/transitions.ts";
import { sqliteJournal } from "../../src/journal/sqlite-journal.ts";
import { RunningService, signaledProgram } from "./signaled-program.ts";
import { type Typed, typed } from "./typed.ts";
import { Workplace } from "./workplace.ts";

let work: Workplace;
let broken = true;

beforeAll(async () => {
  work = new Workplace();
  const journal = sqliteJournal(work.path("journal.db"));
  const t = createTransitions({ journal, policy: "rollback" });
  t.register(
    "mounts",
    {
      serveVolume({ volumeName }) {
        if (broken && volumeName === "VolumeB") throw new Error("no room");
      },
    },
    { durable: true },
  );
  const before = await loadConf(work.conf({}, "before.conf"));
  const moved = { groups: { VG_A: ["Peer1", "VolumeA"], VG_B: ["Peer0", "VolumeB"] } } as const;
  const after = await loadConf(work.conf(moved, "after.conf"));
  const wrong = await loadConf(work.conf({ groups: { VG_A: ["Peer7", "VolumeA"] } }, "wrong.conf"));
  await t.up(before, { cause: { how: "start", who: "ada" } });
  await t.signaled(after, { cause: { how: "signal", who: "SIGHUP" } }).catch(() => {});
  await t.signaled(wrong, { cause: { how: "signal", who: "SIGHUP" } }).catch(() => {});
  broken = false;
  await t.signaled(after, { cause: { how: "operator", who: "ada", reason: "mended" } });
  await t.close();
});
afterAll(() => work.remove());

function ask(command: string, ...args: readonly string[]): Promise<Typed> {
  return typed(command, ...args, "--journal", work.path("journal.db"));
}

async function seqOfReload(): Promise<number> {
  const { out } = await ask("log", "--json");
  const chapters = out.split("\n").map((line) => JSON.parse(line));
  return chapters.find(({ outcome, kind }) => kind === "signaled" && outcome === "finished").seq;
}

describe("signaled log", () => {
  test("lists transitions and refusals with who asked, what became of them, and why not", async () => {
    const { code, out } = await ask("log");
    expect(code).toBe(0);
    const lines = out.split("\n").map((line) => line.replace(/^ *\d+ {2}\S+ \S+/, "").trim());
    expect(lines[0]).toMatch(/^process \d+ on \S+ \(signaled \S+, epoch 1\)$/);
    expect(lines[1]).toMatch(/^start +finished +start ada {2}\w+\.1, \d+ ms$/);
    expect(lines[2]).toMatch(/^reload +rolled-back +signal SIGHUP {2}\w+\.2, /);
    expect(lines[3]).toBe("participant 'mounts': ServeVolume of 'VolumeB' failed: no room");
    expect(lines[4]).toMatch(/^rollback +finished +policy mounts {2}\w+\.3, /);
    expect(lines[5]).toMatch(/^reload +refused +signal SIGHUP$/);
    expect(lines[6]).toMatch(/^CONF_INVALID: \S+wrong\.conf:11: .*'Peer7'/);
    expect(lines[7]).toMatch(/^reload +finished +operator ada \(mended\) {2}\w+\.4, /);
    expect(lines).toHaveLength(8);
  });

  test("filters by volume, participant and time, and shows events", async () => {
    const count = async (...filter: string[]) =>
      (await ask("log", "--json", ...filter)).out.split("\n").filter((line) => line !== "").length;
    expect(await count()).toBe(6);
    expect(await count("--volume", "VolumeB")).toBe(2);
    expect(await count("--volume", "VG_A", "--participant", "mounts")).toBe(2);
    expect(await count("--participant", "mounts")).toBe(4);
    expect(await count("--since", "1h")).toBe(6);
    expect(await count("--until", "1h")).toBe(0);
    expect(await ask("log", "--since", "yesterday")).toMatchObject({ code: 2, err: expect.stringContaining("90m") });
    expect((await ask("log", "--events", "--volume", "VolumeB")).out).toMatch(/ServeVolume ↑ +VolumeB +mounts/);
  });

  test("--follow lists what is added, beside the writer", async () => {
    const folder = new Workplace();
    const follower: string[] = [];
    try {
      folder.conf();
      const service = await (await RunningService.start(["peer.conf"], { cwd: folder.folder })).up();
      const child = spawn(process.execPath, [await signaledProgram(), "log", "--follow"], { cwd: folder.folder });
      child.stdout.on("data", (chunk) => follower.push(String(chunk)));
      while (!follower.join("").includes("start")) await delay(20);
      await service.signal("SIGHUP", "reload finished");
      while (!follower.join("").includes("signal SIGHUP")) await delay(20);
      child.kill();
      await service.kill();
    } finally {
      folder.remove();
    }
    expect(follower.join("")).toMatch(/reload +unchanged +signal SIGHUP/);
  });
});

describe("signaled why", () => {
  test("names setting, file, line, rule, who asked, and who was told", async () => {
    const { code, out } = await ask("why", "ServeVolume", "VolumeB");
    expect(code).toBe(0);
    expect(out).toContain(
      "the volume's group is served by this peer now: [VolumeGroup:VG_B] PrimaryPeer: Peer1 → Peer0",
    );
    expect(out).toMatch(/after\.conf:16\)/);
    expect(out).toMatch(/who {3}operator ada \(mended\)/);
    expect(out).toMatch(/told {2}mounts$/);
  });

  test("--all shows every time, with what became of the step; what never was is said so", async () => {
    const { out } = await ask("why", "servevolume", "VolumeB", "--all");
    expect(out).toMatch(
      /told {2}mounts \(failed\)\n {2}but {3}participant 'mounts': ServeVolume of 'VolumeB' failed: no room/,
    );
    const json = JSON.parse((await ask("why", "ServeVolume", "VolumeA", "--all", "--json")).out);
    expect(json.map(({ kind }: { kind: string }) => kind)).toEqual(["up", "rollback"]);
    expect(json[1].reason).toMatch(/served by this peer now: \[VolumeGroup:VG_A\] PrimaryPeer: Peer1 → Peer0/);
    expect(await ask("why", "ServeVolume", "VolumeC")).toMatchObject({
      code: 1,
      err: expect.stringContaining("no ServeVolume VolumeC"),
    });
    expect(await ask("why", "ServeVolume")).toMatchObject({ code: 2, err: expect.stringContaining("name it") });
    expect(await ask("why", "Up", "VolumeA")).toMatchObject({ code: 2 });
  });
});

describe("signaled replay and diff", () => {
  test("show where everybody was, and what changed between two moments", async () => {
    const seq = await seqOfReload();
    const then = JSON.parse((await ask("replay", "--at", String(seq - 1), "--json")).out);
    expect(
      then.participants.find(({ participant }: { participant: string }) => participant === "mounts"),
    ).toMatchObject({
      up: true,
      served: ["VolumeA"],
      groups: { VG_A: "Peer0", VG_B: "Peer1" },
    });
    const { out } = await ask("replay");
    expect(out).toMatch(/^up {2}after fact \d+, TransitionFinished/);
    expect(out).toMatch(/mounts +up +VG_A VG_B +VolumeB/);
    expect((await ask("replay", "--at", "0")).out).toContain("down  after fact 0, nothing");
    expect(await ask("replay", "--at", "9999")).toMatchObject({
      code: 2,
      err: expect.stringContaining("no fact 9999"),
    });

    const changes = (await ask("diff", String(seq - 1), "0s")).out.split("\n");
    expect(changes).toContain("- [VolumeGroup:VG_A] PrimaryPeer = Peer0");
    expect(changes.find((line) => line.startsWith("+ [VolumeGroup:VG_A] PrimaryPeer = Peer1"))).toMatch(
      /after\.conf:11\)$/,
    );
    expect(changes).toContain("mounts serves VolumeA no more");
    expect(changes).toContain("mounts serves VolumeB");
    expect(changes).toContain("mounts group VG_A: Peer0 → Peer1");
    expect((await ask("diff", "3", "3")).out).toContain("nothing changed");
    expect((await ask("diff", "1h", "0s")).out).toContain("before the first fact");
  });
});

test("replay --step walks through the facts, in both directions", async () => {
  const args = [await signaledProgram(), "replay", "--at", "4", "--step", "--journal", work.path("journal.db")];
  const { stdout, status } = spawnSync(process.execPath, args, { input: "\nb\n9999\n1\nq\n", encoding: "utf8" });
  expect(status).toBe(0);
  const last = (JSON.parse((await ask("replay", "--json")).out) as { seq: number }).seq;
  expect([...stdout.matchAll(/after fact (\d+)/g)].map(([, seq]) => Number(seq))).toEqual([4, 5, 4, last, 1]);
});

describe("signaled verify", () => {
  test("says that a journal is sound, and gives the place where it is not", async () => {
    expect(await ask("verify")).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^sound {2}\d+ facts, \d+ checkpoints, head [0-9a-f]{64}$/),
    });
    const journal = work.path("journal.db");
    const at = readFileSync(journal).indexOf("mended");
    const file = openSync(journal, "r+");
    writeSync(file, "menDed", at);
    closeSync(file);
    const { code, out } = await ask("verify");
    expect(code).toBe(5);
    expect(out).toMatch(/^damaged {2}.*fact \d+/m);
    const json = JSON.parse((await ask("verify", "--json")).out);
    expect(json).toMatchObject({ ok: false, problems: [{ seq: expect.any(Number) }] });
    expect(await ask("log")).toMatchObject({ code: 5 });
  });

  test("a journal that is not there is exit code 5, and none is made", async () => {
    expect(await typed("log", "--journal", work.path("none.db"))).toMatchObject({
      code: 5,
      err: expect.stringContaining("no such file"),
    });
    expect(work.read("none.db")).toBe("");
  });
});

test("a reader that goes away is no error", async () => {
  const conf = work.write(
    "large.conf",
    `[S]\n${Array.from({ length: 20_000 }, (_, i) => `option${i} = value\n`).join("")}`,
  );
  const line = `"${process.execPath}" "${await signaledProgram()}" fmt "${conf}" | head -1; echo "$\{PIPESTATUS[0]}"`;
  const { stdout, stderr } = spawnSync("bash", ["-c", line], { encoding: "utf8" });
  expect(stdout).toBe("[S]\n0\n");
  expect(stderr).toBe("");
});
