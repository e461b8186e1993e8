/**
 * How much of a campaign is run: `SIGNALED_CAMPAIGN_SIZE`, which `npm run campaign -- --size N` sets.
 *
 * 1 is a run of seconds, and every `npm test` runs a third of it; with N, about N times as many cases run, up to all there are.
 */
export const CAMPAIGN_SIZE = Number(process.env["SIGNALED_CAMPAIGN_SIZE"] ?? 1 / 3);

/** Milliseconds that a test of a campaign may take. */
export const CAMPAIGN_TIMEOUT = 60_000 * Math.max(1, CAMPAIGN_SIZE);

/** The step that thins a campaign: `atOne` for size 1, and 1 when the size makes up for it. Shares no factor with `count`. */
export function stepFor(atOne: number, count: number, size = CAMPAIGN_SIZE): number {
  let step = Math.max(1, Math.round(atOne / size));
  while (commonFactor(step, count) > 1) step++;
  return step;
}

function commonFactor(a: number, b: number): number {
  return b === 0 ? a : commonFactor(b, a % b);
}
