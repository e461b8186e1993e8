/**
 * The doorman: who is who, by their tokens.
 *
 * Tokens are compared by their hashes, all of them every time and in constant time, so that how long an answer takes says
 * nothing about how much of a guess was right.
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { type Asker, NOBODY, READER } from "./asker.ts";
import type { Doorman } from "./gate.ts";

/** A token that was configured. */
export interface NamedToken {
  readonly role: "read" | "steer";
  readonly who: string;
  readonly token: string;
}

interface KnownToken {
  readonly hash: Buffer;
  readonly asker: Asker;
  /** Milliseconds of the clock below; undefined: it does not expire. */
  readonly expires?: number;
}

export interface TokenDoormanOptions {
  /** The configured tokens, as they are at this moment. */
  readonly tokens: () => readonly NamedToken[];
  /** The user whose socket it is. */
  readonly owner: string;
  readonly now?: () => number;
}

/** Milliseconds that a code, and a session that began with one, are good for. */
const CODE_LIFE = 120_000;
const SESSION_LIFE = 12 * 3_600_000;
/** Sessions, and codes, at once; the oldest go. */
const SESSIONS_AT_MOST = 100;

export class TokenDoorman implements Doorman {
  readonly owner: Asker;
  readonly #tokens: () => readonly NamedToken[];
  readonly #now: () => number;
  #known: readonly KnownToken[] = [];
  #knownOf: readonly NamedToken[] | undefined;
  #codes: readonly KnownToken[] = [];
  #sessions: readonly KnownToken[] = [];

  constructor({ tokens, owner, now = () => performance.now() }: TokenDoormanOptions) {
    this.#tokens = tokens;
    this.#now = now;
    this.owner = { role: "steer", who: owner };
  }

  /** Without configured tokens anybody on this machine may look, and nobody may steer over TCP. */
  get stranger(): Asker {
    return this.#tokens().length === 0 ? READER : NOBODY;
  }

  bearerOf(token: string): Asker | undefined {
    const tokens = this.#tokens();
    if (tokens !== this.#knownOf) {
      this.#known = tokens.map(({ role, who, token: text }) => ({ hash: hashOf(text), asker: { role, who } }));
      this.#knownOf = tokens;
    }
    return this.#find([...this.#known, ...this.#sessions], token)?.asker;
  }

  /** A code that opens one session, for somebody who may steer. */
  codeFor(who: string): string {
    const code = randomBytes(16).toString("base64url");
    const known = { hash: hashOf(code), asker: { role: "steer", who }, expires: this.#now() + CODE_LIFE } as const;
    this.#codes = [...this.#codes, known].slice(-SESSIONS_AT_MOST);
    return code;
  }

  /** Begins a session; the code is good for this once. */
  session(code: string): { readonly token: string; readonly who: string } | undefined {
    const found = this.#find(this.#codes, code);
    if (found === undefined) return undefined;
    this.#codes = this.#codes.filter((each) => each !== found);
    const token = randomBytes(32).toString("base64url");
    const known = { hash: hashOf(token), asker: found.asker, expires: this.#now() + SESSION_LIFE };
    this.#sessions = [...this.#sessions, known].slice(-SESSIONS_AT_MOST);
    return { token, who: found.asker.who ?? "" };
  }

  #find(candidates: readonly KnownToken[], given: string): KnownToken | undefined {
    const hash = hashOf(given);
    const now = this.#now();
    let found: KnownToken | undefined;
    for (const candidate of candidates) {
      const same = timingSafeEqual(candidate.hash, hash);
      if (same && (candidate.expires === undefined || candidate.expires > now)) found = candidate;
    }
    return found;
  }
}

function hashOf(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
