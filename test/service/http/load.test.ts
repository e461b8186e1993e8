/**
 * Load: many readers of the event stream and many requests while a transition is under way. None misses a fact, and what
 * is held for them is bounded. `SIGNALED_LOAD=1` is the whole size, and tells what it costs the transition.
 */
import { Agent, request } from "node:http";
import { connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { RunningService } from "../../cli/signaled-program.ts";
import { Workplace } from "../../cli/workplace.ts";

const WHOLE = process.env["SIGNALED_LOAD"] !== undefined;
const READERS = WHOLE ? 1_000 : 40;
const REQUESTS_A_SECOND = WHOLE ? 200 : 40;
const VOLUMES = WHOLE ? 400 : 60;

const PARTICIPANTS = `import { setTimeout as delay } from "node:timers/promises";
export default (signaled) => signaled.register("slow", {
  serveVolume: () => delay(2), unserveVolume: () => delay(2), volumeCreated: () => delay(1) });`;

/** Reads a stream, keeping only what its facts are numbered. */
function reader(port: number): { readonly socket: Socket; readonly ids: number[] } {
  const ids: number[] = [];
  let rest = "";
  const socket = connect(port, "127.0.0.1", () =>
    socket.write("GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n"),
  );
  socket.setEncoding("latin1");
  socket.on("error", () => {});
  socket.on("data", (text) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line.startsWith("id: ")) ids.push(Number(line.slice(4)));
  });
  return { socket, ids };
}

function ask(port: number, path: string, agent: Agent): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    request({ host: "127.0.0.1", port, path, agent }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk) => {
        text += chunk;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
    })
      .on("error", reject)
      .end();
  });
}

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
  const agent = new Agent({ keepAlive: true, maxSockets: 50 });
  const seq = async () => Number(JSON.parse((await ask(port, "/api/v1/status", agent)).text).seq);

  const reload = async (prefix: string): Promise<number> => {
    conf(prefix);
    const began = performance.now();
    await service.signal("SIGHUP", "reload finished");
    return performance.now() - began;
  };
  const alone = WHOLE ? await reload("b") : undefined;

  const readers = Array.from({ length: READERS }, () => reader(port));
  const readersNow = async () =>
    /signaled_event_stream_readers (\d+)/.exec((await ask(port, "/metrics", agent)).text)?.[1];
  await expect.poll(readersNow, { timeout: 60_000, interval: 200 }).toBe(String(READERS));
  const from = await seq();
  let over = false;
  const asking = (async () => {
    const answers: Promise<number>[] = [];
    const paths = ["status", "transitions/current", "participants", "transitions?limit=5", "topology"];
    for (let i = 0; !over; i++) {
      answers.push(ask(port, `/api/v1/${paths[i % paths.length]}`, agent).then(({ status }) => status));
      await delay(1_000 / REQUESTS_A_SECOND);
    }
    return Promise.all(answers);
  })();
  const loaded = await reload("c");
  over = true;
  const statuses = await asking;
  const to = await seq();
  expect(new Set(statuses)).toEqual(new Set([200]));
  for (const { ids } of readers) await expect.poll(() => ids.at(-1), { timeout: 60_000 }).toBe(to);
  const wanted = Array.from({ length: to - from }, (_, i) => from + 1 + i);
  for (const { ids } of readers) expect(ids).toEqual(wanted);
  const resident = Number(/process_resident_memory_bytes (\d+)/.exec((await ask(port, "/metrics", agent)).text)?.[1]);
  expect(resident).toBeLessThan(600_000_000);
  if (alone !== undefined) {
    console.log({
      readers: READERS,
      requests: statuses.length,
      facts: to - from,
      alone,
      loaded,
      more: loaded / alone - 1,
      resident,
    });
  }
  for (const { socket } of readers) socket.destroy();
  agent.destroy();
  await service.kill();
  work.remove();
});
