import type { RolldownOptions } from "rolldown";

export function consoleBuild(folder: string): Omit<RolldownOptions, "output"> & {
  readonly output: import("rolldown").OutputOptions;
};
