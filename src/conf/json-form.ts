/**
 * Confs as JSON: the shape that `ConfMap.toJSON` gives, `{section: {option: [values]}}`.
 *
 * JSON.parse and zod know neither lines nor, always, the place of an error, so the text is walked once more for them.
 */

import { entriesOf, type SectionEntries, settingsOfEntries } from "./given-settings.ts";
import { nameOf, type Origin, quote, refusal } from "./refusal.ts";
import { settingText } from "./setting-text.ts";
import type { Settings } from "./settings.ts";

/**
 * Reads a conf in JSON.
 *
 * @throws TransitionError CONF_SYNTAX or CONF_ENCODING with file and line.
 */
export function settingsOfJson(file: string, content: string | Uint8Array): { settings: Settings; characters: string } {
  const { characters } = settingText(file, content);
  const text = characters.replace(/^\uFEFF/, "");
  const places = findPlaces(text);
  const lineOf = (...path: readonly string[]): number => places.lines.get(JSON.stringify(path)) ?? 1;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    const place = { file, line: places.end };
    throw refusal("CONF_SYNTAX", place, 'is not JSON: write {"Section": {"Option": ["value"]}}', cause);
  }
  const checked = entriesOf(parsed);
  if ("problem" in checked) {
    const { path, message } = checked.problem;
    throw refusal("CONF_SYNTAX", { file, line: lineOf(...path) }, `${subjectOf(path)} ${message}`);
  }
  const entries: SectionEntries = checked.entries;
  const originOf = (section: string, option: string): Origin => ({ file, line: lineOf(section, option) });
  return { settings: settingsOfEntries(entries, originOf), characters };
}

function subjectOf(path: readonly string[]): string {
  const [section, option] = path;
  if (section === undefined) return "the conf";
  return option === undefined ? `the section ${quote(section)}` : `the option ${quote(option)} of ${nameOf(section)}`;
}

const TOKEN = /\s+|"[^"\\\n]*(?:\\.[^"\\\n]*)*"|[{}[\],:]|[^\s"{}[\],:]+/y;

/**
 * Lines of sections and options by the JSON of their path, and the line up to which the text is a sequence of JSON's tokens
 * in an order that JSON allows.
 */
function findPlaces(text: string): { readonly lines: ReadonlyMap<string, number>; readonly end: number } {
  const lines = new Map<string, number>();
  const open: string[] = [];
  const path: string[] = [];
  let line = 1;
  let previous = "";
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(text); match !== null; match = TOKEN.exec(text)) {
    const token = match[0];
    if (/^\s/.test(token)) {
      line += token.split("\n").length - 1;
      continue;
    }
    if (!mayFollow(previous, token, open)) return { lines, end: line };
    if (token === "{" || token === "[") open.push(token);
    else if (token === "}" || token === "]") open.pop();
    else if (token === ":" && open.length <= 2) {
      path.length = open.length - 1;
      path.push(textOf(previous));
      lines.set(JSON.stringify(path), line);
    }
    previous = token;
  }
  return { lines, end: line };
}

/** Whether JSON allows a token behind another; precise enough to find the line where it stops being JSON. */
function mayFollow(previous: string, token: string, open: readonly string[]): boolean {
  const inObject = open.at(-1) === "{";
  const ends = previous !== "" && !"{[,:".includes(previous);
  switch (token) {
    case ":":
      return inObject && previous.startsWith('"');
    case ",":
      return ends && open.length > 0;
    case "}":
      return inObject && (ends || previous === "{");
    case "]":
      return open.at(-1) === "[" && (ends || previous === "[");
    default:
      return isScalar(token) && !ends && (!inObject || previous === ":" || token.startsWith('"'));
  }
}

function isScalar(token: string): boolean {
  return /^(?:["{[]|true$|false$|null$|-?[0-9])/.test(token);
}

function textOf(token: string): string {
  try {
    return String(JSON.parse(token));
  } catch {
    return token;
  }
}
