/**
 * The HTTP server: the listening ends, with their limits, and the application behind them.
 *
 * Listening costs next to nothing; the application, its framework and its schemas are loaded with the first request, or
 * once the service is up, so that nobody's start waits for them.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { TransitionError } from "../../error.ts";
import type { Secrets } from "../../inspect/secrets.ts";
import { listenLocally } from "../local-socket.ts";
import { settledWithin } from "../patience.ts";
import type { Asker } from "./asker.ts";
import { admit, type GateOptions, type Way } from "./gate.ts";
import { HttpRefusal, refusalAnswer } from "./http-refusal.ts";
import type { RequestRates } from "./request-rates.ts";

/** Answers a request that was let in. */
export type Application = (request: IncomingMessage, response: ServerResponse, asker: Asker) => unknown;

export interface HttpServerOptions {
  readonly gate: GateOptions;
  readonly rates: RequestRates;
  readonly secrets: Secrets;
  /** Loads the application; called once. */
  readonly load: () => Promise<Application>;
  /** Default {@link LIMITS}; tests have less patience. */
  readonly limits?: Limits;
}

/** What one connection, and all of them, may take. */
interface Limits {
  /** Milliseconds for the head of a request, for all of it, between two of one connection, and between looks at these. */
  readonly head: number;
  readonly request: number;
  readonly idle: number;
  readonly look: number;
  readonly connections: number;
}

const LIMITS: Limits = { head: 10_000, request: 30_000, idle: 10_000, look: 1_000, connections: 5_000 };

const HEADER_BYTES_AT_MOST = 16_384;
/** Bytes of a body: enough for the configuration of a hundred thousand volumes. */
export const BODY_BYTES_AT_MOST = 16_000_000;
/** Milliseconds that a close waits for answers. */
const CLOSE_PATIENCE = 500;

export class HttpServer {
  readonly #options: HttpServerOptions;
  readonly #servers: Server[] = [];
  readonly #removals: (() => void)[] = [];
  #application: Promise<Application> | undefined;

  constructor(options: HttpServerOptions) {
    this.#options = options;
  }

  /** Listens on an address, and gives the port. @throws TransitionError USAGE when the port cannot be had */
  async listenOn(port: number, host: string): Promise<number> {
    const server = this.#server("tcp");
    await new Promise<void>((resolve, reject) => {
      server.once("error", (error: NodeJS.ErrnoException) => reject(portError(host, port, error)));
      server.listen(port, host, resolve);
    });
    server.on("error", () => {});
    this.#servers.push(server);
    return (server.address() as AddressInfo).port;
  }

  /** Listens on a local socket that only its owner may open. @throws TransitionError USAGE, UNREACHABLE */
  async listenAt(address: string, takeover: boolean): Promise<void> {
    const server = this.#server("socket");
    const place = await listenLocally(server, { address, takeover, what: "HTTP socket", option: "--state-dir" });
    this.#servers.push(server);
    this.#removals.push(place.remove);
  }

  /** Makes ready for the first request. */
  load(): Promise<Application> {
    this.#application ??= this.#options.load();
    return this.#application;
  }

  /** Lets answers under way go out, and closes. */
  async close(): Promise<void> {
    for (const remove of this.#removals) remove();
    const closed = this.#servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
    for (const server of this.#servers) server.closeIdleConnections();
    await settledWithin(CLOSE_PATIENCE, Promise.all(closed));
    for (const server of this.#servers) server.closeAllConnections();
  }

  #server(way: Way): Server {
    const { head, request, idle, look, connections } = this.#options.limits ?? LIMITS;
    const server = createServer(
      {
        ...{ headersTimeout: head, requestTimeout: request, keepAliveTimeout: idle, connectionsCheckingInterval: look },
        maxHeaderSize: HEADER_BYTES_AT_MOST,
      },
      (incoming, response) => void this.#answer(incoming, response, way),
    );
    server.maxConnections = connections;
    return server;
  }

  async #answer(request: IncomingMessage, response: ServerResponse, way: Way): Promise<void> {
    try {
      const asker = this.#admit(request, way);
      const application = await this.load();
      application(request, response, asker);
    } catch (error) {
      refuse(response, error, this.#options.secrets);
    }
  }

  #admit(request: IncomingMessage, way: Way): Asker {
    const { gate, rates } = this.#options;
    rates.requireRoom(request.socket.remoteAddress ?? way);
    if (Number(request.headers["content-length"] ?? 0) > BODY_BYTES_AT_MOST) throw tooLarge();
    return admit(request, way, gate);
  }
}

export function tooLarge(): HttpRefusal {
  return new HttpRefusal("TOO_LARGE", `the body is longer than ${BODY_BYTES_AT_MOST} bytes`);
}

function refuse(response: ServerResponse, error: unknown, secrets: Secrets): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const { status, body } = refusalAnswer(error, secrets);
  // What is still to come of the request is not read.
  response.writeHead(status, {
    "content-type": "application/json",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    connection: "close",
    ...(status === 401 ? { "www-authenticate": "Bearer" } : {}),
    ...(status === 429 ? { "retry-after": "1" } : {}),
  });
  response.end(JSON.stringify(body));
}

function portError(host: string, port: number, error: NodeJS.ErrnoException): TransitionError {
  const why = error.code === "EADDRINUSE" ? "another program listens there" : error.message;
  return new TransitionError(
    "USAGE",
    `HTTP cannot be served on ${host}:${port}: ${why}. Give another port with --http=PORT, or none with --no-http`,
    { cause: error },
  );
}
