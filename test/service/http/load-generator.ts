/**
 * A generator of load: readers of an event stream, who keep what its facts are numbered, and requests at a steady rate.
 */
import { Agent, request } from "node:http";
import { connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

const PATHS = ["status", "transitions/current", "participants", "transitions?limit=5", "topology"].map(
  (path) => `/api/v1/${path}`,
);

export interface Reader {
  readonly socket: Socket;
  readonly ids: readonly number[];
}

export class LoadGenerator {
  readonly #port: number;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 50 });
  readonly readers: Reader[] = [];

  constructor(port: number) {
    this.#port = port;
  }

  get paths(): readonly string[] {
    return PATHS;
  }

  join(readers: number): void {
    for (let i = 0; i < readers; i++) this.readers.push(readerOf(this.#port));
  }

  ask(path: string): Promise<{ readonly status: number; readonly text: string }> {
    return new Promise((resolve, reject) => {
      request({ host: "127.0.0.1", port: this.#port, path, agent: this.#agent }, (response) => {
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

  /** Asks so often until the work is done; gives its result, and what every request was answered with. */
  async askDuring<Result>(
    perSecond: number,
    work: Promise<Result>,
  ): Promise<{ readonly result: Result; readonly statuses: readonly number[] }> {
    let over = false;
    const done = work.finally(() => {
      over = true;
    });
    const began = performance.now();
    const answers: Promise<number>[] = [];
    while (!over) {
      // Made up for, when this process has not had its turn in time: the rate is what counts.
      const due = ((performance.now() - began) / 1_000) * perSecond;
      while (answers.length < due)
        answers.push(this.ask(PATHS[answers.length % PATHS.length] ?? "").then(({ status }) => status));
      await delay(1_000 / perSecond);
    }
    return { result: await done, statuses: await Promise.all(answers) };
  }

  close(): void {
    for (const { socket } of this.readers) socket.destroy();
    this.#agent.destroy();
  }
}

function readerOf(port: number): Reader {
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
