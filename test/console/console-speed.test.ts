/**
 * How long one waits for the console on a long history: the first paint, and any earlier moment.
 *
 * Times are a benchmark, not a test: `npm run bench:console` asks for them, with `SIGNALED_BENCH_FACTS` facts (100,000 unless
 * it says otherwise), and `npm test` does not.
 */
import { existsSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseConf } from "../../src/conf/conf-text.ts";
import { createTransitions } from "../../src/effects/transitions.ts";
import { sqliteJournal } from "../../src/journal/sqlite-journal.ts";
import { hasChromium } from "../browser.ts";
import { ConsoleScene } from "./console-scene.ts";

const FACTS = Number(process.env["SIGNALED_BENCH_FACTS"] ?? 100_000);
const VOLUMES = 200;
const MOMENTS = 60;
/** Milliseconds that each is looked at. */
const LOOKED_AT = 150;

/** Real transitions, one after the other, until there are so many facts. */
async function writeHistory(scene: ConsoleScene): Promise<void> {
  const journal = sqliteJournal(scene.work.path("journal.db"));
  const signaled = createTransitions({ journal, log: undefined });
  const act = (): void => {};
  for (const name of ["inode", "mounts", "shares"])
    signaled.register(name, { up: act, volumeCreated: act, serveVolume: act, unserveVolume: act, signaledFinish: act });
  signaled.register("addresses", { volumeGroupMoved: act });
  const confs = [0, 1].map((turn) => parseConf(scene.confText(VOLUMES, (group) => `Peer${(group + turn) % 2}`)));
  await signaled.up(confs[0] as never);
  for (let turn = 1; (await journal.version()) < FACTS; turn += 1) await signaled.signaled(confs[turn % 2] as never);
  await signaled.close();
}

async function timed(act: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await act();
  return Math.round(performance.now() - began);
}

function spread(times: readonly number[]): string {
  const sorted = [...times].sort((one, other) => one - other);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return `median ${at(0.5)} ms, 95 % ${at(0.95)} ms, most ${at(1)} ms`;
}

describe.runIf(hasChromium() && process.env["SIGNALED_BENCH"] !== undefined)(`with ${FACTS} facts`, () => {
  let scene: ConsoleScene;
  let page: Page;
  beforeAll(async () => {
    scene = await ConsoleScene.open();
    console.log(`history written in ${await timed(() => writeHistory(scene))} ms`);
    scene.work.write(
      "peer.conf",
      scene.confText(VOLUMES, (group) => `Peer${group % 2}`),
    );
    console.log(`up again after ${await timed(() => scene.start("--journal", "journal.db"))} ms`);
    page = await scene.page(await scene.context());
  }, 3_600_000);
  afterAll(() => scene.close());

  test("first paint", async () => {
    const times: number[] = [];
    for (let visit = 0; visit < 5; visit += 1) {
      await page.goto("about:blank");
      await page.goto(scene.address);
      const whole = await timed(() => page.getByRole("heading", { level: 1, name: "Up" }).waitFor());
      const paint = await page.evaluate(
        () => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? Number.NaN,
      );
      times.push(Math.round(paint));
      console.log(`visit ${visit + 1}: first contentful paint ${Math.round(paint)} ms, state shown ${whole} ms later`);
    }
    expect(times.every((time) => time > 0)).toBe(true);
  });

  test("any earlier moment", async () => {
    const latest = (await journalVersion(scene)) - 10;
    const seqs = Array.from(
      { length: MOMENTS },
      (_, index) => 1 + Math.floor((((index * 7_919) % 1_000) / 1_000) * latest),
    );
    const answers: number[] = [];
    const before = processorTime(scene);
    for (const seq of seqs)
      answers.push(await timed(async () => (await fetch(`${scene.address}api/v1/moments/${seq}`)).text()));
    const own =
      before === undefined ? "" : `, of the processor ${((processorTime(scene) ?? 0) - before) / MOMENTS} ms each`;
    console.log(`GET /moments/SEQ, anywhere: ${spread(answers)}${own}`);
    const shown: number[] = [];
    await page.goto(`${scene.address}#/timeline?at=1`);
    for (const seq of seqs.map((seq) => Math.min(latest, seq + 1))) {
      // Somebody who chooses a moment, not a slider that moves.
      await delay(LOOKED_AT);
      shown.push(await page.evaluate(untilShown, [seq, `After fact ${seq.toLocaleString("en")}`] as const));
    }
    console.log(`shown in the page: ${spread(shown)}`);
    expect(shown).toHaveLength(MOMENTS);
  }, 600_000);
});

/**
 * Milliseconds from a click on a moment until its heading is there and has been painted. Told by the page itself: who looks
 * from outside looks only every now and then.
 */
function untilShown([seq, heading]: readonly [number, string]): Promise<number> {
  const began = performance.now();
  location.hash = `#/timeline?at=${seq}`;
  return new Promise((resolve) => {
    const look = (): void => {
      if (document.querySelector("#moment")?.textContent === heading) resolve(Math.round(performance.now() - began));
      else requestAnimationFrame(look);
    };
    look();
  });
}

/** Milliseconds of processor time that the service has used, where Linux tells; whatever else runs does not count. */
function processorTime(scene: ConsoleScene): number | undefined {
  const file = `/proc/${scene.service.process.pid}/stat`;
  if (!existsSync(file)) return undefined;
  const fields = readFileSync(file, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

async function journalVersion(scene: ConsoleScene): Promise<number> {
  const status = (await (await fetch(`${scene.address}api/v1/status`)).json()) as { seq: number };
  return status.seq;
}
