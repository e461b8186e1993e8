/**
 * The benchmark: measures everything, writes `docs/performance.md` with its plot, and records the ratios. With `--quick`, in
 * a third of the rounds. With `--check`, only the small part that CI runs: it fails where a figure is worse than twice its
 * recorded ratio.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import {
  betterOf,
  type JournalFigures,
  measureJournal,
  measureSize,
  type Neighbours,
  type Ratios,
  type Responsiveness,
  ratiosOf,
  runProcess,
} from "./figures.ts";
import { growthPlot } from "./growth-plot.ts";
import { growthCurves, performancePage } from "./performance-page.ts";
import { profileLife } from "./profile-reading.ts";
import { record, worseThanRecorded } from "./recorded.ts";
import { measureStart } from "./start-times.ts";

const ALL = ["floor", "memory", "sqlite", "async", "inspected"];
/** Volumes and rounds: each size takes about as long. */
const SIZES = [
  [1_000, 40],
  [10_000, 20],
  [100_000, 20],
  [1_000_000, 2],
] as const;
const CHECKED = [10_000, 15] as const;
/** Facts of history: one that CI can make, and one that shows that a start does not grow with it. */
const HISTORIES = [20_000, 1_000_000] as const;
const JOURNAL = "journal";

/** In which timers and signals are looked at: how they are told of, the callbacks' answers, and the journal. */
const LIVES = [
  ["synchronous", "synchronous"],
  ["promises", "resolved"],
  ["synchronous, SQLite", "synchronous", "sqlite"],
] as const;

function measureLife(volumes: number, life: readonly string[]): Responsiveness {
  return runProcess<Responsiveness>("responsiveness-process", [String(volumes), ...life]);
}

/** What CI measures: by what it is recorded under. */
const CHECKS: Readonly<Record<string, (root: string) => Ratios>> = {
  [CHECKED[0]]: () => measureSize(...CHECKED, ALL).ratios,
  [JOURNAL]: (root) => ratiosOf(measureJournal(root, HISTORIES[0], 8)),
};

function check(root: string): number {
  const worse = Object.entries(CHECKS).flatMap(([what, measure]) => {
    const first = measure(root);
    if (worseThanRecorded(root, what, first).length === 0) return [];
    // Whatever else the machine did meanwhile is no reason to fail: what is slower is so twice.
    return worseThanRecorded(root, what, betterOf(first, measure(root)));
  });
  for (const line of worse) console.error(line);
  console.info(worse.length === 0 ? "no figure is worse than twice its recorded ratio" : "slower than recorded");
  return worse.length === 0 ? 0 : 1;
}

/** One size, told as it is measured, kind by kind. */
function measureOne(volumes: number, share: number): void {
  const [, rounds] = SIZES.find(([size]) => volumes <= size) ?? (SIZES[SIZES.length - 1] as (typeof SIZES)[number]);
  for (const kind of ALL) {
    const { yardstick, ratios } = measureSize(volumes, Math.max(1, Math.round(rounds * share)), [kind]);
    console.info(`${kind}: the yardstick takes ${yardstick.toFixed(1)} ms`);
    for (const [name, { wall, cpu }] of Object.entries(ratios)) {
      console.info(`  ${name.padEnd(36)} ${wall.toFixed(2)} (${cpu.toFixed(2)})`);
    }
  }
}

function measureAll(root: string, share: number): void {
  const say = (what: string) => console.info(`${new Date().toISOString().slice(11, 19)} ${what}`);
  const sizes = SIZES.map(([volumes, rounds]) => {
    say(`${volumes.toLocaleString("en")} volumes`);
    return measureSize(volumes, Math.max(1, Math.round(rounds * share)), ALL);
  });
  const responsiveness = SIZES.map(([volumes]) => {
    say(`timers and signals at ${volumes.toLocaleString("en")} volumes`);
    return { volumes, lives: LIVES.map(([told, ...life]) => [told, measureLife(volumes, life)] as const) };
  });
  say("neighbours, start, profile");
  const neighbours = runProcess<Neighbours>("neighbours-process", []);
  const start = measureStart(root);
  const profile = profileLife(100_000, 8);
  const journals = HISTORIES.map((facts) => {
    say(`a journal of ${facts.toLocaleString("en")} facts`);
    return measureJournal(root, facts, Math.max(3, Math.round(20 * share)));
  });
  record(root, {
    ...Object.fromEntries(sizes.map(({ volumes, ratios }) => [volumes, ratios])),
    [JOURNAL]: ratiosOf(journals[0] as JournalFigures),
  });
  writeFileSync(join(root, "docs/performance.svg"), growthPlot(growthCurves(sizes)));
  const page = performancePage(root, { sizes, responsiveness, neighbours, start, profile, journals });
  writeFileSync(join(root, "docs/performance.md"), page);
  console.info(page);
}

const HELP = `npm run bench                 measures everything and writes docs/performance.md
npm run bench -- --quick      in a third of the rounds
npm run bench -- --check      a small part: fails where a figure is worse than twice its recorded ratio
npm run bench -- --size N     one size, without writing anything`;

const { values, positionals } = parseArgs({
  options: {
    check: { type: "boolean" },
    help: { type: "boolean" },
    quick: { type: "boolean" },
    size: { type: "string" },
  },
  allowPositionals: true,
});
const root = positionals[0] ?? process.cwd();
if (values.help) console.info(HELP);
else if (values.size !== undefined) measureOne(Number(values.size), values.quick ? 1 / 3 : 1);
else if (values.check) process.exitCode = check(root);
else measureAll(root, values.quick ? 1 / 3 : 1);
