/**
 * How long it takes until something happens: from the start of a process, which is what a user waits for.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { benchConf } from "./bench-conf.ts";
import type { StartTimes } from "./figures.ts";
import { median } from "./turns.ts";

const RUNS = 9;

export function measureStart(root: string): StartTimes {
  const folder = mkdtempSync(join(tmpdir(), "signaled-bench-"));
  const index = pathToFileURL(join(root, "dist/index.js")).href;
  const conf = join(folder, "small.conf");
  writeFileSync(conf, benchConf(20));
  // Since the process began, by its own clock.
  const importing = `const began = performance.now(); await import("${index}"); console.log(performance.now() - began);`;
  const up = `
    const { createTransitions, loadConf, sqliteJournal } = await import("${index}");
    const t = createTransitions({ journal: sqliteJournal(process.argv[1]) });
    t.register("mounts", { serveVolume() {}, unserveVolume() {} });
    await t.up(await loadConf(${JSON.stringify(conf)}));
    console.log(performance.now());
    await t.down();
    await t.close();`;
  const taken = { node: [], importing: [], version: [], smallUp: [] } as Record<keyof StartTimes, number[]>;
  try {
    for (let run = 0; run < RUNS; run++) {
      taken.node.push(wholeRun(["-e", "0"]));
      taken.importing.push(Number(printedBy(["--input-type=module", "-e", importing])));
      taken.version.push(wholeRun([join(root, "dist/signaled.js"), "--version"]));
      taken.smallUp.push(Number(printedBy(["--input-type=module", "-e", up, "--", join(folder, `${run}.db`)])));
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  return {
    node: median(taken.node),
    importing: median(taken.importing),
    version: median(taken.version),
    smallUp: median(taken.smallUp),
  };
}

function printedBy(args: readonly string[]): string {
  return execFileSync(process.execPath, args, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
}

function wholeRun(args: readonly string[]): number {
  const start = performance.now();
  printedBy(args);
  return performance.now() - start;
}
