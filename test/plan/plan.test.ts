/** The plan: what is in it, in which order, and the laws that hold for every one. */
import { readFileSync, writeFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ConfMap } from "../../src/conf/conf-map.ts";
import { explain, explanationText } from "../../src/plan/explain.ts";
import { CALLBACK_NAMES, type LifecycleEvent } from "../../src/plan/lifecycle-event.ts";
import { ORDERS } from "../../src/plan/order.ts";
import { driftedFrom, settledAt, summaryOf, UNTOLD } from "../../src/plan/participant-state.ts";
import { planTransition } from "../../src/plan/plan.ts";
import { announce, applyRanges, beginProgress, statesAfter } from "../../src/plan/progress.ts";
import { readTopology } from "../../src/topology/read-topology.ts";
import type { Topology } from "../../src/topology/topology.ts";
import type { VolumeGroup } from "../../src/topology/volume-group.ts";
import { topologies } from "../topology/topologies.ts";
import { orderPage } from "./order-page.ts";

const group = (name: string, activePeer: string, volumes: readonly string[], virtualIPAddr = ""): VolumeGroup => ({
  name,
  activePeer,
  virtualIPAddr,
  volumes,
});
const topology = (...groups: VolumeGroup[]): Topology => ({ whoAmI: "Peer0", peers: ["Peer0", "Peer1"], groups });
const text = (events: readonly LifecycleEvent[]) => events.map((event) => Object.values(event).join(" "));
const RUNS = { numRuns: 1_000 };

test("docs/order.md is what the tables say", () => {
  const file = new URL("../../docs/order.md", import.meta.url);
  if (process.env["UPDATE"] !== undefined) writeFileSync(file, orderPage());
  else expect(readFileSync(file, "utf8"), "run UPDATE=1 npx vitest run test/plan to generate it").toBe(orderPage());
});

test("the contract's two orders, row by row", () => {
  const rows = (name: "documented" | "proxyfs", part: "towards" | "down") =>
    ORDERS[name][part].map(({ callback, direction }) => `${callback}${direction === "reverse" ? "↓" : "↑"}`).join(" ");
  expect(rows("documented", "towards")).toBe(
    "Up↑ VolumeToBeUnserved↓ SignaledStart↓ VolumeGroupCreated↑ VolumeCreated↑ UnserveVolume↓ VolumeGroupMoved↑ VolumeMoved↑ VolumeGroupChanged↑ VolumeChanged↑ ServeVolume↑ VolumeDestroyed↓ VolumeGroupDestroyed↓ SignaledFinish↑",
  );
  expect(rows("proxyfs", "towards")).toBe(
    "Up↑ VolumeToBeUnserved↓ SignaledStart↓ UnserveVolume↓ VolumeGroupCreated↑ VolumeCreated↑ VolumeGroupMoved↑ VolumeMoved↑ VolumeGroupChanged↑ VolumeChanged↑ VolumeDestroyed↓ VolumeGroupDestroyed↓ ServeVolume↑ SignaledFinish↑",
  );
  const down = "VolumeToBeUnserved↓ SignaledStart↓ UnserveVolume↓ VolumeDestroyed↓ VolumeGroupDestroyed↓ Down↓";
  expect(rows("documented", "down")).toBe(down);
  expect(rows("proxyfs", "down")).toBe(down);
});

test("subjects follow the configuration: the new one forwards, the old one backwards", () => {
  const from = topology(group("G1", "Peer0", ["b", "a"]), group("G2", "Peer0", ["c"]));
  const to = topology(group("G4", "Peer0", ["z", "y"]), group("G3", "Peer0", ["x"]));
  const plan = planTransition({ command: "signaled", from, to, participants: ["p1", "p2"] });
  const events = Object.fromEntries(plan.phases.map((phase) => [phase.callback, text(phase.events)]));
  expect(events).toEqual({
    VolumeToBeUnserved: ["VolumeToBeUnserved c", "VolumeToBeUnserved a", "VolumeToBeUnserved b"],
    SignaledStart: ["SignaledStart"],
    VolumeGroupCreated: ["VolumeGroupCreated G4 Peer0 ", "VolumeGroupCreated G3 Peer0 "],
    VolumeCreated: ["VolumeCreated z G4", "VolumeCreated y G4", "VolumeCreated x G3"],
    UnserveVolume: ["UnserveVolume c", "UnserveVolume a", "UnserveVolume b"],
    ServeVolume: ["ServeVolume z", "ServeVolume y", "ServeVolume x"],
    VolumeDestroyed: ["VolumeDestroyed c", "VolumeDestroyed a", "VolumeDestroyed b"],
    VolumeGroupDestroyed: ["VolumeGroupDestroyed G2", "VolumeGroupDestroyed G1"],
    SignaledFinish: ["SignaledFinish"],
  });
  expect(
    [...plan.steps()].slice(0, 8).map(({ participant, event }) => `${participant} ${Object.values(event).join(" ")}`),
  ).toEqual([
    "p2 VolumeToBeUnserved c",
    "p2 VolumeToBeUnserved a",
    "p2 VolumeToBeUnserved b",
    "p1 VolumeToBeUnserved c",
    "p1 VolumeToBeUnserved a",
    "p1 VolumeToBeUnserved b",
    "p2 SignaledStart",
    "p1 SignaledStart",
  ]);
});

test("changed options reach only who implements the further callbacks", () => {
  const conf = (address: string, fsid: string) =>
    ConfMap.from({
      Cluster: { WhoAmI: ["Peer0"], Peers: ["Peer0"] },
      FSGlobals: { VolumeGroupList: ["G"] },
      "VolumeGroup:G": { PrimaryPeer: ["Peer0"], VirtualIPAddr: [address], VolumeList: ["A", "B"] },
      "Volume:A": { FSID: [fsid] },
      "Volume:B": { FSID: ["7"] },
    });
  const before = conf("10.0.0.1", "1");
  const after = conf("10.0.0.2", "2");
  const state = settledAt(readTopology(before), before);
  const plan = planTransition({
    command: "signaled",
    from: new Map([
      ["plain", state],
      ["curious", state],
    ]),
    to: readTopology(after),
    confMap: after,
    participants: ["plain", { name: "curious", callbacks: CALLBACK_NAMES }],
  });
  expect(plan.phases.map(({ callback, participants }) => `${callback}: ${participants.join(" ")}`)).toEqual([
    "SignaledStart: curious plain",
    "VolumeGroupChanged: curious",
    "VolumeChanged: curious",
    "SignaledFinish: plain curious",
  ]);
  expect(text(plan.phases[1]?.events ?? [])).toEqual(["VolumeGroupChanged G Peer0 10.0.0.2"]);
  expect(text(plan.phases[2]?.events ?? [])).toEqual(["VolumeChanged A G"]);
});

test("equal topologies: nothing but the brackets", () => {
  fc.assert(
    fc.property(topologies(), (at) => {
      const plan = planTransition({ command: "signaled", from: at, to: at, participants: ["p"] });
      expect(plan.phases.map(({ callback }) => callback)).toEqual(["SignaledStart", "SignaledFinish"]);
    }),
    RUNS,
  );
});

test("who has got all of a plan is settled at its target", () => {
  fc.assert(
    fc.property(
      topologies(),
      topologies(),
      fc.constantFrom("documented" as const, "proxyfs" as const),
      (from, to, order) => {
        const plan = planTransition({ command: "signaled", from, to, order, participants: ["p1", "p2"] });
        const states = statesAfter({ ...beginProgress(plan, undefined), cursor: plan.deliveries.length });
        for (const state of states.values()) expect(summaryOf(state)).toEqual(summaryOf(settledAt(to)));
      },
    ),
    RUNS,
  );
});

test("a participant with maps of its own gets the plan that a settled one gets", () => {
  // The fast path for settled participants compares topologies, the general one asks the participant's own maps.
  fc.assert(
    fc.property(topologies(), topologies(), fc.boolean(), (from, to, down) => {
      const settled = settledAt(from);
      const drifted = { ...settled, known: driftedFrom(settled.known) };
      const command = down ? ("down" as const) : ("signaled" as const);
      const of = (state: typeof settled) =>
        planTransition({ command, from: new Map([["p", state]]), to, participants: ["p"] }).phases.map(
          ({ callback, events }) => [callback, text(events)],
        );
      expect(of(drifted)).toEqual(of(settled));
    }),
    RUNS,
  );
});

test("carrying out any part of a plan, and then the plan from there, arrives", () => {
  fc.assert(
    fc.property(topologies(), topologies(), topologies(), fc.nat(), fc.nat(), (from, to, third, cut, within) => {
      const first = planTransition({ command: "signaled", from, to, participants: ["p1", "p2", "p3"] });
      const cursor = cut % first.deliveries.length;
      const length = first.deliveries[cursor]?.events.length ?? 0;
      const applied = length === 0 ? [] : ([[0, within % length]] as const).filter(([a, b]) => a < b);
      const states = statesAfter({ ...beginProgress(first, undefined), cursor, applied });
      const second = planTransition({ command: "signaled", from: states, to: third, participants: ["p1", "p2", "p3"] });
      const after = statesAfter({ ...beginProgress(second, undefined), cursor: second.deliveries.length });
      for (const state of after.values()) expect(summaryOf(state)).toEqual(summaryOf(settledAt(third)));
    }),
    RUNS,
  );
});

test("what was announced of one delivery says nothing of the next, which only its plan announces", () => {
  const to = topology(group("G1", "Peer0", ["a", "b", "c"]));
  const plan = planTransition({ command: "up", to, participants: ["p1", "p2"] });
  const [first, second] = [4, 5];
  const announced = applyRanges(announce(beginProgress(plan, undefined), first, [0, 3]), first, [[0, 3]]);
  expect(announced).toMatchObject({ cursor: first, announced: [0, 3], applied: [[0, 3]] });
  const next = applyRanges(announced, second, [[0, 1]]);
  expect(next).toMatchObject({ cursor: second, announced: undefined, applied: [[0, 1]] });
});

test("the hash is stable, and tells apart what differs", () => {
  fc.assert(
    fc.property(topologies(), topologies(), (from, to) => {
      const request = { command: "signaled" as const, from, to, participants: ["p1", "p2"] };
      const { hash } = planTransition(request);
      expect(hash).toMatch(/^[0-9a-f]{64}$/);
      expect(planTransition(request).hash).toBe(hash);
      expect(planTransition({ ...request, order: "proxyfs" }).hash).not.toBe(hash);
      expect(planTransition({ ...request, participants: ["p2", "p1"] }).hash).not.toBe(hash);
      expect(planTransition({ ...request, command: "down" }).hash).not.toBe(hash);
      const other = { ...to, groups: [...to.groups, group("one more", "", [])] };
      expect(planTransition({ ...request, to: other }).hash).not.toBe(hash);
    }),
    { numRuns: 200 },
  );
});

test("every event of a change has an explanation that names its setting", () => {
  const conf = (peer: string, list: readonly string[]) =>
    ConfMap.from({
      Cluster: { WhoAmI: ["Peer0"], Peers: ["Peer0", "Peer1"] },
      FSGlobals: { VolumeGroupList: ["G1", "G2"] },
      "VolumeGroup:G1": { PrimaryPeer: [peer], VirtualIPAddr: [], VolumeList: ["A"] },
      "VolumeGroup:G2": { PrimaryPeer: ["Peer0"], VirtualIPAddr: [], VolumeList: list },
    });
  const place = (confMap: ConfMap) => ({ confMap, topology: readTopology(confMap) });
  const from = place(conf("Peer0", ["B"]));
  const to = place(conf("Peer1", ["B", "C"]));
  const plan = planTransition({ command: "signaled", from: from.topology, to: to.topology, participants: ["p"] });
  expect(
    explain({ plan, from, to }).map(
      (each) => `${Object.values(each.event).slice(0, 2).join(" ")}: ${explanationText(each)}`,
    ),
  ).toEqual([
    "VolumeToBeUnserved A: the volume's group is not served by this peer any more: [VolumeGroup:G1] PrimaryPeer: Peer0 → Peer1",
    "SignaledStart: everybody who is up is quiesced before anything changes",
    "VolumeCreated C: the volume is in a group now and was in none before: [VolumeGroup:G2] VolumeList: B → B, C",
    "UnserveVolume A: the volume's group is not served by this peer any more: [VolumeGroup:G1] PrimaryPeer: Peer0 → Peer1",
    "VolumeGroupMoved G1: the group's active peer changed: [VolumeGroup:G1] PrimaryPeer: Peer0 → Peer1",
    "ServeVolume C: the volume's group is served by this peer now: [VolumeGroup:G2] VolumeList: B → B, C",
    "SignaledFinish: everybody who was quiesced is released at the end",
  ]);
});

test("nobody up: down has nothing to say", () => {
  expect(planTransition({ command: "down", from: new Map([["p", UNTOLD]]), participants: ["p"] }).phases).toEqual([]);
});

test("a list that decides about thousands of volumes is read once, and not for each of them", () => {
  const confOf = (volumes: readonly string[]) =>
    ConfMap.from({
      Cluster: { WhoAmI: ["Peer0"], Peers: ["Peer0"] },
      FSGlobals: { VolumeGroupList: ["G"] },
      "VolumeGroup:G": { PrimaryPeer: ["Peer0"], VirtualIPAddr: [], VolumeList: volumes },
    });
  const [before, after] = [confOf(["A"]), confOf(Array.from({ length: 3_000 }, (_, i) => `V${i}`))];
  const [from, to] = [before, after].map((confMap) => ({
    confMap,
    topology: readTopology(confMap),
  }));
  const plan = planTransition({
    ...{ command: "signaled", order: "documented", from: from?.topology, to: to?.topology },
    participants: [{ name: "a" }],
  });
  let read = 0;
  const strings = after.strings.bind(after);
  Object.defineProperty(after, "strings", {
    value: (section: string, option: string) => {
      read++;
      return strings(section, option);
    },
  });
  expect(explain({ plan, from, to }).length).toBeGreaterThan(6_000);
  expect(read).toBeLessThan(20);
});
