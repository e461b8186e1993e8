/**
 * The state directory: where a service keeps its journal and its control socket, and where the other commands look for
 * them without being told.
 */
import { createHash } from "node:crypto";
import { delimiter, join, relative, resolve } from "node:path";

export interface StatePlaces {
  readonly directory: string;
  readonly journal: string;
  readonly socket: string;
  /** The socket on which HTTP is served. */
  readonly http: string;
  /** Which addresses `virtual-ip` has added. */
  readonly addresses: string;
  /** What programs of `exec` are shown. */
  readonly hookFiles: string;
}

export interface StateChoice {
  readonly directory?: string | undefined;
  readonly journal?: string | undefined;
  readonly socket?: string | undefined;
}

/** What was chosen; else in $STATE_DIRECTORY, which systemd sets; else in `.signaled` in the working directory. */
export function statePlaces(choice: StateChoice): StatePlaces {
  const given = process.env["STATE_DIRECTORY"]?.split(delimiter)[0];
  const directory = resolve(choice.directory ?? (given === undefined || given === "" ? ".signaled" : given));
  return {
    directory,
    journal: resolve(choice.journal ?? join(directory, "journal.db")),
    addresses: join(directory, "virtual-ip.json"),
    hookFiles: join(directory, "hook-files"),
    socket: socketAddress(choice.socket ?? join(directory, "control.sock")),
    http: socketAddress(join(directory, "http.sock")),
  };
}

/** A socket's path may be about a hundred characters long, so the shorter form is used; on Windows a pipe stands for it. */
function socketAddress(path: string): string {
  const absolute = resolve(path);
  if (process.platform === "win32") {
    return `\\\\.\\pipe\\signaled-${createHash("sha256").update(absolute).digest("hex").slice(0, 16)}`;
  }
  const fromHere = relative(".", absolute);
  return fromHere.length < absolute.length ? fromHere : absolute;
}
