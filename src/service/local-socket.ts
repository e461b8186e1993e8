/**
 * A local socket that only its owner may open.
 *
 * It is bound under a name of its own and moved into place when it is ready: so it is never there with wider permissions,
 * what a killed service left is replaced in one step, and closing an old one cannot remove a newer one's.
 */
import { chmodSync, mkdirSync, renameSync, rmSync, statSync } from "node:fs";
import { connect, type Server } from "node:net";
import { dirname } from "node:path";
import { TransitionError } from "../error.ts";

export interface LocalSocketOptions {
  /** Path of the socket, or name of a Windows pipe. */
  readonly address: string;
  /** Take the place of a service that listens there. */
  readonly takeover: boolean;
  /** What it is, for messages, and the option that places it. */
  readonly what: string;
  readonly option: string;
}

/** Lets the server listen there. @throws TransitionError USAGE when another listens there, UNREACHABLE when nobody can */
export async function listenLocally(
  server: Server,
  options: LocalSocketOptions,
): Promise<{ readonly remove: () => void }> {
  const { address, takeover, option } = options;
  if (!takeover && (await isAnswered(address))) {
    throw new TransitionError(
      "USAGE",
      `another service listens on ${address}: give this one a --state-dir, or a ${option}, of its own`,
      { file: address },
    );
  }
  try {
    if (process.platform === "win32") {
      await listen(server, address);
      return { remove: () => {} };
    }
    mkdirSync(dirname(address), { recursive: true, mode: 0o700 });
    const own = `${address}.${process.pid}`;
    rmSync(own, { force: true });
    await listen(server, own);
    chmodSync(own, 0o600);
    const { ino } = statSync(own);
    renameSync(own, address);
    return { remove: () => removeIfOurs(address, ino) };
  } catch (error) {
    server.close();
    throw unreachable(options, error);
  }
}

function listen(server: Server, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(address, () => {
      server.off("error", reject);
      server.on("error", () => {});
      resolve();
    });
  });
}

function isAnswered(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(address);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

function removeIfOurs(address: string, inode: number): void {
  if (statSync(address, { throwIfNoEntry: false })?.ino === inode) rmSync(address, { force: true });
}

function unreachable({ address, what, option }: LocalSocketOptions, error: unknown): TransitionError {
  const why = error instanceof Error ? error.message : String(error);
  const long =
    address.length > 100
      ? `; a socket's path may be about a hundred characters long: choose another with ${option}`
      : "";
  return new TransitionError("UNREACHABLE", `the ${what} ${address} cannot be opened: ${why}${long}`, {
    file: address,
    cause: error,
  });
}
