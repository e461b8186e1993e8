/**
 * How often a property is run: as often as it says in a campaign and with a seed that is given. In an ordinary run of the
 * tests, where somebody waits, a fifth of it, and `atLeast` times at least.
 */
const IS_WHOLE = process.env["SIGNALED_CAMPAIGN_SIZE"] !== undefined || process.env["SIGNALED_SEED"] !== undefined;

export function runs(count: number, atLeast = 1_000): number {
  return IS_WHOLE ? count : Math.min(count, Math.max(atLeast, Math.round(count / 5)));
}
