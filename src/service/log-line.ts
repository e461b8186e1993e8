/**
 * Log lines for people: one entry of the log as a person at a terminal wants to read it.
 *
 * The log is written as JSON, which machines read; this is the other form, made from the same entry, so that nothing can
 * be said in one and be missing in the other.
 */

import { withoutControls } from "./plain-text.ts";

/** What every entry has, beside its fields. */
interface LogEntry {
  readonly level: string;
  /** ISO 8601. */
  readonly time: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** A line of text, ended, from a line of JSON. */
export function readableLine(json: string): string {
  const { level, time, msg, ...fields } = JSON.parse(json) as LogEntry;
  const shown = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}=${shownValue(value)}`)
    .join("");
  return `${timeOfDay(new Date(time))} ${level.toUpperCase().padEnd(5)} ${oneEntry(msg)}${shown}\n`;
}

/** Lines after the first are indented, so that nothing in a message can pass for an entry of its own. */
function oneEntry(message: string): string {
  return withoutControls(message).replaceAll("\n", "\n    ");
}

/** Local, to the millisecond. */
function timeOfDay(time: Date): string {
  const [hours, minutes, seconds] = [time.getHours(), time.getMinutes(), time.getSeconds()].map((part) =>
    String(part).padStart(2, "0"),
  );
  return `${hours}:${minutes}:${seconds}.${String(time.getMilliseconds()).padStart(3, "0")}`;
}

function shownValue(value: unknown): string {
  const plain = typeof value === "string" && /^[^\s"=]+$/.test(value);
  return withoutControls(plain ? value : JSON.stringify(value));
}
