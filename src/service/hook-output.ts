/**
 * What a hook says, as lines, with bounds: a program may write without end, and without ever ending a line, and a log is
 * for people.
 */
import type { Readable } from "node:stream";

/** Characters of a line; what is beyond is cut off. */
const LINE_LENGTH = 400;
/** Lines of one stream that are passed on; the rest is counted. */
const LINES_AT_MOST = 1_000;

export interface HookOutput {
  /** Resolves when the stream has ended. */
  readonly ended: Promise<void>;
  /** The last lines that are not empty, told or not. */
  last(): readonly string[];
}

/** Listens to a stream. Bytes that are no UTF-8 are shown as the replacement character. */
export function hearOutput(source: Readable, kept: number, onLine: (line: string) => void): HookOutput {
  const last: string[] = [];
  let told = 0;
  const tell = (line: string): void => {
    if (line.trim() !== "") {
      last.push(line.trim());
      if (last.length > kept) last.shift();
    }
    if (++told <= LINES_AT_MOST) onLine(line);
    if (told === LINES_AT_MOST) onLine(`(what it says after ${LINES_AT_MOST} lines is left out)`);
  };
  const lines = new LineSplitter(tell);
  const decoder = new TextDecoder();
  source.on("data", (chunk: Buffer) => lines.take(decoder.decode(chunk, { stream: true })));
  const ended = new Promise<void>((resolve) => {
    source.once("close", () => {
      lines.take(decoder.decode());
      lines.end();
      resolve();
    });
  });
  // A pipe that breaks has nothing more to say.
  source.on("error", () => {});
  return { ended, last: () => last };
}

/** Text in pieces → lines, of each of which no more is kept than is shown. */
class LineSplitter {
  readonly #tell: (line: string) => void;
  #begun = "";
  #isCut = false;

  constructor(tell: (line: string) => void) {
    this.#tell = tell;
  }

  take(text: string): void {
    let from = 0;
    for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", from)) {
      this.#keep(text, from, end);
      this.#finish();
      from = end + 1;
    }
    this.#keep(text, from, text.length);
  }

  end(): void {
    if (this.#begun !== "") this.#finish();
  }

  #keep(text: string, from: number, to: number): void {
    const room = LINE_LENGTH - this.#begun.length;
    if (to - from > room) this.#isCut = true;
    this.#begun += text.slice(from, Math.min(to, from + room));
  }

  #finish(): void {
    const line = this.#begun.endsWith("\r") ? this.#begun.slice(0, -1) : this.#begun;
    this.#tell(this.#isCut ? `${line}…` : line);
    this.#begun = "";
    this.#isCut = false;
  }
}
