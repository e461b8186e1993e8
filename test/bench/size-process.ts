/** One size in a process of its own. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ini from "ini";
import { createTransitions, type ConfMap, parseConf, sqliteJournal, type Transitions } from "signaled";
import { benchConf, type Change } from "./bench-conf.ts";
import { registerIdle } from "./idle-participants.ts";
import { takeTurns, type Timed } from "./turns.ts";

const volumes = Number(process.argv[2]);
const rounds = Number(process.argv[3]);
const only = process.argv[4] ?? "all";

const texts: Record<Change, string> = {
  none: benchConf(volumes),
  moved: benchConf(volumes, "moved"),
  volumes: benchConf(volumes, "volumes"),
  order: benchConf(volumes, "order"),
};

function life(label: string, make: () => Transitions): Timed[] {
  let instance: Transitions;
  let conf: ConfMap;
  let n = 0;
  const given = (change: Change) => () => {
    conf = parseConf(texts[change] + `#${n++}\n`);
  };
  const reload = (name: string, change: Change): Timed => ({
    name: `${label} ${name}`,
    before: given(change),
    run: () => instance.signaled(conf),
  });
  return [
    {
      name: `${label} up`,
      before: () => {
        given("none")();
        instance = make();
      },
      run: () => instance.up(conf),
    },
    reload("reload unchanged", "none"),
    reload("reload moved", "moved"),
    { ...reload("moved back", "none") },
    reload("reload volumes", "volumes"),
    { ...reload("volumes back", "none") },
    reload("reload order", "order"),
    { ...reload("order back", "none") },
    { name: `${label} down`, run: () => instance.down(), after: () => instance.close() },
  ];
}

const folder = mkdtempSync(join(tmpdir(), "signaled-bench-"));
let files = 0;
const timed: Timed[] = [
  { name: "parse", run: () => parseConf(texts.none) },
  ...(only === "all" || only === "memory" ? life("memory", () => {
    const t = createTransitions();
    registerIdle(t, "synchronous");
    return t;
  }) : []),
  ...(only === "all" || only === "sqlite" ? life("sqlite", () => {
    const t = createTransitions({ journal: sqliteJournal(join(folder, `${files++}.db`)) });
    registerIdle(t, "synchronous");
    return t;
  }) : []),
  ...(only === "all" || only === "async" ? life("async", () => {
    const t = createTransitions();
    registerIdle(t, "resolved");
    return t;
  }) : []),
];
const turns = await takeTurns({ name: "ini.parse", run: () => ini.parse(texts.none) }, timed, rounds);
rmSync(folder, { recursive: true });
console.log("yardstick", turns.yardstick.toFixed(1));
for (const [name, ratio] of Object.entries(turns.ratios)) console.log(name.padEnd(28), ratio.wall.toFixed(3), ratio.cpu.toFixed(3), ratio.milliseconds.toFixed(1));
