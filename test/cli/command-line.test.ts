/**
 * The command line: what is told apart, what is refused, and what help says.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Command } from "../../src/cli/command.ts";
import { confsAndOverrides, nearest, parseInvocation } from "../../src/cli/command-line.ts";
import { COMMAND_GROUPS } from "../../src/cli/commands.ts";
import type { Terminal } from "../../src/cli/terminal.ts";
import { EXIT_CODES } from "../../src/service/exit-code.ts";
import { VERSION } from "../../src/version.ts";
import { cliPage } from "./cli-page.ts";
import { runSignaled } from "./signaled-program.ts";
import { typed } from "./typed.ts";

/** The commands of a line of shell, each as its words; what one puts into another is a word there. */
function commandLines(line: string): readonly (readonly string[])[] {
  const inner = [...line.matchAll(/\$\(([^)]*)\)/g)].flatMap(([, text = ""]) => commandLines(text));
  const outer = line.replaceAll(/\$\([^)]*\)/g, "WORD").split(/\||&&|;/);
  const words = (text: string): string[] =>
    [...text.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
  return [...inner, ...outer.map((text) => words(text.replace(/\s[12]?>.*/, "").replace(/\s&\s*$/, "")))];
}

const COMMANDS = COMMAND_GROUPS.flatMap(({ commands }) => commands);

describe("overrides and files are told apart", () => {
  test.each([
    "Cluster.WhoAmI=Peer1",
    "VolumeGroup:VG_B.PrimaryPeer=Peer1",
    "Cluster.WhoAmI:Peer1",
    "FSGlobals.VolumeGroupList=a,b",
    "A.B=",
  ])("%s is an override", (text) => expect(confsAndOverrides([text])).toEqual({ confs: [], overrides: [text] }));
  test.each([
    "peer.conf",
    "./peer.conf",
    "../a.b/peer=1.conf",
    "/etc/signaled/a=b.conf",
    "-",
    "C:\\confs\\peer.conf",
    "peer",
  ])("%s is a file", (text) => expect(confsAndOverrides([text])).toEqual({ confs: [text], overrides: [] }));
});

describe("what was mistyped", () => {
  test("is answered with what was meant, and exit code 2", async () => {
    expect(await typed("chekc")).toMatchObject({ code: 2, err: expect.stringContaining("did you mean check?") });
    expect(await typed("check", "--participant", "x")).toMatchObject({
      code: 2,
      err: expect.stringContaining("did you mean --participants?"),
    });
    expect(await typed("check")).toMatchObject({ code: 2, err: expect.stringContaining("signaled check CONF") });
    expect(await typed("check", "a.conf", "b.conf")).toMatchObject({
      code: 2,
      err: expect.stringContaining("'b.conf' is another"),
    });
    expect(await typed("plan", "--order")).toMatchObject({ code: 2, err: expect.stringContaining("--order") });
    expect(await typed("why", "ServeVolum", "x")).toMatchObject({
      code: 2,
      err: expect.stringContaining("ServeVolume?"),
    });
    expect(await typed("skip", "--as", "done")).toMatchObject({
      code: 2,
      err: expect.stringContaining("applied or not-applied"),
    });
  });

  test("run refuses what it could not read again", async () => {
    expect(await typed("run", "-")).toMatchObject({ code: 2, err: expect.stringContaining("give a file") });
    expect(await typed("run", "a.conf", "--deadline", "soon")).toMatchObject({
      code: 2,
      err: expect.stringContaining("30s"),
    });
    expect(await typed("run", "a.conf", "--retries", "0")).toMatchObject({
      code: 2,
      err: expect.stringContaining("from 1"),
    });
  });

  test("is not answered with something far-fetched", () => {
    expect(
      nearest(
        "frobnicate",
        COMMANDS.map(({ name }) => name),
      ),
    ).toBeUndefined();
    expect(nearest("rol", ["run"])).toBeUndefined();
  });
});

describe("help", () => {
  test.each(COMMANDS.map(({ name }) => name))("of %s has usage, options and examples", async (name) => {
    const { code, out } = await typed(name, "--help");
    expect(code).toBe(0);
    for (const part of [`signaled ${name}`, "Options", "--help", "Examples"]) expect(out).toContain(part);
    expect((await COMMANDS.find((entry) => entry.name === name)?.load())?.name).toBe(name);
  });

  test.each(COMMANDS.map(({ name }) => name))("examples of %s are command lines that it takes", async (name) => {
    const command = await COMMANDS.find((entry) => entry.name === name)?.load();
    const own = command?.examples.flatMap(([line]) => commandLines(line)) ?? [];
    expect(own.length).toBeGreaterThan(0);
    for (const [program, asked, ...args] of own) {
      if (program !== "signaled") continue;
      const entry = await COMMANDS.find((each) => each.name === asked)?.load();
      expect(entry, `${asked} in an example of ${name}`).toBeDefined();
      expect(() => parseInvocation(entry as Command, args, {} as Terminal)).not.toThrow();
    }
  });

  test("of the program lists every command and exit code", async () => {
    const { out } = await typed("--help");
    for (const { name } of COMMANDS) expect(out).toMatch(new RegExp(`^ {2}${name} `, "m"));
    for (const { code, meaning } of Object.values(EXIT_CODES)) expect(out).toContain(`  ${code}  ${meaning}`);
    expect(await typed()).toMatchObject({ code: 2, out: "" });
  });

  test("and docs/cli.md say the same", async () => {
    const file = new URL("../../docs/cli.md", import.meta.url);
    const page = readFileSync(file, "utf8");
    const made = await cliPage(page);
    if (process.env["UPDATE"] !== undefined) writeFileSync(file, made);
    else expect(page, "run UPDATE=1 npx vitest run test/cli to generate it").toBe(made);
  });
});

test("the version is the package's, and asking for it loads nothing else", async () => {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  expect(VERSION).toBe(version);
  expect(await runSignaled(["--version"], { cwd: "/" })).toEqual({ code: 0, out: `signaled ${version}\n`, err: "" });
});
