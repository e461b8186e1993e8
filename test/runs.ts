/**
 * How often a property is run: as often as it says in CI and with a seed that is given. Elsewhere, where somebody waits, a
 * fifth of it, and a thousand times at least.
 */
const IS_WHOLE = process.env["CI"] !== undefined || process.env["SIGNALED_SEED"] !== undefined;

export function runs(count: number): number {
  return IS_WHOLE ? count : Math.min(count, Math.max(1_000, Math.round(count / 5)));
}
