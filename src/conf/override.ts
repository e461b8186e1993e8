/**
 * Overrides: `Section.Option=values` given on a command line, laid over what the files say.
 *
 * An override has its own dialect: no comments, a section name of any name characters, and, as in the original, it is split
 * at its first dot and then at its first assignment, even where a later split would have been the one that fits.
 */

import { CHARACTER_CLASS, NAME, VALUE } from "./dialect.ts";
import { explainOverride } from "./line-diagnosis.ts";
import { refusal } from "./refusal.ts";
import { settingText } from "./setting-text.ts";
import { type Run, type Settings, textRun } from "./settings.ts";

/** What stands for the file of a setting that an override made. */
const OVERRIDE_FILE = "<override>";

/**
 * Lays overrides over settings, the last one of an option holding; `first` is the number that the first of them has in messages
 * and origins.
 *
 * @throws TransitionError CONF_OVERRIDE with the override's number as its line; then none is applied.
 */
export function applyOverrides(settings: Settings, overrides: readonly string[], first: number): Settings {
  const changed = new Map<string, Run>(settings);
  overrides.forEach((override, at) => {
    const { section, run } = readOverride(override, first + at, changed);
    changed.set(section, run);
  });
  return changed;
}

function readOverride(override: string, number: number, settings: Settings): { section: string; run: Run } {
  const content = trimBlanks(override);
  const dot = content.indexOf(".");
  if (!isOverride(content) || dot < 0) {
    const place = { file: OVERRIDE_FILE, line: number };
    throw refusal("CONF_OVERRIDE", place, explainOverride(override));
  }
  const name = dot + 1;
  // Past the section no blank can come before the assignment but those around it, and `isOverride` has seen one.
  const assignment = name + content.slice(name).search(/[=:]/);
  const spans = Int32Array.of(
    name,
    name + trimBlanks(content.slice(name, assignment)).length,
    content.length - trimBlanks(content.slice(assignment + 1)).length,
    content.length,
  );
  const table = { source: settingText(OVERRIDE_FILE, content, number), spans };
  const section = content.slice(0, dot);
  return { section, run: textRun(table, 0, 1, settings.get(section)) };
}

/** Whether a text can be taken apart into section, dot, option, assignment and values, in any way. */
function isOverride(content: string): boolean {
  const first = skip(content, 0, NAME);
  if (first === 0) return false;
  const dot = content.indexOf(".", 1);
  if (dot > 0 && dot < first && fitsOption(content, dot + 1, first)) return true;
  if (content[first] !== "$" || content[first + 1] !== ".") return false;
  return fitsOption(content, first + 2, skip(content, first + 2, NAME));
}

/** Whether an option that starts at `start`, and whose name characters end at `end`, is assigned a value list. */
function fitsOption(content: string, start: number, end: number): boolean {
  if (end === start) return false;
  const colon = content.indexOf(":", start + 1);
  if (colon > 0 && colon < end && fitsValues(content, colon + 1)) return true;
  const assignment = skipBlanks(content, content[end] === "$" ? end + 1 : end);
  return (content[assignment] === "=" || content[assignment] === ":") && fitsValues(content, assignment + 1);
}

function fitsValues(content: string, from: number): boolean {
  let at = skipBlanks(content, from);
  if (at === content.length) return true;
  for (;;) {
    const end = skip(content, at, VALUE);
    if (end === at) return false;
    at = content[end] === "$" ? end + 1 : end;
    if (at === content.length) return true;
    const next = skipBlanks(content, at);
    if (content[next] === ",") at = skipBlanks(content, next + 1);
    else if (next === at) return false;
    else at = next;
  }
}

function skip(content: string, from: number, wanted: number): number {
  let at = from;
  while (((CHARACTER_CLASS[content.charCodeAt(at)] ?? 0) & wanted) !== 0) at++;
  return at;
}

function skipBlanks(content: string, from: number): number {
  let at = from;
  while (content[at] === " " || content[at] === "\t") at++;
  return at;
}

function trimBlanks(text: string): string {
  let end = text.length;
  while (end > 0 && (text[end - 1] === " " || text[end - 1] === "\t")) end--;
  return text.slice(skipBlanks(text, 0), end);
}
