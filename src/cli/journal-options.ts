/**
 * What the history commands share: the journal, read beside whoever writes it, and how moments are shown.
 */
import type { Journal } from "../journal/journal.ts";
import { sqliteJournal } from "../journal/sqlite-journal.ts";
import type { Command, Invocation } from "./command.ts";
import { usageError } from "./command-line.ts";
import { HELP, JSON_OUTPUT } from "./options.ts";
import { JOURNAL, placesOf, STATE_DIRECTORY } from "./service-options.ts";

export const JOURNAL_OPTIONS = { "state-dir": STATE_DIRECTORY, journal: JOURNAL, json: JSON_OUTPUT, help: HELP };

/** Opens the journal for reading and closes it afterwards. */
export async function withJournal<Result>(
  invocation: Invocation,
  work: (journal: Journal) => Promise<Result>,
): Promise<Result> {
  const journal = sqliteJournal(placesOf(invocation).journal);
  try {
    return await work(journal);
  } finally {
    await journal.close();
  }
}

/** Local time to the second, as people write it. */
export function shownTime(time: number): string {
  const date = new Date(time);
  const two = (value: number): string => String(value).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

export function shownDuration(milliseconds: number): string {
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}

/** How long something has lasted, as people say it: `3.2 s`, `4 min 10 s`, `2 h 5 min`, `3 d 4 h`. */
export function shownSpan(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1).replace(/\.0$/, "") : Math.floor(seconds)} s`;
  const [days, hours, minutes] = [
    Math.floor(seconds / 86_400),
    Math.floor(seconds / 3600) % 24,
    Math.floor(seconds / 60) % 60,
  ];
  if (days > 0) return `${days} d${hours === 0 ? "" : ` ${hours} h`}`;
  if (hours > 0) return `${hours} h${minutes === 0 ? "" : ` ${minutes} min`}`;
  const rest = Math.floor(seconds) % 60;
  return `${minutes} min${rest === 0 ? "" : ` ${rest} s`}`;
}

/** @throws TransitionError USAGE */
export function requirePositionals(command: Command, invocation: Invocation, least: number, most: number): void {
  const { length } = invocation.positionals;
  if (length >= least && length <= most) return;
  const wanted = command.arguments === "" ? "no arguments" : command.arguments;
  throw usageError(
    `${command.name} takes ${wanted}, and ${length} were given (signaled ${command.name} --help shows examples)`,
  );
}
