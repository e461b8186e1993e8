/**
 * Virtual addresses in the order of things, and what is refused before anything moves.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { loadConf } from "../../src/conf/conf-file.ts";
import { parseConf } from "../../src/conf/conf-text.ts";
import { createTransitions } from "../../src/effects/transitions.ts";
import { memoryJournal } from "../../src/journal/memory-journal.ts";
import { addressRecord } from "../../src/participants/address-record.ts";
import { readIpAddress } from "../../src/participants/ip-address.ts";
import { callbacksOn, virtualIp } from "../../src/participants/virtual-ip.ts";
import { typed } from "../cli/typed.ts";
import { Workplace } from "../cli/workplace.ts";
import { AddressWorld, STANDING } from "./address-world.ts";

let work: Workplace;
beforeEach(() => {
  work = new Workplace();
});
afterEach(() => work.remove());

const SECTION = "[VirtualIP]\nInterface = v0\n";

function confText(addresses: Readonly<Record<string, string>>, section = SECTION): string {
  const groups = Object.entries(addresses).map(
    ([name, address], i) =>
      `[VolumeGroup:${name}]\nPrimaryPeer = Peer${name.startsWith("FAR") ? 1 : 0}\nVirtualIPAddr = ${address}\nVolumeList = ${name.startsWith("EMPTY") ? "" : `V${i}`}\n`,
  );
  return `[Cluster]\nWhoAmI = Peer0\nPeers = Peer0 Peer1\n[FSGlobals]\nVolumeGroupList = ${Object.keys(addresses).join(" ")}\n${section}${groups.join("")}`;
}

describe("an address", () => {
  const lengths = { 4: 32, 6: 128 };
  test.each([
    ["10.0.0.11", { family: 4, address: "10.0.0.11", prefixLength: 32 }],
    ["10.0.0.11/24", { family: 4, address: "10.0.0.11", prefixLength: 24 }],
    ["fd00:0:0::00Ab/64", { family: 6, address: "fd00::ab", prefixLength: 64 }],
    ["FD00::1", { family: 6, address: "fd00::1", prefixLength: 128 }],
  ])("%s is read", (text, address) => expect(readIpAddress(text, lengths)).toEqual(address));
  test.each([
    ["10.0.0", "no IP address"],
    ["10.0.0.011", "no IP address"],
    ["10.0.0.1/24/8", "no IP address"],
    ["fe80::1%eth0", "no IP address"],
    ["-rf", "no IP address"],
    ["10.0.0.1/33", "from 1 to 32"],
    ["10.0.0.1/", "from 1 to 32"],
    ["fd00::1/0", "from 1 to 128"],
    ["0.0.0.0", "no host"],
    ["224.0.0.1", "no host"],
    ["::", "no host"],
    ["ff02::1", "no host"],
  ])("%s is refused: %s", (text, why) => expect(readIpAddress(text, lengths)).toContain(why));
});

describe("what is refused", () => {
  test("is listed with file and line, all of it, whoever serves the groups", async () => {
    const file = work.write(
      "peer.conf",
      confText(
        { VG_A: "10.0.0.1", VG_B: "10.0.0.300", FAR_C: "10.0.0.1", VG_D: "fd00::1", VG_E: "fd00:0::1/64" },
        "[VirtualIP]\nInterface = v0 v1\nIPv4PrefixLength = 40\nAnnounce = yes\n",
      ),
    );
    const { code, out } = await typed("check", file);
    expect(code).toBe(3);
    const problems = out.split("\n").map((line) => line.slice(file.length));
    expect(problems).toEqual([
      expect.stringMatching(/^:9: error: \[VirtualIP\] Announce is no option of it: .*Interface/),
      expect.stringMatching(/^:7: error: \[VirtualIP\] Interface names the interface/),
      expect.stringMatching(/^:8: error: \[VirtualIP\] IPv4PrefixLength is a number from 1 to 32/),
      expect.stringMatching(/^:16: error: \[VolumeGroup:VG_B\] VirtualIPAddr is '10.0.0.300', which is no IP address/),
      expect.stringMatching(
        /^:20: error: .*FAR_C\] VirtualIPAddr is wanted on two peers at once, on 'Peer1' here and on/,
      ),
      expect.stringMatching(
        /^:28: error: .*VG_E\] VirtualIPAddr has the prefix length 64, and 128 with the group 'VG_D'/,
      ),
    ]);
  });

  test("is refused by the participant itself, too, before anything moves; what the host lacks is its objection", async () => {
    const world = new AddressWorld([]);
    const { table } = world.process();
    const t = createTransitions();
    const missing = async (): Promise<string> => "is 'v0', which cannot be used here";
    const { callbacks, options } = virtualIp({ stateFile: work.path("ips"), table: { ...table, objection: missing } });
    t.register("virtual-ip", callbacks, options);
    const bad = loadConf(work.write("bad.conf", confText({ VG_A: "10.0.0.300" })));
    await expect(t.up(await bad)).rejects.toMatchObject({
      code: "VALIDATION_REFUSED",
      file: work.path("bad.conf"),
      line: 10,
    });
    const good = loadConf(work.write("good.conf", confText({ VG_A: "10.0.0.3" })));
    await expect(t.up(await good)).rejects.toMatchObject({
      code: "VALIDATION_REFUSED",
      line: 7,
      message: expect.stringContaining("cannot be used here"),
    });
    expect([...world.there]).toEqual([]);
  });

  test("where the section is missing, addresses are somebody else's matter", async () => {
    expect(await typed("check", work.write("peer.conf", confText({ VG_A: "shelf-3" }, "")))).toMatchObject({ code: 0 });
  });
});

describe("an address comes after its volumes and leaves before them", () => {
  function stage(journal = memoryJournal({ retain: Number.POSITIVE_INFINITY }), world = new AddressWorld([])) {
    const told: string[] = [];
    const { table, record } = world.process();
    world.watch((what) => told.push(what));
    const t = createTransitions({ journal, takeover: true });
    const hear = ({ type }: { readonly type: string }): void => void told.push(type);
    t.register("fs", { up: hear, serveVolume: hear, unserveVolume: hear, signaledFinish: hear }, { durable: true });
    t.register("virtual-ip", callbacksOn(table, record), { durable: true });
    return { t, told, journal, world };
  }

  test("on the way up, down, and after a crash", async () => {
    const first = stage();
    await first.t.up(parseConf(confText({ VG_A: "10.0.0.1", EMPTY_B: "10.0.0.2" })));
    expect(first.told.splice(0)).toEqual([
      ...["Up", "ServeVolume", "SignaledFinish", "add v0 10.0.0.1/32", "add v0 10.0.0.2/32"],
    ]);
    // The process is gone, and the configuration has changed meanwhile.
    const second = stage(first.journal, first.world);
    await second.t.up(parseConf(confText({ VG_A: "10.0.0.1" })));
    expect(second.told.splice(0)).toEqual(["Up", "remove v0 10.0.0.2/32", "SignaledFinish"]);
    await second.t.down();
    expect(second.told).toEqual(["remove v0 10.0.0.1/32", "UnserveVolume"]);
  });

  test("also on the way down from a transition that is held, where there is no second SignaledStart", async () => {
    const { t, told } = stage();
    const { VG_A, ...rest } = { VG_A: "10.0.0.1", VG_B: "10.0.0.2" };
    await t.up(parseConf(confText({ VG_A, ...rest })));
    t.register("late", {
      signaledStart: () => {},
      volumeGroupDestroyed: () => {
        throw new Error("no");
      },
    });
    await t.admit("late");
    await expect(t.signaled(parseConf(confText(rest)))).rejects.toMatchObject({ code: "CALLBACK_FAILED" });
    told.splice(0);
    await t.down(undefined, { force: true }).catch(() => {});
    expect(told).toEqual(["remove v0 10.0.0.2/32", "UnserveVolume"]);
  });
});

describe("the record", () => {
  test("is of this boot and this network, or it speaks of addresses that are gone", () => {
    const record = addressRecord(work.path("state/ips.json"));
    expect(record.read()).toEqual([]);
    const address = { family: 4, address: "10.0.0.1", prefixLength: 32, interface: "v0" } as const;
    record.write([address]);
    expect(record.read()).toEqual([address]);
    const text = work.read("state/ips.json");
    writeFileSync(work.path("state/ips.json"), text.replace(/"world": "/, '"world": "another '));
    expect(record.read()).toEqual([]);
    mkdirSync(work.path("broken"));
    work.write("broken/ips.json", text.slice(0, 40));
    expect(() => addressRecord(work.path("broken/ips.json")).read()).toThrow("remove the file");
  });
});

// Found by the property of virtual addresses, seed -997658853.
test("who fails at Up after a crash has the address still, the status says so, and the next up and down put it right", async () => {
  const world = new AddressWorld([]);
  const journal = memoryJournal();
  const start = () => {
    const { table, record, crashed } = world.process();
    const t = createTransitions({ journal, takeover: true, policy: "rollback", clock: STANDING });
    t.register("virtual-ip", callbacksOn(table, record), { durable: true });
    return { t, crashed };
  };
  const before = start();
  world.arm({ at: 0, kind: "crash-after" });
  void before.t.up(parseConf(confText({ VG: "fd00::3" }))).catch(() => {});
  await before.crashed;
  const { t } = start();
  world.arm({ at: 0, kind: "failure" });
  await expect(t.up(parseConf(confText({ VG: "" })))).rejects.toMatchObject({ code: "ROLLED_BACK" });
  world.arm(undefined);
  expect([...world.there.keys()]).toEqual(["v0 fd00::3/128"]);
  expect(t.status()).toMatchObject({
    state: "down",
    participants: { "virtual-ip": { up: false, groups: { VG: "Peer0" } } },
  });
  await t.up(parseConf(confText({ VG: "" })));
  expect([...world.there.keys()]).toEqual([]);
  await t.down();
  expect(t.status().participants["virtual-ip"]).toMatchObject({ up: false, groups: {} });
  await t.close();
});
