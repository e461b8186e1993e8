/**
 * The gate: what a request must be before anything else looks at it, and who makes it.
 *
 * A browser takes every page's requests to every address, so that an open port on this machine is open to every page that
 * is visited on it. A request has to name a host that an attacker cannot make point here, and, where a page made it, to
 * come from a page that was served here.
 */
import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import { hostname } from "node:os";
import type { Asker } from "./asker.ts";
import { HttpRefusal } from "./http-refusal.ts";

/** By which way a request came. */
export type Way = "tcp" | "socket";

/** Who is who. */
export interface Doorman {
  /** Whose token it is; undefined: nobody's. */
  bearerOf(token: string): Asker | undefined;
  /** Who shows nothing, over TCP. */
  readonly stranger: Asker;
  /** Who may open the socket. */
  readonly owner: Asker;
}

export interface GateOptions {
  /** A name that was asked to be listened on; addresses need no naming. */
  readonly host: string;
  readonly doorman: Doorman;
}

/** Methods that the interface has. */
const METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "POST"]);

/** Lets a request in. @throws HttpRefusal */
export function admit(request: IncomingMessage, way: Way, { host, doorman }: GateOptions): Asker {
  const { headers, method = "" } = request;
  if (!METHODS.has(method)) throw new HttpRefusal("METHOD", `${method} is not a method of this interface`);
  if (way === "tcp") requireHost(headers.host, host);
  requireOwnOrigin(request);
  if (method === "POST" && !/^application\/json\b/i.test(headers["content-type"] ?? "")) {
    throw new HttpRefusal(
      "MEDIA_TYPE",
      "a request that changes something is JSON: send Content-Type: application/json",
    );
  }
  const token = /^Bearer +([\x21-\x7e]{1,500})$/i.exec(headers.authorization ?? "")?.[1];
  if (headers.authorization === undefined) return way === "socket" ? doorman.owner : doorman.stranger;
  const asker = token === undefined ? undefined : doorman.bearerOf(token);
  if (asker === undefined) throw new HttpRefusal("UNAUTHORIZED", "this token is not known, or has expired");
  return asker;
}

/** A name can be made to point anywhere by whoever owns it; an address and the machine's own names cannot. */
function requireHost(given: string | undefined, listening: string): void {
  const name = hostOf(given);
  const own = name === "localhost" || name === hostname().toLowerCase() || name === listening.toLowerCase();
  if (name !== undefined && (own || isIP(name) !== 0)) return;
  throw new HttpRefusal(
    "FORBIDDEN",
    "the Host is not this service's: ask by its address, as localhost, or by the name given with --http-host",
  );
}

function hostOf(given: string | undefined): string | undefined {
  const match = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?$/i.exec(given ?? "");
  return (match?.[1] ?? match?.[2])?.toLowerCase();
}

/** Requests by programs have neither header; those of pages have one or both. */
function requireOwnOrigin({ headers, method, url = "" }: IncomingMessage): void {
  const { origin, host } = headers;
  if (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`) throw foreign();
  const site = headers["sec-fetch-site"];
  if (site === undefined || site === "same-origin" || site === "none") return;
  // A link on another page may lead to the console.
  const follows = method === "GET" && headers["sec-fetch-mode"] === "navigate" && !url.startsWith("/api/");
  if (!follows) throw foreign();
}

function foreign(): HttpRefusal {
  return new HttpRefusal("FORBIDDEN", "a page of another origin may not use this service");
}
