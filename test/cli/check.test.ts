/**
 * `signaled check`: all problems at once, each with its place, and the exit code that scripts go by.
 */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { typed } from "./typed.ts";
import { originalConf, Workplace } from "./workplace.ts";

let work: Workplace;

beforeEach(() => {
  work = new Workplace();
});
afterEach(() => work.remove());

describe("signaled check", () => {
  test("a sound configuration is summed up, as the peer that it is read as", async () => {
    const conf = work.conf();
    expect(await typed("check", conf)).toEqual({
      code: 0,
      out: "ok  Peer0: 2 volume groups, 2 volumes; serves VG_A",
      err: "",
    });
    expect((await typed("check", conf, "Cluster.WhoAmI=Peer2")).out).toContain(
      "Peer2: 2 volume groups, 2 volumes; serves nothing",
    );
  });

  test("of many groups the first are named", async () => {
    const groups = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`G${i}`, ["Peer0"] as const]));
    expect((await typed("check", work.conf({ groups }))).out).toMatch(/serves G0, G1, G2, G3, G4, G5, and 3 more$/);
  });

  test("all problems are found at once, each with file and line: topology, logging and hooks", async () => {
    const conf = work.conf({
      groups: { VG_A: ["Peer7", "VolumeA"], VG_B: ["Peer1", "VolumeA"] },
      more: "[Logging]\nLogToConsole = perhaps\n[Hooks]\nserveVolume = ./missing.sh\nServeVolume = ./x.sh\nupp = ./x.sh\ndown = no-such-program-anywhere\n",
    });
    const { code, out } = await typed("check", conf);
    expect(code).toBe(3);
    const lines = out.split("\n");
    expect(lines).toHaveLength(7);
    const expected = [
      /:11: error: .*PrimaryPeer is 'Peer7', which is not in \[Cluster\] Peers/,
      /:14: error: volume 'VolumeA' is in two volume groups, 'VG_A' and 'VG_B'/,
      /:19: error: \[Logging\]LogToConsole is "perhaps"/,
      /:21: error: \[Hooks\] serveVolume names .*missing\.sh, which is not there/,
      /:22: error: \[Hooks\] ServeVolume is no callback: it is written serveVolume/,
      /:23: error: \[Hooks\] upp is no callback/,
      /:24: error: \[Hooks\] down names 'no-such-program-anywhere', which is not found in PATH/,
    ];
    expected.forEach((pattern, i) => void expect(lines[i]).toMatch(pattern));
    for (const line of lines) expect(line.startsWith(`${conf}:`)).toBe(true);
  });

  test("participants are asked as well, and warnings refuse nothing", async () => {
    const conf = work.conf({ whoAmI: "Peer9" });
    work.write(
      "own.mjs",
      `export default (signaled) => signaled.register("mounts", {}, { validate: () => ["no room", "no time"] });`,
    );
    const warned = await typed("check", conf);
    expect(warned.code).toBe(0);
    expect(warned.out).toMatch(/:2: warning: \[Cluster\] WhoAmI is 'Peer9'/);
    const { code, out } = await typed("check", conf, "--participants", work.path("own.mjs"));
    expect(code).toBe(3);
    expect(out).toContain("error: mounts: no room\nerror: mounts: no time");
  });

  test("a missing hook is found once, though exec finds it as well", async () => {
    const conf = work.conf({ more: "[Hooks]\nup = ./missing.sh\n" });
    const { code, out } = await typed("check", conf);
    expect(code).toBe(3);
    expect(out.split("\n")).toHaveLength(1);
  });

  test("--json has problems with rule, section, option, file and line", async () => {
    const conf = work.conf({ groups: { VG_A: ["Peer7", "VolumeA"] } });
    const { out } = await typed("check", conf, "--json");
    expect(JSON.parse(out)).toMatchObject({
      ok: false,
      problems: [{ rule: "unknown-peer", section: "VolumeGroup:VG_A", option: "PrimaryPeer", file: conf, line: 11 }],
      warnings: [],
    });
  });

  test("what cannot be read is a problem with its place, too", async () => {
    const conf = work.write("broken.conf", "[Cluster]\nWhoAmI Peer0\n");
    const { code, out } = await typed("check", conf);
    expect(code).toBe(3);
    expect(out.startsWith(`${conf}:2: error: `)).toBe(true);
    expect((await typed("check", work.path("missing.conf"))).out).toContain(
      "missing.conf:1: error: this conf cannot be read (ENOENT)",
    );
  });
});

describe.skipIf(originalConf("proxyfsd/proxyfsd1.conf") === undefined)("the original's own configurations", () => {
  test.each(["proxyfsd1.conf", "proxyfsd2.conf", "proxyfsd3.conf"])(
    "%s names a peer that is not there",
    async (name) => {
      const { code, out } = await typed("check", originalConf(`proxyfsd/${name}`) as string);
      expect(code).toBe(3);
      expect(out).toMatch(/file_server\.conf:\d+: error: .*PrimaryPeer is 'Peer0', which is not in \[Cluster\] Peers/);
      expect(out).toContain("(it names 'Peer1', 'Peer2', 'Peer3')");
    },
  );

  test.each([
    "proxyfsd/default.conf",
    "proxyfsd/macproxyfsd1.conf",
    "sait/sait2/proxyfs.conf",
    "confgen/sample-proxyfs-configuration/proxyfs.conf",
    "history/1.8.0/proxyfsd/default.conf",
  ])("%s is accepted", async (path) => {
    expect(await typed("check", originalConf(path) as string)).toMatchObject({ code: 0 });
  });
});
