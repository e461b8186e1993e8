import { expect, test } from "vitest";
import { CAMPAIGN_TIMEOUT, stepFor } from "./campaign-size.ts";
import { convergeFrom, emptyReport } from "./convergence.ts";
import { PARTS, routesOf } from "./convergence-parts.ts";

const CASE_EVERY = 23;
const SECOND_EVERY = 199;
/** More would only repeat what the first say. */
const PROBLEMS_AT_MOST = 10;

for (const part of PARTS) {
  test(`convergence: ${part.name}`, { timeout: CAMPAIGN_TIMEOUT }, async () => {
    const report = emptyReport();
    let routes = 0;
    for (const order of ["documented", "proxyfs"] as const) {
      for (const route of routesOf(part)) {
        routes++;
        await convergeFrom(
          route,
          { order, caseEvery: stepFor(CASE_EVERY, 1), secondEvery: SECOND_EVERY, ...part.options },
          report,
        );
        if (report.problems.length > PROBLEMS_AT_MOST) break;
      }
    }
    const { cases, secondFailures, byWay } = report;
    const ways = Object.entries(byWay).map(([way, count]) => `${way} ${count}`);
    console.log(
      `${part.name}: ${cases} cases on ${routes} routes, ${secondFailures} of them with a second failure (${ways.join(", ")})`,
    );
    expect(report.problems).toEqual([]);
  });
}
