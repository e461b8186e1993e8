/**
 * Load: many readers of the event stream and many requests while a transition is under way. None misses a fact, and what
 * is held for them is bounded. `SIGNALED_LOAD=1` is the whole size, and tells what it costs the transition, of which every
 * step takes `SIGNALED_LOAD_STEP` milliseconds: what one waits longer for its turn weighs less the longer it takes by itself.
 *
 * Who makes the load runs on the same processors as who bears it. So the same load is put, in the same run, on a server
 * that does nothing but send ready bytes while it waits for the same timers: by how much longer that takes is not ours.
 */
import { type ChildProcess, fork } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { RunningService } from "../../cli/signaled-program.ts";
import { Workplace } from "../../cli/workplace.ts";
import { LoadGenerator } from "./load-generator.ts";

const WHOLE = process.env["SIGNALED_LOAD"] !== undefined;
const READERS = WHOLE ? 1_000 : 40;
const REQUESTS_A_SECOND = WHOLE ? 200 : 40;
const VOLUMES = WHOLE ? 400 : 60;

/** Milliseconds that a volume takes to be served, and half of it to be created. */
const STEP = Number(process.env["SIGNALED_LOAD_STEP"] ?? 2);

const PARTICIPANTS = `import { setTimeout as delay } from "node:timers/promises";
export default (signaled) => signaled.register("slow", {
  serveVolume: () => delay(${STEP}), unserveVolume: () => delay(${STEP}), volumeCreated: () => delay(${STEP / 2}) });`;
const WAITS = [STEP / 2, STEP, STEP].flatMap((ms) => Array.from({ length: VOLUMES }, () => ms));

test("many readers and requests during a transition: nothing is lost, and memory is bounded", {
  timeout: 300_000,
}, async () => {
  const work = new Workplace();
  work.write("slow.mjs", PARTICIPANTS);
  const volumes = (prefix: string) => Array.from({ length: VOLUMES }, (_, i) => `${prefix}${i}`);
  const conf = (prefix: string) => work.conf({ groups: { VG: ["Peer0", ...volumes(prefix)] } });
  conf("a");
  const args = [work.path("peer.conf"), "--participants", "./slow.mjs", "--http=0"];
  const service = await RunningService.start(args, { cwd: work.folder });
  const port = Number(new URL(String((await service.hears("HTTP is served"))["address"])).port);
  await service.hears("the service is up");
  const load = new LoadGenerator(port);
  const seq = async () => Number(JSON.parse((await load.ask("/api/v1/status")).text).seq);

  const reload = async (prefix: string): Promise<Span> => {
    conf(prefix);
    return span(service.process, () => service.signal("SIGHUP", "reload finished"));
  };
  const alone = WHOLE ? await reload("b") : undefined;

  load.join(READERS);
  const readersNow = async () => /signaled_event_stream_readers (\d+)/.exec((await load.ask("/metrics")).text)?.[1];
  await expect.poll(readersNow, { timeout: 60_000, interval: 200 }).toBe(String(READERS));
  const from = await seq();
  const own = process.cpuUsage();
  const { result: loaded, statuses } = await load.askDuring(REQUESTS_A_SECOND, reload("c"));
  const generator = process.cpuUsage(own);
  const to = await seq();
  expect(new Set(statuses)).toEqual(new Set([200]));
  for (const { ids } of load.readers) await expect.poll(() => ids.at(-1), { timeout: 60_000 }).toBe(to);
  const wanted = Array.from({ length: to - from }, (_, i) => from + 1 + i);
  for (const { ids } of load.readers) expect(ids).toEqual(wanted);
  const resident = Number(/process_resident_memory_bytes (\d+)/.exec((await load.ask("/metrics")).text)?.[1]);
  expect(resident).toBeLessThan(600_000_000);
  if (alone !== undefined) {
    const answers = await Promise.all(load.paths.map(async (path) => [path, (await load.ask(path)).text]));
    console.log({
      ...{ readers: READERS, requests: statuses.length, facts: to - from, resident },
      ...{ alone, loaded, more: loaded.took / alone.took - 1 },
      generator: (generator.user + generator.system) / 1_000,
      bare: await bareUnderLoad(Object.fromEntries(answers), to - from),
    });
  }
  load.close();
  await service.kill();
  work.remove();
});

interface Span {
  /** Milliseconds, and those of them that the process had a processor; not told where there is no /proc. */
  readonly took: number;
  readonly processor: number;
}

async function span(child: ChildProcess, act: () => Promise<unknown>): Promise<Span> {
  const before = processorTime(child);
  const began = performance.now();
  await act();
  return { took: performance.now() - began, processor: processorTime(child) - before };
}

function processorTime({ pid }: ChildProcess): number {
  const file = `/proc/${pid}/stat`;
  if (!existsSync(file)) return Number.NaN;
  const fields = readFileSync(file, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** The same load on a server that does nothing else. */
async function bareUnderLoad(answers: Readonly<Record<string, string>>, facts: number) {
  const child = fork(fileURLToPath(new URL("./bare-server.mjs", import.meta.url)));
  const said = () => new Promise<{ port?: number; took?: number }>((resolve) => child.once("message", resolve));
  const { port = 0 } = await said();
  const wait = (): Promise<Span> =>
    span(child, async () => {
      child.send({ wait: WAITS });
      await said();
    });
  const alone = await wait();
  const load = new LoadGenerator(port);
  load.join(READERS);
  await expect.poll(async () => Number((await load.ask("/readers")).text), { timeout: 60_000 }).toBe(READERS);
  // As many bytes to each reader, as often as the service writes to so many.
  const event = `id: 1\ndata: ${"x".repeat(200)}\n\n`.repeat(Math.ceil(facts / 6));
  child.send({ answers, event, every: 500 });
  const own = process.cpuUsage();
  const { result: loaded, statuses } = await load.askDuring(REQUESTS_A_SECOND, wait());
  const generator = process.cpuUsage(own);
  load.close();
  child.kill();
  return {
    ...{ requests: statuses.length, alone, loaded, more: loaded.took / alone.took - 1 },
    generator: (generator.user + generator.system) / 1_000,
  };
}
