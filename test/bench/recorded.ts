/**
 * The ratios of the last full run, kept beside the benchmark, and the check against them that CI makes.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Ratios } from "./figures.ts";

/** By what was measured (a number of volumes, or the journal), then by figure: times the yardstick, of the processor. */
type Recorded = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** A figure is worse only from here on: machines differ, and CI's are shared. */
const TOLERANCE = 2;

function pathIn(root: string): string {
  return join(root, "test/bench/recorded.json");
}

export function record(root: string, measured: Readonly<Record<string, Ratios>>): void {
  const recorded: Recorded = Object.fromEntries(
    Object.entries(measured).map(([what, ratios]) => [
      what,
      Object.fromEntries(Object.entries(ratios).map(([name, { cpu }]) => [name, Number(cpu.toFixed(3))])),
    ]),
  );
  writeFileSync(pathIn(root), `${JSON.stringify(recorded, undefined, 2)}\n`);
}

/** What is worse than it may be, in words; and what is not measured any more, or has not been recorded. */
export function worseThanRecorded(root: string, what: string, ratios: Ratios): readonly string[] {
  const recorded = (JSON.parse(readFileSync(pathIn(root), "utf8")) as Recorded)[what] ?? {};
  const names = new Set([...Object.keys(recorded), ...Object.keys(ratios)]);
  // The floor is the machine's and not ours.
  const own = [...names].filter((name) => !name.startsWith("floor"));
  return own.flatMap((name) => {
    const before = recorded[name];
    const now = ratios[name]?.cpu;
    if (before === undefined) return [`${name}: not recorded; run npm run bench`];
    if (now === undefined) return [`${name}: not measured`];
    if (now <= before * TOLERANCE) return [];
    return [`${name}: ${now.toFixed(3)} times the yardstick, and ${before} when it was recorded`];
  });
}
