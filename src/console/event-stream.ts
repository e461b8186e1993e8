/**
 * Server-sent events over fetch, which, unlike EventSource, lets the token go in a header.
 */
import { request } from "./api.ts";

export interface StreamEvent {
  readonly event: string;
  /** The sequence number of a fact; undefined for what is no fact. */
  readonly id: string | undefined;
  readonly data: string;
}

export interface StreamRequest {
  /** Below the interface's base. */
  readonly path: "/events" | "/inspection";
  /** Go on after this fact; undefined: from now on. */
  readonly after: number | undefined;
  readonly signal: AbortSignal;
  readonly opened: () => void;
  readonly heard: (event: StreamEvent) => void;
}

/** Reads until the stream ends. @throws ApiError when it is refused or breaks */
export async function readEvents({ path, after, signal, opened, heard }: StreamRequest): Promise<void> {
  const headers = after === undefined ? {} : { "last-event-id": String(after) };
  const response = await request(path, { signal, headers: { accept: "text/event-stream", ...headers } });
  if (response.body === null) return;
  opened();
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  const parser = new EventParser(heard);
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    parser.take(value);
  }
}

/** The text/event-stream format, as the HTML standard has it. */
export class EventParser {
  readonly #heard: (event: StreamEvent) => void;
  #rest = "";
  #event = "";
  #id: string | undefined;
  #data: string[] = [];

  constructor(heard: (event: StreamEvent) => void) {
    this.#heard = heard;
  }

  take(text: string): void {
    const lines = (this.#rest + text).split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#line(line);
  }

  #line(line: string): void {
    if (line === "") {
      this.#dispatch();
      return;
    }
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") this.#event = value;
    else if (field === "id") this.#id = value;
    else if (field === "data") this.#data.push(value);
  }

  #dispatch(): void {
    if (this.#data.length > 0)
      this.#heard({ event: this.#event || "message", id: this.#id, data: this.#data.join("\n") });
    this.#event = "";
    this.#id = undefined;
    this.#data = [];
  }
}
