/**
 * `signaled fmt` and `signaled upgrade`: files are rewritten, and say the same.
 */
import { readFileSync } from "node:fs";
import { fc, test as property } from "@fast-check/vitest";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { formatConf } from "../../src/cli/conf-format.ts";
import { parseConf } from "../../src/conf/conf-text.ts";
import { typed } from "./typed.ts";
import { originalConf, Workplace } from "./workplace.ts";

let work: Workplace;

beforeEach(() => {
  work = new Workplace();
});
afterEach(() => work.remove());

const UNTIDY = `

# Who we are
[Cluster]   ; this peer
WhoAmI:Peer0 # us
Peers =   Peer0,Peer1   Peer2
# Elsewhere


.include    ./other.conf
  # The groups
 [FSGlobals]
VolumeGroupList=
A\\u0020B = a\\u002Cb
`;

const TIDY = `# Who we are
[Cluster]  ; this peer
WhoAmI = Peer0  # us
Peers  = Peer0, Peer1, Peer2
# Elsewhere

.include ./other.conf

# The groups
[FSGlobals]
VolumeGroupList =
A\\u0020B = a\\u002Cb
`;

describe("signaled fmt", () => {
  test("prints one form, with comments and includes where they were", async () => {
    work.write("other.conf", "[X]\na = b\n");
    const conf = work.write("untidy.conf", UNTIDY.replace("A\\u0020B", "AB"));
    const tidy = TIDY.replace("VolumeGroupList =\nA\\u0020B = ", "VolumeGroupList =\nAB              = ");
    expect(await typed("fmt", conf)).toEqual({ code: 0, out: tidy.trimEnd(), err: "" });
    expect(await typed("fmt", "--check", conf)).toMatchObject({ code: 1, out: conf });
    expect(work.read("untidy.conf")).toContain("WhoAmI:Peer0");
    expect(await typed("fmt", "--write", conf)).toEqual({ code: 0, out: "", err: "" });
    expect(work.read("untidy.conf")).toBe(tidy);
    expect(await typed("fmt", "--check", conf)).toMatchObject({ code: 0, out: "" });
  });

  test("--flatten prints one file of everything, from any form", async () => {
    const json = work.write("a.json", '{"Cluster": {"WhoAmI": ["Peer0"], "Peers": []}}');
    const { out } = await typed("fmt", "--flatten", json);
    expect(parseConf(`${out}\n`).toJSON()).toEqual({ Cluster: { WhoAmI: ["Peer0"], Peers: [] } });
    expect(await typed("fmt", json)).toMatchObject({ code: 2, err: expect.stringContaining("--flatten") });
  });

  const lines = fc.constantFrom(
    ...[
      "[A]",
      "[B:c]  # x",
      "a=1",
      "b : 2 , 3;x",
      "long-option=v",
      "",
      "  ",
      "# c",
      "; d",
      ":a=b",
      "a:b$=c",
      "c$=1",
      "d=\\u0020",
      'e="x,y"',
      "\tf =  g\th",
    ],
  );
  property.prop([fc.array(lines, { maxLength: 12 }), fc.constantFrom("\n", "\r\n")], { numRuns: 500 })(
    "says the same as before, and is its own form",
    (parts, end) => {
      const text = ["[S]", ...parts, ""].join(end);
      const form = formatConf(text);
      expect(parseConf(form).toJSON()).toEqual(parseConf(text).toJSON());
      expect(formatConf(form)).toBe(form);
    },
  );

  test.skipIf(originalConf("proxyfsd/default.conf") === undefined)("the original's default.conf says the same", () => {
    const text = readFileSync(originalConf("proxyfsd/default.conf") as string, "utf8");
    expect(parseConf(formatConf(text)).equals(parseConf(text))).toBe(true);
    expect(formatConf(text).match(/#/g)?.length).toBe(text.match(/#/g)?.length);
  });
});

const LEGACY = `[Cluster]
WhoAmI = Peer0
Peers = Peer0
[FSGlobals]
VolumeList = VolumeA
[Volume:VolumeA]
PrimaryPeer = Peer0
FlowControl = Flow
[FlowControl:Flow]
MaxFlushSize = 10
MaxFlushTime = 1s
ReadCacheLineSize = 4
ReadCacheWeight = 100
`;

describe("signaled upgrade", () => {
  test("prints the new form, and --write keeps the old one beside it", async () => {
    const conf = work.write("old.conf", LEGACY);
    const { code, out } = await typed("upgrade", conf);
    expect(code).toBe(0);
    expect(parseConf(`${out}\n`).strings("FSGlobals", "VolumeGroupList")).toEqual(["VolumeA"]);
    expect(work.read("old.conf")).toBe(LEGACY);
    expect(await typed("upgrade", "--write", conf)).toMatchObject({ code: 0, out: "" });
    expect(work.read("old.conf")).toBe(`${out}\n`);
    expect(work.read("old.conf.before-upgrade")).toBe(LEGACY);
    expect(await typed("upgrade", conf)).toMatchObject({ code: 0, err: expect.stringContaining("nothing to upgrade") });
  });

  test("refuses what cannot be upgraded, with its place", async () => {
    const conf = work.write("old.conf", LEGACY.replace("FlowControl = Flow\n", ""));
    expect(await typed("upgrade", conf)).toMatchObject({ code: 3, err: expect.stringContaining("FlowControl") });
  });
});
