/**
 * The control client: one request to the running service, and its answer.
 */
import { connect } from "node:net";
import { createInterface } from "node:readline";
import { z } from "zod";
import { TransitionError } from "../error.ts";
import {
  answerSchema,
  type ControlRequest,
  type ControlResult,
  receivedError,
  resultSchemas,
} from "./control-protocol.ts";

type RequestOf<Name extends ControlRequest["command"]> = Extract<ControlRequest, { readonly command: Name }>;

/** What a service answers whatever it is doing; the rest is answered when it is done. */
const AT_ONCE: ReadonlySet<string> = new Set(["status", "progress", "plan", "console", "pause", "resume"]);
/** Milliseconds. */
const PATIENCE = 10_000;

/**
 * Asks the service that listens at the address.
 * @throws TransitionError UNREACHABLE when there is none, or whatever the service answers with
 */
export async function askService<Name extends ControlRequest["command"]>(
  address: string,
  request: RequestOf<Name>,
): Promise<ControlResult<Name>> {
  const patience = AT_ONCE.has(request.command) ? PATIENCE : 0;
  const line = await exchange(address, `${JSON.stringify(request)}\n`, patience);
  const answer = answerSchema.safeParse(parsed(line));
  if (!answer.success) throw unreachable(address, `it answers in a form that this program does not know`);
  if (!answer.data.ok) throw receivedError(answer.data.error);
  const result = resultSchemas[request.command as Name].safeParse(answer.data.result);
  if (result.success) return result.data as ControlResult<Name>;
  throw unreachable(address, `its answer is not of the documented form: ${z.prettifyError(result.error)}`);
}

/** Gives the first line of the answer; 0 is any patience. */
function exchange(address: string, request: string, patience: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(address, () => socket.write(request));
    const lines = createInterface({ input: socket, crlfDelay: Number.POSITIVE_INFINITY });
    lines.once("line", (line) => {
      resolve(line);
      socket.destroy();
    });
    socket.setTimeout(patience, () => {
      reject(unreachable(address, `it has not answered for ${patience / 1000} seconds, and may be stopped`));
      socket.destroy();
    });
    socket.once("close", () => reject(unreachable(address, "it ended before it answered")));
    socket.once("error", (error: NodeJS.ErrnoException) => reject(unreachable(address, reasonOf(error))));
    // readline passes the stream's errors on.
    lines.on("error", () => {});
  });
}

function reasonOf(error: NodeJS.ErrnoException): string {
  if (error.code === "ENOENT") return "there is no such socket";
  if (error.code === "ECONNREFUSED") return "the service that made it has ended";
  return error.message;
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function unreachable(address: string, why: string): TransitionError {
  return new TransitionError(
    "UNREACHABLE",
    `no answer from a service at ${address}: ${why}. Start one with signaled run, or name its --state-dir or --socket`,
    { file: address },
  );
}
