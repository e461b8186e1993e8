/** The naive contract: what it says in one rich change, and that it and the planner agree without knowing each other. */
import { describe, expect, it } from "vitest";
import type { Command, OrderName } from "../../src/plan/order.ts";
import { planTransition } from "../../src/plan/plan.ts";
import { contractEvents, contractTrace, UNTOLD_STANDING } from "../../src/testing/contract-model.ts";
import { allTopologies } from "../../src/testing/exhaustive.ts";
import type { TopologyLike } from "../../src/testing/topology-like.ts";
import { eventText, type Trace } from "../../src/testing/trace.ts";
import { AFTER, BEFORE } from "./rich-change.ts";

const written = (trace: Trace): string[] => trace.map(({ participant, event }) => `${participant} ${eventText(event)}`);

describe("contractTrace", () => {
  it("says what the contract says of a change of every kind", () => {
    const request = { command: "signaled", participants: ["p"], from: BEFORE, to: AFTER } as const;
    const text = (order: OrderName): string[] =>
      contractTrace({ ...request, order }).map(({ event }) => eventText(event));
    expect(text("documented")).toEqual([
      ...[
        "VolumeToBeUnserved dead",
        "VolumeToBeUnserved away",
        "VolumeToBeUnserved across",
        "VolumeToBeUnserved leaves",
      ],
      ...[
        "SignaledStart",
        "VolumeGroupCreated Fresh",
        "VolumeCreated born",
        "VolumeCreated fresh1",
        "VolumeCreated fresh2",
      ],
      ...["UnserveVolume dead", "UnserveVolume away", "UnserveVolume across", "UnserveVolume leaves"],
      ...["VolumeGroupMoved Leaving", "VolumeGroupMoved Coming"],
      ...["VolumeMoved returns", "VolumeMoved across", "VolumeMoved away"],
      ...["ServeVolume returns", "ServeVolume born", "ServeVolume across", "ServeVolume comes"],
      ...["ServeVolume fresh1", "ServeVolume fresh2"],
      ...["VolumeDestroyed gone", "VolumeDestroyed dead", "VolumeGroupDestroyed Gone", "SignaledFinish"],
    ]);
    expect([...text("proxyfs")].sort()).toEqual([...text("documented")].sort());
    expect(text("proxyfs").indexOf("ServeVolume returns")).toBeGreaterThan(
      text("proxyfs").indexOf("VolumeGroupDestroyed Gone"),
    );
  });

  it("walks participants in registration order in forward phases and backwards in reverse phases", () => {
    const to: TopologyLike = { whoAmI: "Peer0", groups: [] };
    const request = { order: "documented", participants: ["a", "b"], from: to, to } as const;
    expect(written(contractTrace({ ...request, command: "up" }))).toEqual([
      ...["a Up", "b Up", "a SignaledFinish", "b SignaledFinish"],
    ]);
    expect(written(contractTrace({ ...request, command: "down" }))).toEqual([
      ...["b SignaledStart", "a SignaledStart", "b Down", "a Down"],
    ]);
  });
});

describe("contractEvents", () => {
  it("asks nothing of who is down and shall be down", () => {
    expect([...contractEvents(UNTOLD_STANDING, undefined)]).toEqual([]);
  });
});

describe("the planner and the naive contract", () => {
  const participants = ["logger", "fs"];
  const orders: readonly OrderName[] = ["documented", "proxyfs"];
  const plan = (command: Command, order: OrderName, from?: TopologyLike, to?: TopologyLike): Trace => [
    ...planTransition({
      command,
      order,
      participants,
      from: from && { ...from, peers: [] },
      to: to && { ...to, peers: [] },
    }).steps(),
  ];
  const plain = (trace: Trace): unknown => trace.map(({ participant, event }) => [participant, { ...event }]);

  it("agree on every change between topologies of up to 2 groups, 2 volumes and 2 peers", () => {
    const all = [...allTopologies({ groups: 2, volumes: 2, peers: 2 })];
    let cases = 0;
    for (const order of orders) {
      for (const from of all) {
        for (const to of all) {
          const ours = contractTrace({ command: "signaled", order, participants, from, to });
          if (JSON.stringify(plain(plan("signaled", order, from, to))) !== JSON.stringify(plain(ours))) {
            expect(plain(plan("signaled", order, from, to)), JSON.stringify([order, from, to])).toEqual(plain(ours));
          }
          cases++;
        }
      }
    }
    expect(cases).toBe(2 * 11_236);
  });

  it("agree on every up and down, with virtual IP addresses", () => {
    for (const order of orders) {
      for (const topology of allTopologies({ groups: 2, volumes: 2, peers: 2, virtualIPAddrs: 2 })) {
        expect(plain(plan("up", order, undefined, topology))).toEqual(
          plain(contractTrace({ command: "up", order, participants, to: topology })),
        );
        expect(plain(plan("down", order, topology))).toEqual(
          plain(contractTrace({ command: "down", order, participants, from: topology })),
        );
      }
    }
  });
});
