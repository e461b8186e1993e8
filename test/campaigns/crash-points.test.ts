import { expect, test } from "vitest";
import { allTopologies, type TopologySpace, thinned, topologySequences } from "../../src/testing/exhaustive.ts";
import type { TopologyLike } from "../../src/testing/topology-like.ts";
import { CAMPAIGN_TIMEOUT, stepFor } from "./campaign-size.ts";
import { type CrashRoute, crashAlong, emptyCrashReport, killHeld } from "./crash-points.ts";
import type { CrashParticipant } from "./crash-rig.ts";
import { TakenWays } from "./held-state.ts";

const SPACE: TopologySpace = { groups: 2, volumes: 2, peers: 2 };
const ROUTE_EVERY = 601;
const CASE_EVERY = 31;
const SECOND_EVERY = 997;
const PROBLEMS_AT_MOST = 10;

const PARTS: Record<string, readonly CrashParticipant[]> = {
  "durable before volatile": [
    { name: "d", durable: true },
    { name: "v", durable: false },
  ],
  "volatile before durable": [
    { name: "v", durable: false },
    { name: "d", durable: true },
  ],
  "two steps at once": [
    { name: "d", durable: true, concurrent: true },
    { name: "e", durable: true, concurrent: true },
  ],
  "every step durable": [
    { name: "d", durable: true, durableSteps: true },
    { name: "v", durable: false },
  ],
};

for (const [name, participants] of Object.entries(PARTS)) {
  for (const order of ["documented", "proxyfs"] as const) {
    test(`crash points: ${name}, ${order} order`, { timeout: CAMPAIGN_TIMEOUT }, async () => {
      const report = emptyCrashReport();
      const taken = new TakenWays();
      const options = { order, participants, caseEvery: stepFor(CASE_EVERY, 1), secondEvery: SECOND_EVERY, taken };
      let routes = 0;
      for (const route of thinned(allRoutes(), stepFor(ROUTE_EVERY, 106))) {
        routes++;
        await crashAlong(route, options, report);
        if (report.problems.length > PROBLEMS_AT_MOST) break;
      }
      const { cases, equal, secondCrashes } = report;
      console.log(
        `${name}, ${order} order: ${cases} cases on ${routes} routes, ${secondCrashes} of them with a second crash; ${equal} more are equal to one of them`,
      );
      expect(report.problems).toEqual([]);
    });
  }
}

for (const order of ["documented", "proxyfs"] as const) {
  test(`crash points: killed while held, ${order} order`, { timeout: CAMPAIGN_TIMEOUT }, async () => {
    const report = emptyCrashReport();
    const participants = PARTS["volatile before durable"] ?? [];
    const options = { order, participants, caseEvery: stepFor(17, 1), secondEvery: 0, taken: new TakenWays() };
    for (const route of thinned(allRoutes(), stepFor(ROUTE_EVERY, 106))) {
      await killHeld(route, options, report);
      if (report.problems.length > PROBLEMS_AT_MOST) break;
    }
    console.log(
      `killed while held, ${order} order: ${report.cases} cases; ${report.equal} more are equal to one of them`,
    );
    expect(report.problems).toEqual([]);
  });
}

/** Reloads between all pairs, and the first up and the last down of every topology. */
function* allRoutes(): Generator<CrashRoute> {
  const all = [...allTopologies(SPACE)];
  const third = (index: number): TopologyLike => all[(index * 37 + 11) % all.length] as TopologyLike;
  for (const [index, topology] of all.entries()) {
    yield { from: undefined, to: topology, third: third(index) };
    yield { from: topology, to: undefined, third: third(index) };
  }
  let index = 0;
  for (const [from, to] of topologySequences(SPACE, 2)) yield { from, to, third: third(index++) };
}
