/**
 * Tokens from a file or from the environment.
 *
 * A file has one token a line: the role, who it is for, and the token. It must be nobody else's to read. It is read again
 * when it has changed, so that a token can be given and taken without a restart; where that fails, those from before stay.
 */
import { readFileSync, statSync } from "node:fs";
import { TransitionError } from "../../error.ts";
import type { NamedToken } from "./doorman.ts";

/** Where tokens come from, asked with every request. */
export interface TokenSource {
  current(): readonly NamedToken[];
}

export interface TokenPlaces {
  readonly file: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Told once of each failure to read a changed file. */
  readonly onTrouble: (message: string) => void;
}

/** Characters. */
const TOKEN_AT_LEAST = 16;
/** Milliseconds between two looks at the file. */
const LOOK_EVERY = 1_000;

/** @throws TransitionError USAGE for a file that is not as it must be, or a token that is too short */
export function tokenSource({ file, environment, onTrouble }: TokenPlaces): TokenSource {
  const fixed = tokensOfEnvironment(environment);
  if (file === undefined) return { current: () => fixed };
  let tokens = [...fixed, ...tokensOfFile(file)];
  let seen = stampOf(file);
  let lookedAt = performance.now();
  return {
    current() {
      const now = performance.now();
      if (now - lookedAt < LOOK_EVERY) return tokens;
      lookedAt = now;
      const stamp = stampOf(file);
      if (stamp === seen) return tokens;
      seen = stamp;
      try {
        tokens = [...fixed, ...tokensOfFile(file)];
      } catch (error) {
        onTrouble(`${(error as Error).message}; the tokens from before stay`);
      }
      return tokens;
    },
  };
}

function tokensOfEnvironment(environment: TokenPlaces["environment"]): readonly NamedToken[] {
  const places = [
    ["SIGNALED_READ_TOKEN", "read"],
    ["SIGNALED_STEER_TOKEN", "steer"],
  ] as const;
  return places.flatMap(([name, role]) => {
    const token = environment[name];
    if (token === undefined || token === "") return [];
    requireLength(token, `$${name}`);
    return [{ role, who: `$${name}`, token }];
  });
}

function tokensOfFile(file: string): readonly NamedToken[] {
  requirePrivate(file);
  return read(file)
    .split(/\r?\n/)
    .flatMap((text, i) => {
      const line = text.trim();
      if (line === "" || line.startsWith("#")) return [];
      const [role, who = "", token = "", ...more] = line.split(/\s+/);
      if ((role !== "read" && role !== "steer") || token === "" || more.length > 0) {
        throw usage(file, `line ${i + 1} is not of the form: read|steer WHO TOKEN`);
      }
      requireLength(token, `${file}, line ${i + 1}`);
      return [{ role, who, token }];
    });
}

function requirePrivate(file: string): void {
  if (process.platform === "win32") return;
  const mode = statSync(file, { throwIfNoEntry: false })?.mode ?? 0;
  if ((mode & 0o077) !== 0) throw usage(file, `others can read it: chmod 600 ${file}`);
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw usage(file, `it cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

function requireLength(token: string, place: string): void {
  if (token.length >= TOKEN_AT_LEAST) return;
  throw new TransitionError(
    "USAGE",
    `the token in ${place} is shorter than ${TOKEN_AT_LEAST} characters: make one with openssl rand -base64 24`,
  );
}

function usage(file: string, why: string): TransitionError {
  return new TransitionError("USAGE", `the tokens file ${file}: ${why}`, { file });
}

function stampOf(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat === undefined ? "gone" : `${stat.ino} ${stat.mtimeMs} ${stat.size} ${stat.mode}`;
}
