/**
 * The control server: a local socket through which whoever may open it steers the service.
 */
import { createServer, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { z } from "zod";
import { TransitionError } from "../error.ts";
import { type ControlRequest, LINE_LIMIT, requestSchema, sentError } from "./control-protocol.ts";
import { listenLocally } from "./local-socket.ts";
import { settledWithin } from "./patience.ts";

export interface ControlServer {
  /** Lets answers under way go out, and closes. */
  close(): Promise<void>;
}

export interface ControlServerOptions {
  /** Path of the socket, or name of a Windows pipe. */
  readonly address: string;
  /** Take the place of a service that listens there. */
  readonly takeover: boolean;
  /** Answers a request; a throw is answered with the error. */
  answer(request: ControlRequest): Promise<unknown>;
}

/** Milliseconds that a close waits for answers, and for their readers. */
const CLOSE_PATIENCE = 500;

/** @throws TransitionError USAGE when another service listens there, UNREACHABLE when nobody can */
export async function openControlServer(options: ControlServerOptions): Promise<ControlServer> {
  const sockets = new Set<Socket>();
  const answers = new Set<Promise<void>>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    serve(socket, options, answers);
  });
  const place = await listenLocally(server, { ...options, what: "control socket", option: "--socket" });
  return {
    async close() {
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      place.remove();
      await settledWithin(CLOSE_PATIENCE, Promise.all(answers));
      for (const socket of sockets) socket.end();
      await settledWithin(CLOSE_PATIENCE, closed);
      for (const socket of sockets) socket.destroy();
    },
  };
}

function serve(socket: Socket, { answer }: ControlServerOptions, answers: Set<Promise<void>>): void {
  // Whoever goes away while an answer is being written has no use for it.
  socket.on("error", () => {});
  let received = 0;
  socket.on("data", (chunk) => {
    received = chunk.includes(0x0a) ? 0 : received + chunk.length;
    if (received > LINE_LIMIT) socket.destroy();
  });
  const lines = createInterface({ input: socket, crlfDelay: Number.POSITIVE_INFINITY });
  lines.on("error", () => {});
  lines.on("line", (line) => {
    const answered = answerLine(line, answer).then((reply) => {
      answers.delete(answered);
      if (!socket.writableEnded) socket.write(`${JSON.stringify(reply)}\n`);
    });
    answers.add(answered);
  });
}

async function answerLine(line: string, answer: ControlServerOptions["answer"]): Promise<object> {
  let id: number | undefined;
  try {
    const request = readRequest(line);
    id = request.id;
    return { id, ok: true, result: await answer(request) };
  } catch (error) {
    return { id, ok: false, error: sentError(error) };
  }
}

function readRequest(line: string): ControlRequest {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new TransitionError("USAGE", "a request is one JSON object on one line");
  }
  const request = requestSchema.safeParse(value);
  if (request.success) return request.data;
  throw new TransitionError("USAGE", `the request is not of the documented form: ${z.prettifyError(request.error)}`);
}
