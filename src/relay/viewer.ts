/**
 * Viewer: one connected inspector.
 *
 * What it does not read piles up in this process, so there is a limit, and who exceeds it is disconnected: a viewer may be
 * slow, the service may not. Who comes again is told the present state, and has missed nothing that still holds.
 */
import { WebSocket } from "ws";

/** Bytes that may wait for a viewer. */
const WAITING_AT_MOST = 4 * 1024 * 1024;

export class Viewer {
  readonly #socket: WebSocket;
  readonly #onGone: () => void;

  constructor(socket: WebSocket, onGone: () => void) {
    this.#socket = socket;
    this.#onGone = onGone;
    socket.on("close", onGone);
    // A connection that broke is a viewer that has gone: there is nobody to tell.
    socket.on("error", () => socket.terminate());
  }

  send(text: string): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    if (this.#socket.bufferedAmount > WAITING_AT_MOST) this.drop();
    else this.#socket.send(text);
  }

  drop(): void {
    this.#socket.terminate();
    this.#onGone();
  }
}
