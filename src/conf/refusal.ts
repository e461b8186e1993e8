/**
 * How the conf room says no: one error with a code, the file and line where it is, and a remedy in words.
 *
 * A configuration is written by people, and a refused reload is found out at night: the message alone has to be enough to
 * mend the line.
 */

import { type ErrorCode, TransitionError } from "../error.ts";

/** A place in a configuration. */
export interface Origin {
  /** The file as it was named, or `<text>`, `<stdin>` or `<override>`. */
  readonly file: string;
  /** Counted from 1; for an override, its number among the overrides. */
  readonly line: number;
}

/** The error for something wrong at a place; `message` says what is wrong and what to do about it. */
export function refusal(code: ErrorCode, place: Origin, message: string, cause?: unknown): TransitionError {
  return new TransitionError(code, `${place.file}:${place.line}: ${message}`, {
    file: place.file,
    line: place.line,
    cause,
  });
}

/** Text of a conf in a message: quoted, on one line, and cut where it is long. */
export function quote(text: string): string {
  const shown = text.length > 80 ? `${text.slice(0, 77)}...` : text;
  return JSON.stringify(shown);
}
