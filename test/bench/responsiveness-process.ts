/**
 * How late a timer is, and how late a signal is noticed, while a large conf goes up, is reloaded and goes down; and how much
 * memory that takes, in a process that has nothing else to do: `responsiveness-process.js <volumes> <answer> [sqlite]` prints JSON.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { createTransitions, loadConf, sqliteJournal } from "signaled";
import { benchConf } from "./bench-conf.ts";
import { type Answer, registerIdle } from "./idle-participants.ts";

const volumes = Number(process.argv[2]);
const answer = process.argv[3] as Answer;
const TICK = 5;

/** A thread of its own sends the signals: it says when, and sends the next only after the last was noticed. */
const SENDER = `
const { workerData } = require("node:worker_threads");
const sent = new BigInt64Array(workerData);
setInterval(() => {
  if (Atomics.load(sent, 0) !== 0n) return;
  Atomics.store(sent, 0, process.hrtime.bigint());
  process.kill(process.pid, "SIGUSR2");
}, 7);
`;

/** The latest by stage, in milliseconds. */
const timerLate: Record<string, number> = {};
const signalLate: Record<string, number> = {};
let stage = "";

function note(late: Record<string, number>, milliseconds: number): void {
  if (stage !== "") late[stage] = Math.max(late[stage] ?? 0, milliseconds);
}

const shared = new SharedArrayBuffer(8);
const sent = new BigInt64Array(shared);
process.on("SIGUSR2", () => {
  note(signalLate, Number(process.hrtime.bigint() - Atomics.load(sent, 0)) / 1e6);
  Atomics.store(sent, 0, 0n);
});
const sender = new Worker(SENDER, { eval: true, workerData: shared });

let due = performance.now() + TICK;
const tick = (): void => {
  note(timerLate, performance.now() - due);
  due = performance.now() + TICK;
  setTimeout(tick, TICK).unref();
};
tick();

const folder = mkdtempSync(join(tmpdir(), "signaled-bench-"));
const path = join(folder, "bench.conf");
const journal = process.argv[4] === "sqlite" ? sqliteJournal(join(folder, "journal.db")) : undefined;
const instance = registerIdle(createTransitions({ journal }), answer);

async function during<Result>(name: string, act: () => Promise<Result>): Promise<Result> {
  await new Promise((resolve) => setTimeout(resolve, 3 * TICK));
  stage = name;
  try {
    return await act();
  } finally {
    // The timer that is late by then has its say.
    await new Promise((resolve) => setTimeout(resolve, 3 * TICK));
    stage = "";
  }
}

try {
  writeFileSync(path, benchConf(volumes));
  const conf = await during("reading", () => loadConf(path));
  await during("up", () => instance.up(conf));
  writeFileSync(path, benchConf(volumes, "moved"));
  const moved = await during("reading", () => loadConf(path));
  await during("reload", () => instance.signaled(moved));
  await during("down", () => instance.down());
  await instance.close();
  const peak = process.resourceUsage().maxRSS / 1024;
  process.stdout.write(JSON.stringify({ timerLate, signalLate, peak }));
} finally {
  rmSync(folder, { recursive: true });
  await sender.terminate();
}
process.exit(0);
