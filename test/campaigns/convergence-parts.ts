/**
 * The parts of the convergence campaign: from where to where, and with which participants.
 */
import type { CallbackName } from "../../src/plan/lifecycle-event.ts";
import { allTopologies, type TopologySpace, thinned, topologySequences } from "../../src/testing/exhaustive.ts";
import type { TopologyLike } from "../../src/testing/topology-like.ts";
import { stepFor } from "./campaign-size.ts";
import type { CampaignOptions, Route } from "./convergence.ts";
import { FAULTS, HEARS_ALL } from "./rig.ts";

export interface CampaignPart {
  readonly name: string;
  /** All of them; a run takes every so many. */
  routes(): Iterable<Route>;
  /** Every so many routes at size 1. */
  readonly routeEvery: number;
  readonly options: Pick<CampaignOptions, "participants" | "faults" | "sibling">;
}

const SPACE: TopologySpace = { groups: 2, volumes: 2, peers: 2 };
const SMALL: TopologySpace = { groups: 2, volumes: 1, peers: 2, virtualIPAddrs: 2 };
const LARGE: TopologySpace = { groups: 3, volumes: 3, peers: 2 };
const TWO = [{ name: "a" }, { name: "b" }];
const SERVES: readonly CallbackName[] = ["ServeVolume", "UnserveVolume"];
const GROUPS: readonly CallbackName[] = ["Up", "VolumeGroupCreated", "VolumeGroupDestroyed", "SignaledFinish"];

export const PARTS: readonly CampaignPart[] = [
  {
    name: "reloads between all pairs",
    routes: () => pairs(SPACE),
    routeEvery: 401,
    options: { participants: TWO, faults: FAULTS },
  },
  {
    name: "first ups",
    routes: () => between(SPACE, (topology) => ({ from: undefined, to: topology })),
    routeEvery: 11,
    options: { participants: TWO, faults: FAULTS },
  },
  {
    name: "downs",
    routes: () => between(SPACE, (topology) => ({ from: topology, to: undefined })),
    routeEvery: 11,
    options: { participants: TWO, faults: FAULTS },
  },
  {
    name: "changed options and addresses",
    routes: () => pairs(SMALL),
    routeEvery: 701,
    options: { participants: [{ name: "a", callbacks: HEARS_ALL }, { name: "b" }], faults: FAULTS },
  },
  {
    name: "participants that lack callbacks",
    routes: () => pairs(SPACE),
    routeEvery: 601,
    options: {
      participants: [
        { name: "a", callbacks: GROUPS },
        { name: "b" },
        { name: "c", callbacks: SERVES },
        { name: "d", callbacks: [] },
      ],
      faults: FAULTS,
    },
  },
  {
    name: "two steps at once, one failing",
    routes: () => pairs(SPACE),
    routeEvery: 601,
    options: { participants: concurrent(), faults: FAULTS },
  },
  {
    name: "two steps at once, both failing",
    routes: () => pairs(SPACE),
    routeEvery: 601,
    options: { participants: concurrent(), faults: FAULTS, sibling: true },
  },
  {
    name: "larger topologies, sampled",
    routes: () => sampled(LARGE, 65_537),
    routeEvery: 301,
    options: { participants: [{ name: "a" }, { name: "b" }, { name: "c" }], faults: FAULTS },
  },
];

/** The routes of a part that a run of this size takes. */
export function routesOf(part: CampaignPart): Iterable<Route> {
  return thinned(part.routes(), stepFor(part.routeEvery, 106));
}

function concurrent(): CampaignOptions["participants"] {
  return TWO.map(({ name }) => ({ name, asynchronous: true, options: { concurrency: 2 } }));
}

/** All pairs, each with a third topology that differs from pair to pair. */
function* pairs(space: TopologySpace): Generator<Route> {
  const all = [...allTopologies(space)];
  let index = 0;
  for (const [from, to] of topologySequences(space, 2)) yield { from, to, third: thirdOf(all, index++) };
}

function* between(
  space: TopologySpace,
  ends: (topology: TopologyLike) => Pick<Route, "from" | "to">,
): Generator<Route> {
  const all = [...allTopologies(space)];
  for (const [index, topology] of all.entries()) yield { ...ends(topology), third: thirdOf(all, index) };
}

/** A walk through a space that is too large to go through, with a step that meets all of it in time. */
function* sampled(space: TopologySpace, step: number): Generator<Route> {
  const all = [...allTopologies(space)];
  for (let i = 0; i < 2_000; i++) {
    const from = all[(i * step) % all.length];
    const to = all[(i * 7_919 + 13) % all.length];
    yield { from, to, third: thirdOf(all, i) };
  }
}

function thirdOf(all: readonly TopologyLike[], index: number): TopologyLike {
  return all[(index * 37 + 11) % all.length] as TopologyLike;
}
