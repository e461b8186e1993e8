/**
 * Viewer: one connected inspector.
 *
 * What it does not read piles up in this process, so there is a limit, and who exceeds it is disconnected: a viewer may be
 * slow, the service may not. Who comes again is told the present state, and has missed nothing that still holds.
 */
import type { Duplex } from "node:stream";
import { WebSocket } from "ws";

/** Bytes that may wait for a viewer. */
const WAITING_AT_MOST = 4 * 1024 * 1024;

export class Viewer {
  readonly #socket: WebSocket;
  readonly #connection: Duplex;
  readonly #onGone: () => void;
  #corked = false;

  constructor(parts: { readonly socket: WebSocket; readonly connection: Duplex; readonly onGone: () => void }) {
    const { socket, connection, onGone } = parts;
    this.#socket = socket;
    this.#connection = connection;
    this.#onGone = onGone;
    socket.on("close", onGone);
    // A connection that broke is a viewer that has gone: there is nobody to tell.
    socket.on("error", () => socket.terminate());
  }

  send(text: string): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    if (this.#socket.bufferedAmount > WAITING_AT_MOST) {
      this.drop();
      return;
    }
    this.#cork();
    this.#socket.send(text);
  }

  /** What is said at one moment goes out at once: a write for each word would cost more than all the rest. */
  #cork(): void {
    if (this.#corked) return;
    this.#corked = true;
    this.#connection.cork();
    setImmediate(() => {
      this.#corked = false;
      this.#connection.uncork();
    });
  }

  drop(): void {
    this.#socket.terminate();
    this.#onGone();
  }
}
