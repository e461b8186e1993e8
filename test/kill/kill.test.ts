/** Real kills: some in every run, thousands with `npm run test:kill -- --kills N`. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { killCampaign } from "./kill-campaign.ts";

const KILLS = Number(process.env["SIGNALED_KILLS"] ?? 8);
const SEED = fc.readConfigureGlobal().seed ?? Date.now() % 1_000_000;

/** Mulberry32: small, seeded, good enough to choose moments. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

test(`${KILLS} kills: what the participants wrote down makes sense, and nothing is left behind`, {
  timeout: KILLS * 5_000 + 60_000,
}, async () => {
  const { complaints, ...counts } = await killCampaign(KILLS, seeded(SEED));
  console.log(`seed ${SEED}: ${JSON.stringify(counts)}`);
  expect(complaints).toEqual([]);
  expect(counts.steps).toBeGreaterThan(0);
});
