/**
 * The page `docs/performance.md`: what the benchmark found, in tables, with the prose that goes with it. The prose stands in
 * `performance-page.md` beside this, so that it can be written as text.
 */
import { readFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { join } from "node:path";
import type { JournalFigures, Lateness, Neighbours, Responsiveness, SizeFigures, StartTimes } from "./figures.ts";
import type { Curve } from "./growth-plot.ts";
import type { Share } from "./profile-reading.ts";

export interface BenchFigures {
  readonly sizes: readonly SizeFigures[];
  readonly responsiveness: readonly {
    readonly volumes: number;
    /** By how they are told of. */
    readonly lives: readonly (readonly [string, Responsiveness])[];
  }[];
  readonly neighbours: Neighbours;
  readonly start: StartTimes;
  readonly profile: readonly Share[];
  readonly journals: readonly JournalFigures[];
}

/** Figures and what they shall not exceed, in yardsticks. */
const GOALS: Readonly<Record<string, number>> = {
  parse: 0.2,
  "memory: up": 0.6,
  "memory: reload, unchanged": 0.12,
  "memory: reload, 1 % moved": 0.12,
  "memory: reload, new volume in 1 %": 0.3,
  "memory: reload, list reordered": 0.3,
  "memory: down": 0.35,
  "async: up": 1.5,
};

/** The page, from its prose and the figures. */
export function performancePage(root: string, figures: BenchFigures): string {
  const parts: Readonly<Record<string, string>> = {
    machine: machine(),
    ratios: ratioTable(figures.sizes),
    journal: journalTable(figures.sizes),
    appends: appendTable(figures.journals),
    histories: historyTable(figures.journals),
    lateness: latenessTable(figures.responsiveness),
    neighbours: neighbourTable(figures),
    start: startTable(figures.start),
    profile: profileTable(figures.profile),
    floor: floorTable(figures.sizes),
  };
  const prose = readFileSync(join(root, "test/bench/performance-page.md"), "utf8");
  return prose.replace(/\{\{(\w+)\}\}/g, (_, part: string) => parts[part] ?? "");
}

/** Processor microseconds per volume. */
export function growthCurves(sizes: readonly SizeFigures[]): readonly Curve[] {
  const names = ["parse", "memory: up", "sqlite: up", "async: up", "memory: reload, 1 % moved", "memory: down"];
  const yardstick: Curve = {
    name: "one ini.parse",
    points: sizes.map(({ volumes, yardstick: milliseconds }) => [volumes, (milliseconds * 1000) / volumes]),
  };
  const curves = names.map((name) => ({
    name,
    points: sizes.map((size) => [size.volumes, (cpuOf(size, name) * size.yardstick * 1000) / size.volumes] as const),
  }));
  return [yardstick, ...curves];
}

function machine(): string {
  const [cpu] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${cpu?.model ?? "unknown processor"}, ${cpus().length} cores, ${memory} GiB; Linux ${release()}; Node ${process.version}`;
}

function ratioTable(sizes: readonly SizeFigures[]): string {
  const names = Object.keys(sizes[0]?.ratios ?? {}).filter((name) => !/^(floor|beside)/.test(name));
  return table(
    ["figure", "shall be", ...sizes.map(({ volumes }) => volumes.toLocaleString("en"))],
    [
      ["one `ini.parse`, ms", "", ...sizes.map(({ yardstick }) => yardstick.toFixed(1))],
      ...names.map((name) => [name, GOALS[name]?.toFixed(2) ?? "", ...sizes.map((size) => bothOf(size, name))]),
    ],
  );
}

/** What is told is what something takes beside the memory journal alone, in the same process. */
function journalTable(sizes: readonly SizeFigures[]): string {
  const beyond = (size: SizeFigures, name: string, of = wallOf): number =>
    of(size, `sqlite: ${name}`) - of(size, `beside sqlite: ${name}`);
  const times = (size: SizeFigures, name: string, of = wallOf): number =>
    of(size, `inspected: ${name}`) / of(size, `beside inspected: ${name}`);
  return table(
    ["beyond the memory journal", ...sizes.map(({ volumes }) => volumes.toLocaleString("en"))],
    [
      [
        "SQLite: up, yardsticks (shall be 0.5)",
        ...sizes.map((size) => `${beyond(size, "up").toFixed(2)} (${beyond(size, "up", cpuOf).toFixed(2)})`),
      ],
      [
        "SQLite: reload with 1 % moved, ms (shall be 20 at 100,000)",
        ...sizes.map((size) => (beyond(size, "reload, 1 % moved") * size.yardstick).toFixed(1)),
      ],
      ...["up", "reload, 1 % moved", "down"].map((name) => [
        `inspected: ${name}, times (shall be 1.10 at 100,000)`,
        ...sizes.map((size) => `${times(size, name).toFixed(2)} (${times(size, name, cpuOf).toFixed(2)})`),
      ]),
    ],
  );
}

function appendTable([journal]: readonly JournalFigures[]): string {
  const rate = (perSecond: number): string => (Math.round(perSecond / 10) * 10).toLocaleString("en");
  return table(
    [
      "facts to a transaction",
      "raw inserts, facts/s",
      "appended, facts/s",
      "of the raw rate (shall be 0.50)",
      "times write and sync",
    ],
    (journal?.appends ?? []).map(({ size, rawPerSecond, append, bare }) => [
      size.toLocaleString("en"),
      rate(rawPerSecond),
      rate(rawPerSecond / append.wall),
      `${(1 / append.wall).toFixed(2)} (${(1 / append.cpu).toFixed(2)})`,
      (append.wall / bare.wall).toFixed(1),
    ]),
  );
}

function historyTable(journals: readonly JournalFigures[]): string {
  const row = (name: string, value: (figures: JournalFigures) => number): string[] => [
    name,
    ...journals.map((figures) => Math.round(value(figures)).toLocaleString("en")),
  ];
  return table(
    ["facts of history", ...journals.map(({ facts }) => facts.toLocaleString("en"))],
    [
      row("read, checked and folded, facts/s", ({ folding }) => folding.perSecond),
      row("start with a snapshot, ms (shall be 1,000)", ({ start }) => start.withSnapshot),
      row("start without any, ms", ({ start }) => start.without),
    ],
  );
}

function latenessTable(responsiveness: BenchFigures["responsiveness"]): string {
  const most = (late: Lateness): string =>
    Object.entries(late)
      .map(([stage, milliseconds]) => `${stage} ${milliseconds.toFixed(0)}`)
      .join(", ");
  return table(
    ["volumes", "callbacks", "a timer is late by, ms", "a signal is noticed after, ms", "memory at most, MiB"],
    responsiveness.flatMap(({ volumes, lives }) =>
      lives.map(([told, figures]) => [
        volumes.toLocaleString("en"),
        told,
        most(figures.timerLate),
        most(figures.signalLate),
        figures.peak.toFixed(0),
      ]),
    ),
  );
}

function neighbourTable({ neighbours: { units, slots } }: BenchFigures): string {
  return table(
    ["", "shall be", "is"],
    [
      ["1,000 units booted and closed; times avvio", "1.00", `${units.wall.toFixed(2)} (${units.cpu.toFixed(2)})`],
      ["64 slots, a macrotask per step; times p-limit", "1.30", `${slots.wall.toFixed(2)} (${slots.cpu.toFixed(2)})`],
    ],
  );
}

function startTable({ node, importing, version, smallUp }: StartTimes): string {
  return table(
    ["from the start of the process, ms", "shall be", "is"],
    [
      ["`node -e 0`", "", node.toFixed(0)],
      ['`import "signaled"` alone', "60", importing.toFixed(0)],
      ["`signaled --version`, the whole run", "150", version.toFixed(0)],
      ["until a small conf is up, SQLite journal", "300", smallUp.toFixed(0)],
    ],
  );
}

function profileTable(profile: readonly Share[]): string {
  const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
  return table(
    ["function", "its own time", "collecting meanwhile"],
    profile.map(({ name, own, collecting }) => [`\`${name || "(anonymous)"}\``, percent(own), percent(collecting)]),
  );
}

function floorTable(sizes: readonly SizeFigures[]): string {
  const names = Object.keys(sizes[0]?.ratios ?? {}).filter((name) => name.startsWith("floor"));
  return table(
    ["", ...sizes.map(({ volumes }) => volumes.toLocaleString("en"))],
    names.map((name) => [name.replace("floor: ", ""), ...sizes.map((size) => bothOf(size, name))]),
  );
}

/** On the wall, and of the processor. */
function bothOf(size: SizeFigures, name: string): string {
  return `${wallOf(size, name).toFixed(2)} (${cpuOf(size, name).toFixed(2)})`;
}

function wallOf({ ratios }: SizeFigures, name: string): number {
  return ratios[name]?.wall ?? Number.NaN;
}

function cpuOf({ ratios }: SizeFigures, name: string): number {
  return ratios[name]?.cpu ?? Number.NaN;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map((_, i) => (i === 0 ? "---" : "---:")), ...rows]
    .map((row) => `| ${row.join(" | ")} |`)
    .join("\n");
}
