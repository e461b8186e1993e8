/**
 * The law of virtual addresses: whatever is created, moved, renamed, shared and destroyed, and whatever fails or crashes on
 * the way, after each transition the addresses are those that the configuration wants, an address that is wanted before and
 * after is never absent in between, and what somebody else has added stays.
 */
import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import { ConfMap } from "../../src/conf/conf-map.ts";
import { createTransitions, type Transitions } from "../../src/effects/transitions.ts";
import { memoryJournal } from "../../src/journal/memory-journal.ts";
import type { PlacedAddress } from "../../src/participants/address-keeper.ts";
import { readIpAddress } from "../../src/participants/ip-address.ts";
import { callbacksOn } from "../../src/participants/virtual-ip.ts";
import { wantedAddresses, wantedProblems } from "../../src/participants/wanted-addresses.ts";
import { AddressWorld, keyOf, type Mishap, STANDING } from "./address-world.ts";

const ADDRESSES = ["10.0.0.1", "10.0.0.2", "fd00::3", "10.0.0.4"];
const GROUPS = ["VG_A", "VG_B", "VG_C"];

const group = fc.record({ address: fc.constantFrom("", ...ADDRESSES), here: fc.boolean() });
const conf = fc
  .record({
    groups: fc.uniqueArray(fc.constantFrom(...GROUPS)),
    settings: fc.array(group, { minLength: GROUPS.length, maxLength: GROUPS.length }),
    interface: fc.oneof({ arbitrary: fc.constant("v0"), weight: 5 }, fc.constant("v1"), fc.constant(undefined)),
    length: fc.oneof({ arbitrary: fc.constant("32"), weight: 5 }, fc.constant("24")),
  })
  .map(({ groups, settings, interface: name, length }) => {
    // An address is on one peer: the first group that has it says on which.
    const peers = new Map<string, boolean>();
    const sections: Record<string, Record<string, string[]>> = {
      Cluster: { WhoAmI: ["Peer0"], Peers: ["Peer0", "Peer1"] },
      FSGlobals: { VolumeGroupList: groups },
      ...(name === undefined ? {} : { VirtualIP: { Interface: [name], IPv4PrefixLength: [length] } }),
    };
    groups.forEach((group, i) => {
      const { address, here } = settings[i] as { address: string; here: boolean };
      const decided = address === "" ? here : (peers.get(address) ?? here);
      peers.set(address, decided);
      sections[`VolumeGroup:${group}`] = {
        PrimaryPeer: [decided ? "Peer0" : "Peer1"],
        VirtualIPAddr: address === "" ? [] : [address],
        VolumeList: [`Volume_${group}`],
      };
    });
    return ConfMap.from(sections);
  });
const mishap = fc.option(
  fc.record({ at: fc.nat(5), kind: fc.constantFrom<Mishap["kind"]>("crash-before", "crash-after", "failure") }),
  { nil: undefined, freq: 3 },
);
const step = fc.record({ conf, mishap, failing: fc.option(fc.nat(4), { nil: undefined, freq: 6 }) });
const foreign = fc
  .uniqueArray(fc.constantFrom("10.0.0.4", "10.9.9.9"))
  .map((hosts) => hosts.map((host) => placed(host)));

function placed(host: string): PlacedAddress {
  return {
    ...(readIpAddress(host, { 4: 32, 6: 128 }) as Exclude<ReturnType<typeof readIpAddress>, string>),
    interface: "v0",
  };
}

const hostsWanted = (of: ConfMap | undefined): ReadonlySet<string> =>
  new Set(of === undefined ? [] : [...wantedAddresses(of).addresses.values()].map(({ address }) => address));

/** A process on what is left of the one before. */
function start(world: AddressWorld, journal: ReturnType<typeof memoryJournal>, policy: "hold" | "rollback") {
  const { table, record, crashed } = world.process();
  const t = createTransitions({ journal, takeover: true, clock: STANDING, policy });
  let failing: number | undefined;
  const hear = (): void => {
    if (failing !== undefined && failing-- === 0) throw new Error("not today");
  };
  t.register("fs", { serveVolume: hear, unserveVolume: hear, volumeGroupMoved: hear, signaledFinish: hear });
  t.register("virtual-ip", callbacksOn(table, record), { durable: true });
  return {
    t,
    crashed,
    fail: (call: number | undefined) => {
      failing = call;
    },
  };
}

const ask = (t: Transitions, to: ConfMap) => (t.status().state === "down" ? t.up(to) : t.signaled(to));

test.prop(
  [fc.array(step, { minLength: 1, maxLength: 7 }), foreign, fc.constantFrom("hold" as const, "rollback" as const)],
  {
    numRuns: 60,
  },
)("addresses follow the configuration, and none is lost on the way", async (steps, others, policy) => {
  const world = new AddressWorld(others);
  const journal = memoryJournal({ retain: Number.POSITIVE_INFINITY });
  let process = start(world, journal, policy);
  let finished: ConfMap | undefined;
  /** What everything asked for since the last arrival has in common, that arrival included. */
  let throughout = hostsWanted(undefined);
  const gone: string[] = [];
  /** Whether it is an up that is asked for: its rollback leads to down, where everything leaves. */
  let goesUp = false;
  world.watch((what) => {
    if (goesUp && process.t.status().transition?.kind === "rollback") return;
    const there = world.hosts();
    for (const host of throughout) if (!there.has(host)) gone.push(`${host} at ${what}`);
  });
  const arrived = (at: ConfMap | undefined): void => {
    finished = at;
    throughout = hostsWanted(at);
    const expected = new Set(others.map(keyOf));
    const wanted = at === undefined ? undefined : wantedAddresses(at);
    for (const address of wanted?.addresses.values() ?? []) {
      const own = { ...address, interface: wanted?.interface ?? "" };
      const hasAlready = others.some((each) => each.address === own.address && each.interface === own.interface);
      if (!hasAlready) expected.add(keyOf(own));
    }
    expect(new Set(world.there.keys())).toEqual(expected);
    const recorded = world.recorded.map(keyOf).sort();
    expect(recorded).toEqual([...expected].filter((key) => !others.some((each) => keyOf(each) === key)).sort());
  };

  const setOutFor = (to: ConfMap): void => {
    const wanted = hostsWanted(to);
    throughout = new Set([...throughout].filter((host) => wanted.has(host)));
  };

  for (const { conf: to, mishap: with_, failing } of steps) {
    expect(wantedProblems(to)).toEqual([]);
    setOutFor(to);
    goesUp = process.t.status().state === "down";
    world.arm(with_);
    process.fail(failing);
    const ended = ask(process.t, to).then(
      () => "arrived",
      () => "failed",
    );
    const end = await Promise.race([ended, process.crashed.then(() => "crashed")]);
    world.arm(undefined);
    process.fail(undefined);
    if (end === "arrived") arrived(to);
    else if (end === "crashed") process = start(world, journal, policy);
    else {
      const { state, participants } = process.t.status();
      // Who failed at Up after a crash can be told nothing, not even to leave: it has what it had, and the status says so.
      const { up, groups } = participants["virtual-ip"] ?? {};
      if (state === "down" && up === false && Object.keys(groups ?? {}).length > 0) {
        for (const each of others) expect(world.there.has(keyOf(each))).toBe(true);
      } else if (state !== "failed") arrived(state === "down" ? undefined : finished);
    }
  }
  // Once more where nothing goes wrong, and down.
  const last = (steps.at(-1) as { conf: ConfMap }).conf;
  setOutFor(last);
  await ask(process.t, last);
  arrived(last);
  throughout = new Set();
  await process.t.down();
  arrived(undefined);
  expect(gone).toEqual([]);
  await process.t.close();
});
