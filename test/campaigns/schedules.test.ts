import fc from "fast-check";
import { expect, test } from "vitest";
import { CAMPAIGN_SIZE, CAMPAIGN_TIMEOUT } from "./campaign-size.ts";
import { play, schedule, scheduleText } from "./schedules.ts";

const SCHEDULES_AT_ONE = 200;

test("schedules", { timeout: CAMPAIGN_TIMEOUT }, async () => {
  const counts = new Map<string, number>();
  const property = fc.asyncProperty(schedule, async (given) => {
    const { problems, endings } = await play(given);
    for (const ending of endings) counts.set(ending, (counts.get(ending) ?? 0) + 1);
    expect(problems, scheduleText(given)).toEqual([]);
  });
  const details = await fc.check(property, {
    numRuns: Math.round(SCHEDULES_AT_ONE * CAMPAIGN_SIZE),
    interruptAfterTimeLimit: CAMPAIGN_TIMEOUT * 0.9,
  });
  const endings = [...counts].sort(([, a], [, b]) => b - a).map(([ending, count]) => `${ending} ${count}`);
  console.log(`${details.numRuns} schedules, seed ${details.seed} (${endings.join(", ")})`);
  if (details.failed) throw new Error(`${fc.defaultReportMessage(details)}\n${String(details.errorInstance)}`);
});
