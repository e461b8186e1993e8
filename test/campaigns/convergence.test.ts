import { expect, test } from "vitest";
import { CAMPAIGN_TIMEOUT, stepFor } from "./campaign-size.ts";
import { convergeFrom, emptyReport } from "./convergence.ts";
import { PARTS, routesOf } from "./convergence-parts.ts";
import { TakenWays } from "./held-state.ts";

const CASE_EVERY = 23;
const SECOND_EVERY = 199;
/** More would only repeat what the first say. */
const PROBLEMS_AT_MOST = 10;

for (const part of PARTS) {
  for (const order of ["documented", "proxyfs"] as const) {
    test(`convergence: ${part.name}, ${order} order`, { timeout: CAMPAIGN_TIMEOUT }, async () => {
      const report = emptyReport();
      const taken = new TakenWays();
      const caseEvery = stepFor(CASE_EVERY, 1);
      let routes = 0;
      for (const route of routesOf(part)) {
        routes++;
        await convergeFrom(route, { order, caseEvery, secondEvery: SECOND_EVERY, taken, ...part.options }, report);
        if (report.problems.length > PROBLEMS_AT_MOST) break;
      }
      const { cases, equal, secondFailures, byWay } = report;
      const ways = Object.entries(byWay).map(([way, count]) => `${way} ${count}`);
      console.log(
        `${part.name}, ${order} order: ${cases} cases on ${routes} routes, ${secondFailures} of them with a second failure (${ways.join(", ")}); ${equal} more are equal to one of them`,
      );
      expect(report.problems).toEqual([]);
    });
  }
}
