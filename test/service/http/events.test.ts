/**
 * The event stream: nothing lost, resumed where one was, and nobody who does not read is kept waiting for.
 */
import { createServer, request, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { progressSchema, statusSchema, toldFactSchema } from "../../../src/service/http/answer-schemas.ts";
import { EventStream } from "../../../src/service/http/event-stream.ts";
import { HttpPlace } from "./http-place.ts";

interface Heard {
  readonly event: string;
  readonly id: number | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: each test knows what it asked for.
  readonly data: any;
}

/** A reader of the stream, with what it has heard. */
class Listener {
  readonly heard: Heard[] = [];
  ended = false;
  readonly #asked: ReturnType<typeof request>;
  #rest = "";

  constructor(port: number, headers: Readonly<Record<string, string>> = {}, query = "") {
    this.#asked = request(
      { host: "127.0.0.1", port, path: `/api/v1/events${query}`, headers, agent: false },
      (response) => {
        response.setEncoding("utf8").on("data", (text) => this.#take(text));
        response.on("error", () => {});
        response.on("close", () => {
          this.ended = true;
        });
      },
    );
    this.#asked.on("error", () => {});
    this.#asked.end();
  }

  get facts(): number[] {
    return this.heard.flatMap(({ event, id }) => (event === "fact" && id !== undefined ? [id] : []));
  }

  close(): void {
    this.#asked.destroy();
  }

  #take(text: string): void {
    const blocks = (this.#rest + text).split("\n\n");
    this.#rest = blocks.pop() ?? "";
    for (const block of blocks) {
      const fields = new Map(
        block.split("\n").map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)]),
      );
      const data = fields.get("data");
      if (data === undefined) continue;
      const id = fields.get("id");
      this.heard.push({
        event: fields.get("event") ?? "",
        id: id === undefined ? undefined : Number(id),
        data: JSON.parse(data),
      });
    }
  }
}

/** However slow the machine is. */
const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 20_000 });

let place: HttpPlace;
let waiting: (() => void)[] = [];
let slow = false;

beforeAll(async () => {
  place = await HttpPlace.open({
    register: (transitions) =>
      transitions.register("mounts", {
        serveVolume: (_, context) => {
          if (!slow) return undefined;
          context.progress(0.5, "half way");
          return new Promise<void>((resolve) => waiting.push(resolve));
        },
      }),
  });
});
afterAll(() => place.close());

const reload = () => place.service.reload({ how: "test" });
const version = () => place.journalVersion();
const upTo = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + 1 + i);

describe("the event stream", () => {
  test("begins with the status, then has every fact once and in order, for everybody", async () => {
    const before = await version();
    const listeners = [1, 2, 3].map(() => new Listener(place.port));
    for (const listener of listeners) await eventually(() => listener.heard.length).toBeGreaterThan(0);
    await reload();
    const after = await version();
    for (const listener of listeners) {
      await eventually(() => listener.facts).toEqual(upTo(before, after));
      expect(listener.heard[0]?.event).toBe("status");
      for (const { event, data } of listener.heard) {
        if (event === "status") expect(statusSchema.parse(data)).toEqual(data);
        if (event === "fact") expect(toldFactSchema.parse(data)).toEqual(data);
      }
      await eventually(() => listener.heard.filter(({ event }) => event === "status").at(-1)?.data.seq).toBe(after);
      listener.close();
    }
  });

  test("goes on where a reader was, from the header or the query, and tells the past as it told the present", async () => {
    const live = new Listener(place.port);
    await eventually(() => live.heard.length).toBeGreaterThan(0);
    const before = await version();
    await reload();
    const after = await version();
    await eventually(() => live.facts.at(-1)).toBe(after);
    const resumed = new Listener(place.port, { "last-event-id": String(before) });
    const asked = new Listener(place.port, {}, `?after=${before + 3}`);
    await eventually(() => resumed.facts).toEqual(upTo(before, after));
    await eventually(() => asked.facts).toEqual(upTo(before + 3, after));
    const facts = ({ heard }: Listener) => heard.filter(({ event }) => event === "fact");
    expect(facts(resumed)).toEqual(facts(live));
    await reload();
    await eventually(() => resumed.facts).toEqual(upTo(before, after + (after - before)));
    for (const listener of [live, resumed, asked]) listener.close();
  });

  test("tells what is waited for and which cells change, while a transition is under way", async () => {
    slow = true;
    const listener = new Listener(place.port);
    await eventually(() => listener.heard.length).toBeGreaterThan(0);
    place.work.conf({ groups: { VG_A: ["Peer0", "VolumeA", "VolumeX"], VG_B: ["Peer1", "VolumeB"] } });
    const done = reload();
    const progress = () => listener.heard.filter(({ event }) => event === "progress").map(({ data }) => data);
    await eventually(() => progress().at(-1)?.running[0]?.subject).toBe("VolumeX");
    for (const each of progress()) expect(progressSchema.parse(each)).toEqual(each);
    expect(progress().at(-1).running[0]).toMatchObject({
      participant: "mounts",
      callback: "ServeVolume",
      fraction: 0.5,
      text: "half way",
    });
    const board = (await place.get("/api/v1/transitions/current")).json;
    expect(board).toMatchObject({ outcome: "running", running: [{ subject: "VolumeX" }] });
    const cell = board.courses[0].cells.find((each: { state: string }) => each.state === "running");
    expect([cell.participant, board.courses[0].phases[cell.phase].callback]).toEqual(["mounts", "ServeVolume"]);
    slow = false;
    for (const answer of waiting) answer();
    waiting = [];
    await done;
    listener.close();
    const over = (await place.get("/api/v1/transitions/current")).json;
    expect(
      over.courses[0].cells.every(({ state }: { state: string }) => state === "done" || state === "not-implemented"),
    ).toBe(true);
  });
});

test("a reader that never reads is let go, what waits for it is bounded, and the others miss nothing", async () => {
  const telling = { due: () => "", greeting: () => "" };
  const stream = new EventStream({ past: { read: () => [] as never }, telling, seq: 0 });
  const server = createServer((_, response) => stream.join(response, undefined)).listen(0, "127.0.0.1");
  await new Promise((done) => server.once("listening", done));
  const { port } = server.address() as AddressInfo;
  const reader = new Listener(port);
  const deaf = connect(port, "127.0.0.1");
  deaf.on("error", () => {});
  deaf.pause();
  deaf.write("GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
  await eventually(() => stream.readers).toBe(2);
  let seq = 0;
  const text = "x".repeat(100_000);
  // What the kernel holds for a connection is some megabytes; what is held here is half of one.
  while (stream.dropped === 0 && seq < 1_000) {
    const at = ++seq;
    stream.hear(at, () => ({ seq: at, time: "", type: "", text }));
    await expect.poll(() => reader.facts.at(-1), { interval: 5, timeout: 20_000 }).toBe(at);
  }
  expect([stream.dropped, stream.readers]).toEqual([1, 1]);
  expect(reader.facts).toEqual(upTo(0, seq));
  reader.close();
  deaf.destroy();
  stream.close();
  server.close();
});

test("what nobody hears costs no words", () => {
  const stream = new EventStream({
    past: { read: () => [] as never },
    telling: { due: () => "", greeting: () => "" },
    seq: 0,
  });
  let told = 0;
  for (let seq = 1; seq <= 1_000; seq++) {
    stream.hear(seq, () => {
      told++;
      return { seq, time: "", type: "", text: "" };
    });
  }
  expect(told).toBe(0);
});

test("who joins, or comes back, while others are written to has every fact from there on once", async () => {
  const told = (seq: number) => ({ seq, time: "", type: "", text: "" });
  const past = {
    async *read(after: number, to: number) {
      for (let seq = after + 1; seq <= to; seq++) yield [told(seq)];
    },
  };
  const stream = new EventStream({ past, telling: { due: () => "", greeting: () => "" }, seq: 0 });
  const slow = Array.from({ length: 20 }, () => new SlowResponse());
  for (const each of slow) stream.join(each.response, undefined);
  const late: SlowResponse[] = [];
  const joinWhileWriting = (): void => {
    if (late.length > 30) return;
    const [fresh, back] = [new SlowResponse(), new SlowResponse()];
    late.push(fresh, back);
    stream.join(fresh.response, undefined);
    stream.join(back.response, 0);
  };
  for (const each of slow.slice(5, 15)) each.onWrite = () => setImmediate(joinWhileWriting);
  for (let seq = 1; seq <= 300; seq++) {
    stream.hear(seq, () => told(seq));
    if (seq % 50 === 0) await new Promise((done) => setTimeout(done, 60));
  }
  await eventually(() => late.length).toBeGreaterThan(30);
  stream.hear(301, () => told(301));
  for (const each of [...slow, ...late]) await eventually(() => each.ids.at(-1)).toBe(301);
  for (const { ids } of [...slow, ...late]) expect(ids).toEqual(upTo((ids[0] ?? 0) - 1, 301));
  for (const back of late.filter((_, i) => i % 2 === 1)) expect(back.ids[0]).toBe(1);
  stream.close();
});

/** A response that takes a moment to write to, so that writing to many is done in turns. */
class SlowResponse {
  readonly ids: number[] = [];
  onWrite = (): void => {};
  readonly response = {
    writeHead: () => {},
    on: () => {},
    end: () => {},
    writableLength: 0,
    writableNeedDrain: false,
    write: (bytes: Buffer) => {
      const until = performance.now() + 0.3;
      while (performance.now() < until);
      for (const [, id] of bytes.toString().matchAll(/^id: (\d+)$/gm)) this.ids.push(Number(id));
      this.onWrite();
    },
  } as unknown as ServerResponse;
}
