/**
 * A session with the HTTP server of docs/examples: clients that never pause, while the conf is edited and reloaded beneath
 * them, and the end.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { DatabaseSync } from "@photostructure/sqlite";
import { expect } from "vitest";

const CONF = readFileSync(
  fileURLToPath(new URL("../../docs/examples/http-server/cluster.conf", import.meta.url)),
  "utf8",
);
const edited = (from: string | RegExp, to: string): string => CONF.replace(from, to);

/** What the conf is made to be, one reload after the other. */
const CONFS: readonly string[] = [
  edited(/(?<=audio\]\nPrimaryPeer {3}= )Peer0/, "Peer1"),
  edited(/(?<=books.db\nCachedPairs = )100/, "50"),
  edited(/(?<=audio\]\nPrimaryPeer {3}= )Peer0/, "Nobody"),
  CONF,
];

interface Session {
  /** The lines that the program printed, and of them those after the request to end. */
  readonly printed: readonly string[];
  readonly ending: readonly string[];
  readonly code: number | null;
  /** What each client was answered, repetitions left out; `dropped` for a request without an answer. */
  readonly books: string;
  readonly music: string;
  /** The latest value that a client was told is kept, and what is in the database when all is over. */
  readonly confirmed: string;
  readonly kept: string;
}

/** Plays the session with a program, given as the file that Node runs. */
async function playSession(program: string): Promise<Session> {
  const server = new RunningServer(program);
  try {
    const address = (await server.says(/^serving at (\S+)/))[1];
    let confirmed = "";
    let count = 0;
    const books = new Client(async () => {
      const body = String(++count);
      const { status } = await fetch(`${address}/books/latest`, { method: "PUT", body });
      if (status === 200) confirmed = body;
      return String(status);
    });
    const music = new Client(async () => {
      const answer = await fetch(`${address}/music/latest`);
      // 421 is somebody else's business, and says whose.
      return answer.status === 421 ? `421 ${await answer.text()}` : String(answer.status);
    });
    for (const conf of CONFS) {
      await Promise.all([books.isAnswered(), music.isAnswered()]);
      await server.reload(conf);
    }
    await Promise.all([books.isAnswered(), music.isAnswered()]);
    const { code, ending } = await server.end([books, music]);
    const kept = server.read("state/books.db", "SELECT value FROM pairs WHERE key = 'latest'");
    return { printed: server.printed, ending, code, books: books.story, music: music.story, confirmed, kept };
  } finally {
    server.remove();
  }
}

class RunningServer {
  readonly printed: string[] = [];
  readonly #folder = mkdtempSync(join(tmpdir(), "signaled-server-"));
  readonly #process: ChildProcess;
  readonly #exit: Promise<number | null>;
  #wake: () => void = () => {};

  constructor(program: string) {
    this.#write(CONF);
    this.#process = spawn(process.execPath, [program], { cwd: this.#folder });
    this.#exit = new Promise((resolve) => this.#process.once("close", resolve));
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on("line", (line) => {
        this.printed.push(line);
        this.#wake();
      });
    }
    void this.#exit.then(() => this.#wake());
  }

  /** The first line from this one on that is of this form. */
  async says(form: RegExp, from = 0): Promise<RegExpExecArray> {
    for (;;) {
      const found = this.printed
        .slice(from)
        .map((line) => form.exec(line))
        .find((each) => each !== null);
      if (found !== undefined) return found;
      if (this.#process.exitCode !== null) throw new Error(`the server ended:\n${this.printed.join("\n")}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async reload(conf: string): Promise<void> {
    const from = this.printed.length;
    this.#write(conf);
    this.#process.kill("SIGHUP");
    await this.says(/^reload: /, from);
  }

  async end(clients: readonly Client[]): Promise<{ readonly code: number | null; readonly ending: readonly string[] }> {
    const from = this.printed.length;
    for (const client of clients) client.mayEnd = true;
    this.#process.kill("SIGTERM");
    const code = await this.#exit;
    await Promise.all(clients.map((client) => client.ended));
    return { code, ending: this.printed.slice(from) };
  }

  read(file: string, query: string): string {
    const database = new DatabaseSync(join(this.#folder, file), { readOnly: true });
    const row = database.prepare(query).get();
    database.close();
    return String(row?.["value"]);
  }

  remove(): void {
    this.#process.kill("SIGKILL");
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }

  #write(conf: string): void {
    writeFileSync(join(this.#folder, "cluster.conf"), conf);
  }
}

/** Asks again as soon as it is answered. */
class Client {
  /** From now on the server may go away. */
  mayEnd = false;
  readonly ended: Promise<void>;
  readonly #answers: string[] = [];
  #count = 0;
  #wake: () => void = () => {};

  constructor(ask: () => Promise<string>) {
    this.ended = this.#run(ask);
  }

  get story(): string {
    return this.#answers.join(" ");
  }

  /** Resolves when a few more requests have been answered. */
  async isAnswered(): Promise<void> {
    const wanted = this.#count + 20;
    while (this.#count < wanted)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
  }

  async #run(ask: () => Promise<string>): Promise<void> {
    for (;;) {
      const answer = await ask().catch((error) => `dropped (${error.cause?.code ?? error})`);
      if (this.mayEnd && !/^\d/.test(answer)) return;
      if (this.#answers.at(-1) !== answer) this.#answers.push(answer);
      this.#count++;
      this.#wake();
    }
  }
}

/** Plays the session, and holds it against what the guide says of the program. */
export async function expectGoodSession(program: string): Promise<void> {
  const { printed, ending, ...session } = await playSession(program);
  // 503 is what is said to who waited at the gate when the server went down for good.
  expect(session).toEqual({
    code: 0,
    books: expect.stringMatching(/^200( 503)?$/),
    music: expect.stringMatching(/^404 421 Peer1 404( 503)?$/),
    confirmed: session.kept,
    kept: expect.stringMatching(/^\d\d\d+$/),
  });
  expect(printed.filter((line) => line.startsWith("reload: "))).toEqual([
    "reload: finished",
    "reload: finished",
    expect.stringMatching(/^reload: cluster\.conf:14: .*'Nobody'/),
    "reload: finished",
  ]);
  expect(between(printed, /^serving at/, /^reload: finished/)).toEqual([
    "listener: the gate is closed, and everybody inside has been answered",
    "cache: music is dropped",
    "pool: music is closed",
    "listener: the gate is open to books, films",
  ]);
  expect(ending).toEqual([
    "listener: the gate is closed, and everybody inside has been answered",
    ...["music", "films", "books"].map((volume) => `cache: ${volume} is dropped`),
    ...["music", "films", "books"].map((volume) => `pool: ${volume} is closed`),
    "listener: closed",
  ]);
}

/** The lines after the first of one form, up to the first of another. */
function between(lines: readonly string[], after: RegExp, end: RegExp): readonly string[] {
  return lines.slice(
    lines.findIndex((line) => after.test(line)) + 1,
    lines.findIndex((line) => end.test(line)),
  );
}
