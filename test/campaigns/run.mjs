/**
 * Runs the campaigns by hand: `npm run campaign -- --size 50`, or only some, `npm run campaign -- --size 50 crash damage`,
 * or of these only the tests whose names match, `npm run campaign -- --size 401 --only "between all pairs" convergence`.
 *
 * Node 20 cannot run TypeScript, so this hands them to vitest with the size in the environment.
 */
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";

const { values, positionals } = parseArgs({
  options: {
    size: { type: "string", default: "20" },
    only: { type: "string", default: "" },
    help: { type: "boolean", default: false },
  },
  allowPositionals: true,
});
if (!(Number(values.size) > 0)) throw new RangeError("--size takes a number greater than 0");
const vitest = join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs");
const CAMPAIGNS = {
  convergence: ["test/campaigns/convergence"],
  crash: ["test/campaigns/crash"],
  schedules: ["test/campaigns/schedules"],
  damage: ["test/journal/damage"],
  // Of any size: as often as they say, which in the tests they do not.
  properties: ["test/conf", "test/plan", "test/topology", "test/testing", "test/journal/plan-record"],
};
if (values.help) {
  console.info(`npm run campaign -- [--size N] [--only TEXT] [${Object.keys(CAMPAIGNS).join("] [")}]`);
  process.exit(0);
}
const names = positionals.length === 0 ? Object.keys(CAMPAIGNS) : positionals;
const unknown = names.find((name) => !Object.hasOwn(CAMPAIGNS, name));
if (unknown !== undefined) {
  throw new RangeError(`there is no campaign '${unknown}': ${Object.keys(CAMPAIGNS).join(", ")} are there`);
}
const { status } = spawnSync(
  process.execPath,
  [vitest, "run", ...names.flatMap((name) => CAMPAIGNS[name]), "-t", values.only],
  {
    stdio: "inherit",
    env: { ...process.env, SIGNALED_CAMPAIGN_SIZE: values.size },
  },
);
process.exit(status ?? 1);
