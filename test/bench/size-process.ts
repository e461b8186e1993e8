/**
 * The figures of one size, in a process of its own: `size-process.js <volumes> <rounds> <kind>` prints them as JSON.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ini from "ini";
import { createTransitions, parseConf, sqliteJournal, type Transitions } from "signaled";
import { benchConf } from "./bench-conf.ts";
import { floorOf } from "./floor.ts";
import { registerIdle } from "./idle-participants.ts";
import { type ChangedTexts, lifeOf } from "./life.ts";
import { type Timed, takeTurns } from "./turns.ts";

const volumes = Number(process.argv[2]);
const rounds = Number(process.argv[3]);
const kind = process.argv[4] ?? "";

const texts: ChangedTexts = {
  none: benchConf(volumes),
  moved: benchConf(volumes, "moved"),
  volumes: benchConf(volumes, "volumes"),
  order: benchConf(volumes, "order"),
};
const folder = mkdtempSync(join(tmpdir(), "signaled-bench-"));
let journals = 0;

/** What an instance is made with, by kind. Durable journals are at synchronous=FULL, as they are shipped. */
const makers: Readonly<Record<string, () => Transitions>> = {
  memory: () => registerIdle(createTransitions(), "synchronous"),
  sqlite: () =>
    registerIdle(createTransitions({ journal: sqliteJournal(join(folder, `${journals++}.db`)) }), "synchronous"),
  async: () => registerIdle(createTransitions(), "resolved"),
  inspected: () => registerIdle(createTransitions({ inspect: () => {} }), "synchronous"),
};

/** Kinds whose cost is told as what they take more than the memory journal alone, which takes turns with them. */
const COMPARED = ["sqlite", "inspected"];

const timed: Timed[] = [];
if (kind === "floor") timed.push({ name: "parse", run: () => parseConf(texts.none) }, ...floorOf(texts.none));
const make = makers[kind];
if (COMPARED.includes(kind)) timed.push(...lifeOf(`beside ${kind}`, makers["memory"] as () => Transitions, texts));
if (make !== undefined) timed.push(...lifeOf(kind, make, texts));

try {
  const turns = await takeTurns(() => ini.parse(texts.none), timed, rounds, 15 * texts.none.length);
  process.stdout.write(JSON.stringify({ ...turns, bytes: texts.none.length }));
} finally {
  rmSync(folder, { recursive: true });
}
