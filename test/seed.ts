/**
 * The seed of every property: one and the same in CI, so that a failure there is everybody's failure, and another in each run
 * elsewhere. `SIGNALED_SEED=N` repeats a run; names and failures of properties print theirs.
 */
import fc from "fast-check";

const IN_CI = 20261127;

const given = process.env["SIGNALED_SEED"] ?? (process.env["CI"] === undefined ? undefined : IN_CI);
if (given !== undefined) fc.configureGlobal({ seed: Number(given) });
