/**
 * `signaled plan`: the dry run in all its forms.
 */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CALLBACKS, CONTRACT_CALLBACKS } from "../../src/plan/lifecycle-event.ts";
import { typed } from "./typed.ts";
import { originalConf, Workplace } from "./workplace.ts";

let work: Workplace;
let before: string;
let after: string;

beforeEach(() => {
  work = new Workplace();
  before = work.conf({}, "before.conf");
  after = work.conf(
    { groups: { VG_A: ["Peer1", "VolumeA"], VG_C: ["Peer0", "VolumeC"], VG_B: ["Peer1", "VolumeB"] } },
    "after.conf",
  );
  const methods = CONTRACT_CALLBACKS.map((name) => `${CALLBACKS[name].method}() {}`).join(", ");
  work.write(
    "own.mjs",
    `export default (signaled) => { signaled.register("mounts", { ${methods} }); signaled.register("shares", { serveVolume() {} }); };`,
  );
});
afterEach(() => work.remove());

describe("signaled plan", () => {
  test("shows phases, events and participants as a table, in dispatch order", async () => {
    const { code, out, err } = await typed("plan", before, after, "--participants", work.path("own.mjs"));
    expect(code).toBe(0);
    expect(out).toBe(
      [
        "VolumeToBeUnserved ↓   VolumeA           mounts logger",
        "SignaledStart ↓                          mounts logger",
        "VolumeGroupCreated ↑   VG_C on Peer0     logger mounts",
        "VolumeCreated ↑        VolumeC in VG_C   logger mounts",
        "UnserveVolume ↓        VolumeA           mounts logger",
        "VolumeGroupMoved ↑     VG_A on Peer1     logger mounts",
        "ServeVolume ↑          VolumeC           logger mounts shares",
        "SignaledFinish ↑                         logger mounts",
      ].join("\n"),
    );
    expect(err).toMatch(/^signaled, documented order, 17 steps, plan [0-9a-f]{64}$/);
  });

  test("--json has exactly the documented shape, and the order that was asked for", async () => {
    const { out } = await typed("plan", before, after, "--json", "--order", "proxyfs");
    const plan = JSON.parse(out);
    expect(Object.keys(plan)).toEqual(["order", "command", "hash", "phases"]);
    expect(plan).toMatchObject({
      order: "proxyfs",
      command: "signaled",
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(plan.phases.map(({ callback }: { callback: string }) => callback)).toEqual([
      "VolumeToBeUnserved",
      "SignaledStart",
      "UnserveVolume",
      "VolumeGroupCreated",
      "VolumeCreated",
      "VolumeGroupMoved",
      "ServeVolume",
      "SignaledFinish",
    ]);
    expect(plan.phases[3]).toEqual({
      callback: "VolumeGroupCreated",
      direction: "registration",
      events: [{ type: "VolumeGroupCreated", volumeGroupName: "VG_C", activePeer: "Peer0", virtualIPAddr: "" }],
      participants: ["logger"],
    });
  });

  test("without OLD it is the start, with --down the end, and an override is laid over both sides", async () => {
    expect((await typed("plan", after)).out.split("\n")[0]).toMatch(/^Up ↑ +logger$/);
    expect((await typed("plan", after, "--down")).out.split("\n").at(-1)).toMatch(/^Down ↓ +logger$/);
    const elsewhere = await typed("plan", before, after, "Cluster.WhoAmI=Peer2");
    expect(elsewhere.out).not.toContain("ServeVolume");
    const same = await typed("plan", before, before);
    expect(same.out.split("\n").map((line) => line.split(" ")[0])).toEqual(["SignaledStart", "SignaledFinish"]);
  });

  test("--explain gives the setting, its place and the rule, once for the events that share it", async () => {
    const { out } = await typed("plan", before, after, "--explain");
    expect(out).toMatch(
      /VolumeGroupMoved .*\n +the group's active peer changed: \[VolumeGroup:VG_A\] PrimaryPeer: Peer0 → Peer1 \(\S*after\.conf:11\)/,
    );
    const start = await typed("plan", before, "--explain");
    expect(start.out).toMatch(
      /VolumeGroupCreated ↑ +VG_A on Peer0 +logger\n +VG_B on Peer1 +"\n +the group is listed now/,
    );
    expect(start.out.match(/the group is listed now/g)).toHaveLength(1);
  });

  test("--mermaid is a sequence diagram, in which no name can break a line", async () => {
    const { out } = await typed("plan", before, "--mermaid", "--participants", work.path("own.mjs"));
    expect(out.split("\n").slice(0, 6)).toEqual([
      "sequenceDiagram",
      "  participant s as signaled",
      "  participant p0 as logger",
      "  participant p1 as mounts",
      "  participant p2 as shares",
      "  s->>p0: Up",
    ]);
    expect(out).toContain("  s->>p2: ServeVolume VolumeA");
  });

  test("exec is there when a configuration has hooks, and only then", async () => {
    work.hook("serve.sh", "");
    const hooked = work.conf({ more: "[Hooks]\nserveVolume = ./serve.sh\n" }, "hooked.conf");
    expect((await typed("plan", before, hooked)).out).toMatch(/SignaledStart ↓ +exec logger/);
    expect((await typed("plan", before)).out).not.toContain("exec");
  });

  test("refuses what cannot be planned, with a code", async () => {
    const other = work.conf({ whoAmI: "Peer1" }, "other.conf");
    expect(await typed("plan", before, other)).toMatchObject({
      code: 3,
      err: expect.stringContaining("Cluster.WhoAmI=NAME"),
    });
    expect(await typed("plan")).toMatchObject({ code: 2 });
    expect(await typed("plan", before, after, other)).toMatchObject({ code: 2 });
    expect(await typed("plan", before, "--order", "random")).toMatchObject({
      code: 2,
      err: expect.stringContaining("documented or proxyfs"),
    });
    expect(await typed("plan", before, "Cluster.WhoAmI=a,,b")).toMatchObject({ code: 3 });
  });
});

test.skipIf(originalConf("proxyfsd/macproxyfsd1.conf") === undefined)(
  "peers of the original's cluster of three serve what is theirs",
  async () => {
    const served = async (name: string) =>
      (await typed("plan", originalConf(`proxyfsd/${name}`) as string)).out
        .split("\n")
        .filter((line) => line.startsWith("ServeVolume"));
    expect(await served("macproxyfsd1.conf")).toHaveLength(1);
    expect(await served("macproxyfsd2.conf")).toEqual([]);
    const legacy = await typed("plan", originalConf("history/1.8.0/proxyfsd/default.conf") as string);
    expect(legacy.out).toMatch(/VolumeGroupCreated ↑ +CommonVolume on Peer0/);
    expect(legacy.out).toMatch(/ServeVolume ↑ +CommonVolume/);
  },
);
