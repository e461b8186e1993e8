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
  return new TransitionError(code, `${at(place)}${message}`, {
    file: place.file,
    line: place.line,
    cause,
  });
}

/** The place in front of a message, where it is known. */
export function at(place: Origin | undefined): string {
  return place === undefined ? "" : `${shorten(place.file)}:${place.line}: `;
}

/** A section, or an option of it, in a message. */
export function nameOf(section: string, option = ""): string {
  return `[${shorten(section)}]${shorten(option)}`;
}

/** Text of a conf in a message: quoted, on one line, and cut where it is long. */
export function quote(text: string): string {
  return JSON.stringify(shorten(text, 80));
}

/** A name or a path, cut in the middle where it is so long that it would hide the rest of a message. */
export function shorten(text: string, length = 200): string {
  return text.length <= length ? text : `${text.slice(0, length - 23)}...${text.slice(-20)}`;
}
