/**
 * A service in this process with its HTTP side, on any free port and on its socket, for tests that ask it things.
 */
import { request } from "node:http";
import { createTransitions, type Transitions } from "../../../src/effects/transitions.ts";
import type { Journal } from "../../../src/journal/journal.ts";
import { memoryJournal } from "../../../src/journal/memory-journal.ts";
import type { NamedToken } from "../../../src/service/http/doorman.ts";
import { type HttpService, type HttpServiceParts, startHttp } from "../../../src/service/http/http-service.ts";
import { narrate } from "../../../src/service/narration.ts";
import { Service } from "../../../src/service/service.ts";
import { createServiceLog } from "../../../src/service/service-log.ts";
import { statePlaces } from "../../../src/service/state-directory.ts";
import { Workplace } from "../../cli/workplace.ts";

export const READ = "read-token-0123456789";
export const STEER = "steer-token-0123456789";

export interface PlaceOptions {
  readonly tokens?: readonly NamedToken[];
  readonly journal?: Journal;
  /** Text of the configuration; the workplace's sample when it is left out. */
  readonly conf?: string;
  /** Registers participants. */
  readonly register?: (transitions: Transitions) => void;
  readonly policy?: "hold" | "rollback";
  readonly inspection?: HttpServiceParts["inspection"];
}

export interface Asking {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Over the socket and not over TCP. */
  readonly socket?: boolean;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: each test knows what it asked for.
  readonly json: any;
}

export class HttpPlace {
  readonly work: Workplace;
  readonly transitions: Transitions;
  readonly service: Service;
  readonly http: HttpService;
  readonly port: number;
  readonly socket: string;
  readonly lines: string[];
  readonly #journal: Journal;

  private constructor(
    parts: Pick<HttpPlace, "work" | "transitions" | "service" | "http" | "socket" | "lines">,
    journal: Journal,
  ) {
    this.#journal = journal;
    this.work = parts.work;
    this.transitions = parts.transitions;
    this.service = parts.service;
    this.http = parts.http;
    this.socket = parts.socket;
    this.lines = parts.lines;
    this.port = Number(new URL(parts.http.address ?? "").port);
  }

  /** Up, unless its configuration is refused. */
  static async open(options: PlaceOptions = {}): Promise<HttpPlace> {
    const work = new Workplace();
    const conf = options.conf === undefined ? work.conf() : work.write("peer.conf", options.conf);
    const lines: string[] = [];
    const log = createServiceLog({ format: "json", level: "info", console: (line) => lines.push(line) });
    const journal = options.journal ?? memoryJournal({ retain: Number.POSITIVE_INFINITY });
    const transitions = createTransitions({ journal, log, policy: options.policy ?? "hold", streamId: "s" });
    transitions.subscribe(narrate(log));
    options.register?.(transitions);
    const service = new Service({ transitions, log, conf, overrides: [], builtIns: [] });
    const places = statePlaces({ directory: work.path("state") });
    const tokens = { current: () => options.tokens ?? [] };
    const http = await startHttp({
      ...{ service, transitions, journal, places, log, takeover: false, secrets: [], inspection: options.inspection },
      options: { port: 0, host: "127.0.0.1", tokens },
    });
    await service.start(await service.readConf(), { how: "start", who: "tester" });
    return new HttpPlace({ work, transitions, service, http, socket: places.http, lines }, journal);
  }

  async close(): Promise<void> {
    await this.http.close();
    await this.transitions.close();
    this.work.remove();
  }

  journalVersion(): Promise<number> {
    return this.#journal.version();
  }

  get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.ask(path, { headers });
  }

  /** Over the socket, where steering is the owner's. */
  steer(path: string, body: unknown = {}): Promise<Answer> {
    return this.ask(path, { method: "POST", body, socket: true });
  }

  ask(path: string, { method = "GET", headers = {}, body, socket = false }: Asking): Promise<Answer> {
    const place = socket ? { socketPath: this.socket } : { host: "127.0.0.1", port: this.port };
    const text = body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body);
    const own =
      text === undefined
        ? {}
        : { "content-type": "application/json", "content-length": String(Buffer.byteLength(text)) };
    return new Promise((resolve, reject) => {
      const asked = request({ ...place, path, method, headers: { ...own, ...headers }, agent: false }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const said = Buffer.concat(chunks).toString();
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text: said, json: parsed(said) });
        });
      });
      asked.on("error", reject);
      asked.end(text);
    });
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
