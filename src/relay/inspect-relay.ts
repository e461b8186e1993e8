/**
 * The inspection relay: a page and a WebSocket on the loopback interface, through which a running lifecycle is watched.
 *
 * Viewers only look: what they send is ignored, and a slow one is disconnected. The address holds a random token, since
 * everybody on the machine can reach a loopback port, and web pages can as well.
 */
import { randomBytes, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocketServer } from "ws";
import type { InspectionEvent } from "xstate";
import { TransitionError } from "../error.ts";
import { PresentState } from "./present-state.ts";
import { answerPage } from "./relay-pages.ts";
import { Viewer } from "./viewer.ts";
import { wireEvent } from "./wire-event.ts";

export interface InspectRelayOptions {
  /** Default: any that is free. */
  readonly port?: number | undefined;
  /** Milliseconds since the epoch that events are dated with. Default: now. */
  readonly time?: (() => number) | undefined;
  /** Told when a viewer has come or gone, with the number of those who look. */
  readonly onViewers?: ((count: number) => void) | undefined;
}

export interface InspectRelay {
  /** The page to open, token included; with `ws:` in place of `http:`, the address for a WebSocket receiver. */
  readonly address: string;
  /** For `createTransitions({ inspect })`. */
  readonly inspect: (event: InspectionEvent) => void;
  /** Tells somebody in this process what a viewer is told, what there is already before this returns; gives the way to stop. */
  watch(tell: (text: string) => void): () => void;
  /** Disconnects everybody. */
  close(): Promise<void>;
}

/** The only host: nobody else's machine has any business here. */
const HOST = "127.0.0.1";
/** Bytes of a message that a viewer may send: it has nothing to say. */
const HEARD_AT_MOST = 1024;

/** Starts a relay. It keeps no process alive. @throws TransitionError USAGE when the port cannot be had */
export async function startInspectRelay(options: InspectRelayOptions = {}): Promise<InspectRelay> {
  const { time = Date.now, onViewers = () => {} } = options;
  const token = randomBytes(16).toString("base64url");
  const present = new PresentState();
  const viewers = new Set<Viewer>();
  const watchers = new Set<(text: string) => void>();
  const server = createServer((request, response) => {
    if (isAllowed(request, token)) answerPage(request, response);
    else response.writeHead(404).end();
  });
  server.on("connection", (socket) => socket.unref());
  const sockets = new WebSocketServer({ noServer: true, maxPayload: HEARD_AT_MOST, perMessageDeflate: false });
  server.on("upgrade", (request, socket, head) => {
    socket.on("error", () => socket.destroy());
    if (!isAllowed(request, token)) {
      socket.end("HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n");
      return;
    }
    sockets.handleUpgrade(request, socket, head, (accepted) => {
      const onGone = (): void => {
        if (viewers.delete(viewer)) onViewers(viewers.size);
      };
      const viewer = new Viewer({ socket: accepted, connection: socket, onGone });
      for (const text of present.texts(time())) viewer.send(text);
      viewers.add(viewer);
      onViewers(viewers.size);
    });
  });
  const port = await listen(server, options.port ?? 0);

  return {
    address: `http://${HOST}:${port}/${token}`,
    inspect(event) {
      present.hear(event);
      if (viewers.size + watchers.size === 0) return;
      const text = wireEvent(event, time());
      if (text === undefined) return;
      for (const viewer of [...viewers]) viewer.send(text);
      for (const tell of [...watchers]) tell(text);
    },
    watch(tell) {
      for (const text of present.texts(time())) tell(text);
      watchers.add(tell);
      return () => watchers.delete(tell);
    },
    close: () =>
      new Promise((resolve) => {
        for (const viewer of [...viewers]) viewer.drop();
        sockets.close();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (error) => {
      const message = `the inspector's port ${port} cannot be had (${error.message}): give another, or none for any`;
      reject(new TransitionError("USAGE", message, { cause: error }));
    });
    server.listen(port, HOST, () => {
      server.unref();
      resolve((server.address() as AddressInfo).port);
    });
  });
}

/** The right token, and asked for by the right name: a name that an attacker's page made point here is another. */
function isAllowed({ url = "", headers }: IncomingMessage, token: string): boolean {
  const host = (headers.host ?? "").replace(/:\d+$/, "");
  if (host !== HOST && host !== "localhost") return false;
  const given = Buffer.from(url.split(/[/?]/)[1] ?? "");
  const wanted = Buffer.from(token);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}
