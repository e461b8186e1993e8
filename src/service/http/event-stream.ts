/**
 * The event stream: what happens, as server-sent events to any number of readers.
 *
 * Each event becomes text once, for all of them, and readers are written to together, the more of them the less often: what
 * they cost is bounded, whatever they are. Who reads slower than things happen is told so and let go; where they were is
 * the id of the last fact that they got, from which they go on out of the journal.
 */
import type { ServerResponse } from "node:http";
import type { ToldFact } from "./answers.ts";
import { inTurns } from "./turns.ts";

/** Where past facts are read, for who resumes. */
export interface Past {
  /** Facts after `seq` up to `to`, in order, in pages. */
  read(after: number, to: number): AsyncIterable<readonly ToldFact[]>;
}

/** What is told beside the facts. */
export interface Telling {
  /** Text of events without an id that are due now; empty for none. */
  due(): string;
  /** What a new reader is told first. */
  greeting(): string;
}

export interface EventStreamParts {
  readonly past: Past;
  readonly telling: Telling;
  /** Of the last fact there is. */
  readonly seq: number;
}

/** Bytes that may wait for one reader. */
const BACKLOG_AT_MOST = 512 * 1024;
/** Readers at once. */
const READERS_AT_MOST = 4_000;
/** Milliseconds between two writes: at least, for each reader, and at most. */
const WRITE_EVERY = { least: 50, reader: 0.5, most: 1_000 };
/** Milliseconds that writing holds the event loop: a transition goes on between, while it waits for nothing else. */
const HOLD_AT_MOST = 0.5;
/** Milliseconds after which a comment shows a silent reader, and proxies between, that the stream lives. */
const HEARTBEAT_EVERY = 15_000;
/** Milliseconds that somebody who resumes may take to read what was written to him. */
const PATIENCE = 30_000;

interface Reader {
  readonly response: ServerResponse;
  /** Of the last fact written. */
  seq: number;
  /** Has everything, and is written to with the others. */
  live: boolean;
}

export class EventStream {
  readonly #past: Past;
  readonly #telling: Telling;
  readonly #readers = new Set<Reader>();
  /** Of the last fact that the readers have. */
  #written: number;
  #waiting: ToldFact[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #heartbeatAt = 0;
  #dropped = 0;

  constructor({ past, telling, seq }: EventStreamParts) {
    this.#past = past;
    this.#telling = telling;
    this.#written = seq;
  }

  get readers(): number {
    return this.#readers.size;
  }

  /** Readers that were let go because they did not read. */
  get dropped(): number {
    return this.#dropped;
  }

  get isFull(): boolean {
    return this.#readers.size >= READERS_AT_MOST;
  }

  /** Takes a fact; `tell` makes its words, which nobody pays for whom nobody hears. */
  hear(seq: number, tell: () => ToldFact): void {
    if (this.#readers.size > 0) {
      this.#waiting.push(tell());
      return;
    }
    this.#waiting = [];
    this.#written = seq;
  }

  /** Takes a reader, whose response has not begun. */
  join(response: ServerResponse, after: number | undefined): void {
    // Framed by its end, not in chunks: one write of the shared bytes is then one write to the socket.
    response.useChunkedEncodingByDefault = false;
    response.shouldKeepAlive = false;
    response.writeHead(200, {
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      "x-accel-buffering": "no",
      connection: "close",
    });
    const seq = after === undefined || after > this.#written ? this.#written : after;
    const reader: Reader = { response, seq, live: seq === this.#written };
    response.on("close", () => this.#readers.delete(reader));
    response.on("error", () => this.#readers.delete(reader));
    this.#readers.add(reader);
    this.#write(reader, Buffer.from(`retry: 1000\n\n${this.#telling.greeting()}`));
    if (!reader.live) void this.#catchUp(reader);
    this.#timer ??= this.#writeLater();
  }

  close(): void {
    clearTimeout(this.#timer);
    for (const { response } of this.#readers) response.end();
    this.#readers.clear();
  }

  #writeLater(): ReturnType<typeof setTimeout> {
    const { least, reader, most } = WRITE_EVERY;
    return setTimeout(
      () => void this.#writeAll(),
      Math.min(most, Math.max(least, reader * this.#readers.size)),
    ).unref();
  }

  async #writeAll(): Promise<void> {
    const facts = this.#waiting;
    this.#waiting = [];
    const now = performance.now();
    const beats = now - this.#heartbeatAt > HEARTBEAT_EVERY;
    const text = factEvents(facts) + this.#telling.due() + (beats ? ":\n\n" : "");
    const last = facts[facts.length - 1]?.seq ?? this.#written;
    const readers = [...this.#readers].filter(({ live }) => live);
    // Before the first pause: who joins in one goes on after these facts.
    this.#written = last;
    if (text !== "") {
      this.#heartbeatAt = now;
      const bytes = Buffer.from(text);
      for await (const reader of inTurns(readers, HOLD_AT_MOST))
        if (this.#readers.has(reader)) this.#write(reader, bytes, last);
    }
    this.#timer = this.#readers.size > 0 ? this.#writeLater() : undefined;
  }

  #write(reader: Reader, bytes: Buffer, seq = reader.seq): void {
    const { response } = reader;
    response.write(bytes);
    reader.seq = seq;
    if (response.writableLength > BACKLOG_AT_MOST) this.#drop(reader);
  }

  /** He may still read what is on its way to him, and then learns why. */
  #drop(reader: Reader): void {
    this.#readers.delete(reader);
    this.#dropped++;
    reader.response.end(`event: lagging\ndata: {"seq":${reader.seq}}\n\n`);
    setTimeout(() => reader.response.destroy(), 1_000).unref();
  }

  async #catchUp(reader: Reader): Promise<void> {
    try {
      while (this.#readers.has(reader) && reader.seq < this.#written) {
        for await (const page of this.#past.read(reader.seq, this.#written)) {
          const last = page[page.length - 1];
          if (last === undefined || !this.#readers.has(reader)) return;
          this.#write(reader, Buffer.from(factEvents(page)), last.seq);
          await drained(reader.response);
        }
      }
      reader.live = true;
    } catch {
      this.#readers.delete(reader);
      reader.response.destroy();
    }
  }
}

function factEvents(facts: readonly ToldFact[]): string {
  let text = "";
  for (const fact of facts) text += `id: ${fact.seq}\nevent: fact\ndata: ${JSON.stringify(fact)}\n\n`;
  return text;
}

/** Resolves when what was written has gone out. @throws when it does not for too long */
async function drained(response: ServerResponse): Promise<void> {
  if (!response.writableNeedDrain || response.destroyed) return;
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("he does not read")), PATIENCE).unref();
    const done = (): void => {
      clearTimeout(timer);
      response.off("drain", done).off("close", done);
      resolve();
    };
    response.on("drain", done).on("close", done);
  });
}
