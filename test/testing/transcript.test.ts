/** The grammar of transcripts: blocks, edits of the conf, rows, and what is said where something is not right. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import type { Delivery } from "../../src/testing/trace.ts";
import { playTranscript, type TranscriptAdapter, type TranscriptCommand } from "../../src/testing/transcript.ts";
import { editConf, parseConfEdit } from "../../src/testing/transcript-conf.ts";
import { checkTranscript, lineDifference } from "../../src/testing/transcript-file.ts";
import { transcriptRows } from "../../src/testing/transcript-rows.ts";
import { TRANSCRIPT_WORDS, transitionsAdapter } from "../../src/testing/transitions-adapter.ts";

/** An adapter that says what it was given. */
function echo(): TranscriptAdapter & { readonly commands: TranscriptCommand[]; closed: number } {
  const adapter = {
    commands: [] as TranscriptCommand[],
    closed: 0,
    run: async (command: TranscriptCommand) => {
      adapter.commands.push(command);
      return command.name === "quiet" ? {} : { lines: [[command.name, ...command.args].join("|")] };
    },
    close: async () => void adapter.closed++,
  };
  return adapter;
}

describe("playTranscript", () => {
  it("gives the text back with the outputs that came, everything else untouched", async () => {
    const text = `# Prose at the top.

# What the conf says.
conf
[A]
x = 1

say hello "two words" ""
----
something else

# A command without output needs no line.
quiet

say again
+ [A] y = 2
# why y
- [A] x = 1
----`;
    expect(await playTranscript(text, echo())).toBe(`# Prose at the top.

# What the conf says.
conf
[A]
x = 1

say hello "two words" ""
----
say|hello|two words|

# A command without output needs no line.
quiet

say again
+ [A] y = 2
# why y
- [A] x = 1
----
say|again
`);
  });

  it("is at rest once its outputs are right", async () => {
    const once = await playTranscript("conf\n[A]\n\nsay 1\n\n\nsay 2\n", echo());
    expect(await playTranscript(once, echo())).toBe(once);
  });

  it("gives each command the conf with the edits so far", async () => {
    const adapter = echo();
    await playTranscript(
      "conf\n[A]\nx = 1 # one\n\nsay\n\nsay\n- [A] x = 1\n+ [A] x = 2\n\nsay\n+ [B] z = 3\n",
      adapter,
    );
    expect(adapter.commands.map(({ conf }) => conf)).toEqual([
      "[A]\nx = 1 # one\n",
      "[A]\nx = 2\n",
      "[A]\nx = 2\n[B]\nz = 3\n",
    ]);
    expect(adapter.closed).toBe(1);
  });

  it.each([
    ["conf\n[A]\n\nsay\n- [A] x = 1\n", "line 4: the conf has no [A] x = 1"],
    [
      "# prose\n\nsay\n* [A] x = 1\n",
      "line 4: expected '- [Section] Option = value' or '+ [Section] Option = value', not '* [A] x = 1'",
    ],
    ['say "open\n', "line 1: a quotation mark has no partner in 'say \"open'"],
  ])("names the line of what is wrong: %j", async (text, message) => {
    const adapter = echo();
    await expect(playTranscript(text, adapter)).rejects.toThrow(message);
  });

  it("names the line of the command that an adapter cannot carry out, and closes it", async () => {
    const adapter = { ...echo(), run: () => Promise.reject(new Error("no such thing")) };
    await expect(playTranscript("# prose\nsay\n", adapter)).rejects.toThrow("line 2: no such thing");
    const broken = echo();
    await expect(playTranscript("say\n- [A] x = 1\n", broken)).rejects.toThrow("line 1");
    expect(broken.closed).toBe(1);
  });
});

describe("edits of the conf", () => {
  const conf = "[A]\nx = 1, 2 # why\ny : 3\n\n[B]\nz =\n[A]\nw = 4\n";
  const edited = (...lines: readonly string[]): string =>
    editConf(
      conf,
      lines.map((line) => parseConfEdit(line)).filter((edit) => edit !== undefined),
    );

  it("put a line into the place of the one taken out, whichever comes first", () => {
    expect(edited("- [A] x = 1 2", "+ [A] x = 5")).toBe("[A]\nx = 5\ny : 3\n\n[B]\nz =\n[A]\nw = 4\n");
    expect(edited("- [A] y = 3", "- [B] z =", "+ [B] z = 1", "+ [A] y = 2")).toBe(
      "[A]\nx = 1, 2 # why\ny = 2\n\n[B]\nz = 1\n[A]\nw = 4\n",
    );
  });

  it("add a line at the end of its section, and a section at the end", () => {
    expect(edited("+ [B] q = 1")).toBe("[A]\nx = 1, 2 # why\ny : 3\n\n[B]\nz =\nq = 1\n[A]\nw = 4\n");
    expect(edited("+ [A] q =")).toBe("[A]\nx = 1, 2 # why\ny : 3\n\n[B]\nz =\n[A]\nw = 4\nq =\n");
    expect(edited("+ [N] q = 1", "+ [N] r = 2")).toBe(`${conf}[N]\nq = 1\nr = 2\n`);
    expect(edited("+ [N]")).toBe(`${conf}[N]\n`);
  });

  it("take a line or a section away", () => {
    expect(edited("- [A] w = 4")).toBe("[A]\nx = 1, 2 # why\ny : 3\n\n[B]\nz =\n[A]\n");
    expect(edited("- [B]")).toBe("[A]\nx = 1, 2 # why\ny : 3\n\n[A]\nw = 4\n");
  });

  it("refuse to take away what is not there", () => {
    expect(() => edited("- [A] x = 9")).toThrow("the conf has no [A] x = 9");
    expect(() => edited("- [B] x = 1")).toThrow("the conf has no [B] x = 1");
    expect(() => edited("- [C]")).toThrow("the conf has no [C]");
  });
});

describe("transcriptRows", () => {
  const serve = (participant: string, volumeName: string, more: Partial<Delivery> = {}): Delivery => ({
    ...{ participant, event: { type: "ServeVolume", volumeName } },
    ...more,
  });

  it("put everyone who heard the same into one row, and who heard something else into one of its own", () => {
    const trace: Delivery[] = [
      { participant: "a", event: { type: "Up" } },
      { participant: "b", event: { type: "Up" }, outcome: "threw" },
      ...[serve("a", "A"), serve("a", "B"), serve("b", "A"), serve("b", "B"), serve("c", "B")],
    ];
    expect(transcriptRows(trace)).toEqual([
      "Up                  a b!",
      "ServeVolume   A B   a b",
      "ServeVolume   B     c",
    ]);
  });

  it("mark what threw, what has not answered and what was tried again", () => {
    const trace = [
      serve("a", "A", { outcome: "threw" }),
      serve("a", "A", { attempt: 2 }),
      serve("a", "B", { outcome: "pending" }),
    ];
    expect(transcriptRows(trace)).toEqual([
      "ServeVolume         A!   a",
      "ServeVolume again   A    a",
      "ServeVolume         B?   a",
    ]);
  });

  it("show the arguments where asked", () => {
    const trace: Delivery[] = [
      {
        participant: "a",
        event: { type: "VolumeGroupCreated", volumeGroupName: "G", activePeer: "", virtualIPAddr: "" },
      },
      {
        participant: "a",
        event: { type: "VolumeGroupMoved", volumeGroupName: "G", activePeer: "P", virtualIPAddr: "::1" },
      },
      { participant: "a", event: { type: "VolumeMoved", volumeName: "A", volumeGroupName: "G" } },
      serve("a", "A"),
    ];
    expect(transcriptRows(trace, { details: true }).map((row) => row.split(/ {2,}/)[1])).toEqual([
      "G(nobody)",
      "G(P,::1)",
      "A(G)",
      "A",
    ]);
    expect(transcriptRows([])).toEqual([]);
  });
});

describe("checkTranscript", () => {
  const folder = mkdtempSync(join(tmpdir(), "transcript-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "a.txt");

  it("accepts what is as written, and shows the lines of what is not", async () => {
    writeFileSync(path, "say 1\n----\nsay|1\n");
    await checkTranscript(path, echo(), { update: false });
    writeFileSync(path, "say 1\r\n----\r\nsay|1\r\n");
    await checkTranscript(path, echo(), { update: false });
    writeFileSync(path, "say 1\n----\nsay|2\n");
    await expect(checkTranscript(path, echo(), { update: false })).rejects.toThrow("  say 1\n  ----\n- say|2\n+ say|1");
    expect(readFileSync(path, "utf8")).toBe("say 1\n----\nsay|2\n");
  });

  it("rewrites the file where asked", async () => {
    writeFileSync(path, "say 1\n----\nsay|2\n");
    await checkTranscript(path, echo(), { update: true });
    expect(readFileSync(path, "utf8")).toBe("say 1\n----\nsay|1\n");
  });

  it("rewrites it where the environment says so, and not where it says 0", async () => {
    for (const [value, then] of [
      ["0", "say|2"],
      ["", "say|2"],
      ["1", "say|1"],
    ] as const) {
      writeFileSync(path, "say 1\n----\nsay|2\n");
      vi.stubEnv("UPDATE_TRANSCRIPTS", value);
      await checkTranscript(path, echo()).catch(() => {});
      expect(readFileSync(path, "utf8")).toBe(`say 1\n----\n${then}\n`);
    }
    vi.unstubAllEnvs();
  });

  it("shows differences with two lines around, and what is the same in between as a gap", () => {
    const lines = (...all: readonly string[]): string => all.join("\n");
    expect(
      lineDifference(
        lines("a", "b", "c", "d", "e", "f", "g", "h", "i"),
        lines("a", "b", "C", "d", "e", "f", "g", "h", "I"),
      ),
    ).toBe(lines("  a", "  b", "- c", "+ C", "  d", "  e", "  …", "  g", "  h", "- i", "+ I"));
    expect(lineDifference(lines("a", "b"), lines("a", "x", "b"))).toBe(lines("  a", "+ x", "  b"));
  });
});

const CONF = `[Cluster]
WhoAmI = P
Peers = P
[FSGlobals]
VolumeGroupList = G
[VolumeGroup:G]
PrimaryPeer = P
VirtualIPAddr =
VolumeList = A
`;

describe("the words of the service", () => {
  it.each([
    ["dance\n", "there is no command 'dance'"],
    ["toString\n", "there is no command 'toString'"],
    ["order alphabetical\n", "expected one of documented, proxyfs, not 'alphabetical'"],
    ["fail fs Up\n", "there is no participant 'fs'"],
    ["participants fs\nhears\n", "expected '- [Section]"],
    ["participants fs\n\nhears fs ServeVolume\n\nfail fs Up\n", "fs does not hear Up"],
    ["participants fs\n\nfail fs ServeVolume\n", "ServeVolume is about a volume: say which, or '*'"],
    ["participants fs\n\nfail fs Serve A\n", "expected one of Up,"],
    ["participants fs\n\ndoubt fs Up perhaps\n", "expected one of applied, not-applied, not 'perhaps'"],
    ["wait soon\n", "expected a duration such as 500ms, 30s or 2m, not 'soon'"],
    [
      "conf\n[Cluster]\nWhoAmI = P\nPeers = P\n[FSGlobals]\nVolumeGroupList =\n\nup\n\norder proxyfs\n",
      "line 10: this is said before the first transition",
    ],
  ])("are refused where they are wrongly put: %j", async (text, message) => {
    await expect(playTranscript(text, transitionsAdapter())).rejects.toThrow(message);
  });

  it("are all told in the documentation", () => {
    const page = readFileSync(new URL("../../docs/testing.md", import.meta.url), "utf8");
    expect(TRANSCRIPT_WORDS.filter((word) => !page.includes(`\`${word}`))).toEqual([]);
  });

  it.each(["applied", "not-applied"])("in doubt is with the truth told: %s", async (truth) => {
    const served: string[] = [];
    const serveVolume = ({ volumeName }: { readonly volumeName: string }): void => void served.push(volumeName);
    const adapter = transitionsAdapter({ participants: { mounts: { callbacks: { serveVolume } } } });
    const text = `conf\n${CONF}\nparticipants mounts\n\ndoubt mounts ServeVolume * ${truth}\n\nup\n`;
    expect(await playTranscript(text, adapter)).toContain("IN_DOUBT: ");
    expect(served).toEqual(truth === "applied" ? ["A"] : []);
  });

  it("may name participants of the test's own", async () => {
    const served: string[] = [];
    const participants = {
      mounts: {
        callbacks: { serveVolume: ({ volumeName }: { readonly volumeName: string }) => void served.push(volumeName) },
      },
    };
    const text = `conf
${CONF}
participants mounts

up
----
Up                   logger
VolumeGroupCreated   G   logger
VolumeCreated        A   logger
ServeVolume          A   logger mounts
SignaledFinish           logger
finished
`;
    expect(await playTranscript(text, transitionsAdapter({ participants }))).toBe(
      text.replace("Up                   logger", "Up                       logger"),
    );
    expect(served).toEqual(["A"]);
  });
});
