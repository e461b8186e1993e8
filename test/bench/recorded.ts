/**
 * The ratios of the last full run, kept beside the benchmark, and the check against them that CI makes.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SizeFigures } from "./figures.ts";

/** By number of volumes, then by figure: times one `ini.parse`, of the processor. */
type Recorded = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** A figure is worse only from here on: machines differ, and CI's are shared. */
const TOLERANCE = 2;

function pathIn(root: string): string {
  return join(root, "test/bench/recorded.json");
}

export function record(root: string, sizes: readonly SizeFigures[]): void {
  const recorded: Recorded = Object.fromEntries(
    sizes.map(({ volumes, ratios }) => [
      volumes,
      Object.fromEntries(Object.entries(ratios).map(([name, { cpu }]) => [name, Number(cpu.toFixed(3))])),
    ]),
  );
  writeFileSync(pathIn(root), `${JSON.stringify(recorded, undefined, 2)}\n`);
}

/** What is worse than it may be, in words; and what is not measured any more, or has not been recorded. */
export function worseThanRecorded(root: string, { volumes, ratios }: SizeFigures): readonly string[] {
  const recorded = (JSON.parse(readFileSync(pathIn(root), "utf8")) as Recorded)[volumes] ?? {};
  const names = new Set([...Object.keys(recorded), ...Object.keys(ratios)]);
  // The floor is the machine's and not ours.
  const own = [...names].filter((name) => !name.startsWith("floor"));
  return own.flatMap((name) => {
    const before = recorded[name];
    const now = ratios[name]?.cpu;
    if (before === undefined) return [`${name}: not recorded; run npm run bench`];
    if (now === undefined) return [`${name}: not measured`];
    if (now <= before * TOLERANCE) return [];
    return [`${name}: ${now.toFixed(3)} times one ini.parse, and ${before} when it was recorded`];
  });
}
