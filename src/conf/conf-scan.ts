/**
 * The reader of the conf dialect: one text in, the offsets of its settings out, or a refusal with the line.
 *
 * Every character is looked at here, once, so that nothing read later can turn out to be wrong; but no string is made.
 * A file means the same wherever it is included, since an include neither inherits a section nor leaves one behind:
 * so a scan says what to include and where, and never reads another file itself.
 */

import { CHARACTER_CLASS, NAME as NAME_CLASS, SECTION as SECTION_CLASS, VALUE as VALUE_CLASS } from "./dialect.ts";
import { explainLine } from "./line-diagnosis.ts";
import { refusal } from "./refusal.ts";
import { placeIn, type SettingTable, type SettingText, SPAN } from "./settings.ts";

// An imported binding is loaded anew for every character, which doubles the time: these are this module's own.
const CLASSES = CHARACTER_CLASS;
const NAME = NAME_CLASS;
const VALUE = VALUE_CLASS;
const SECTION = SECTION_CLASS;
const TAB = 0x09;
const NEWLINE = 0x0a;
const RETURN = 0x0d;
const BLANK = 0x20;
const HASH = 0x23;
const DOLLAR = 0x24;
const COMMA = 0x2c;
const COLON = 0x3a;
const SEMICOLON = 0x3b;
const EQUALS = 0x3d;
const LEFT_BRACKET = 0x5b;
const RIGHT_BRACKET = 0x5d;

/** What a text says, before its includes are followed. */
export interface ConfScan {
  readonly table: SettingTable;
  readonly steps: readonly ScanStep[];
}

/** A part of a text: settings of one section, or an include. */
export type ScanStep = SectionStep | IncludeStep;

export interface SectionStep {
  readonly kind: "section";
  readonly name: string;
  /** First setting in the table, and the one behind the last. */
  readonly from: number;
  readonly to: number;
}

export interface IncludeStep {
  readonly kind: "include";
  readonly path: string;
  readonly offset: number;
}

/** Where a value list ends, for the caller of {@link scanValues}; meaningless after it returned -1. */
let listEnd = 0;

/**
 * Reads one text.
 *
 * @throws TransitionError CONF_SYNTAX with file and line.
 */
export function scanConf(source: SettingText): ConfScan {
  const { bytes, text } = source;
  // Behind the text stands a newline: no step below can run off the end.
  const end = bytes.length - 1;
  const steps: ScanStep[] = [];
  let spans = new Int32Array(Math.max(64, (end >> 6) * SPAN));
  let settings = 0;
  let sectionStart = -1;
  let sectionEnd = -1;
  let from = 0;

  let at = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  while (at < end) {
    let byte = bytes[at] as number;
    while (byte === BLANK || byte === TAB) byte = bytes[++at] as number;
    if (endsLine(bytes, at)) {
      at = nextLine(bytes, at);
      continue;
    }

    const start = at;
    let colon = -1;
    while (((CLASSES[byte] as number) & NAME) !== 0) {
      if (byte === COLON && colon < 0) colon = at;
      byte = bytes[++at] as number;
    }
    const nameEnd = at;

    if (
      bytes[start] === LEFT_BRACKET &&
      bytes[nameEnd - 1] === RIGHT_BRACKET &&
      endsLine(bytes, skipBlanks(bytes, at))
    ) {
      checkHeader(source, start, nameEnd);
      if (settings > from)
        steps.push({ kind: "section", name: text.slice(sectionStart, sectionEnd), from, to: settings });
      from = settings;
      sectionStart = start + 1;
      sectionEnd = nameEnd - 1;
      at = nextLine(bytes, skipBlanks(bytes, at));
      continue;
    }

    if (nameEnd - start === 8 && (byte === BLANK || byte === TAB) && text.startsWith(".include", start)) {
      const pathStart = skipBlanks(bytes, at);
      const pathEnd = scanPath(bytes, pathStart);
      if (pathEnd > 0) {
        if (settings > from)
          steps.push({ kind: "section", name: text.slice(sectionStart, sectionEnd), from, to: settings });
        from = settings;
        sectionStart = -1;
        steps.push({ kind: "include", path: text.slice(pathStart, pathEnd), offset: start });
        at = nextLine(bytes, skipBlanks(bytes, pathEnd));
        continue;
      }
    }

    // An option line. It is split at its first assignment, which may be a colon among the name's characters.
    let optionEnd = nameEnd;
    let valuesStart = -1;
    if (colon > start) {
      optionEnd = colon;
      valuesStart = scanValues(bytes, colon + 1);
    } else if (colon < 0 && nameEnd > start) {
      if (byte === DOLLAR) optionEnd = ++at;
      at = skipBlanks(bytes, at);
      byte = bytes[at] as number;
      if (byte === EQUALS || byte === COLON) valuesStart = scanValues(bytes, at + 1);
    }
    if (valuesStart < 0) {
      const odd = scanOddLine(bytes, start, nameEnd, colon);
      if (odd === undefined) throw malformed(source, start);
      optionEnd = odd.optionEnd;
      valuesStart = odd.valuesStart;
    }
    if (sectionStart < 0) {
      throw refusal(
        "CONF_SYNTAX",
        placeIn(source, start),
        "an option before any section: write a [Section] header above it",
      );
    }
    if ((settings + 1) * SPAN > spans.length) {
      const larger = new Int32Array(spans.length * 2);
      larger.set(spans);
      spans = larger;
    }
    const span = settings++ * SPAN;
    spans[span] = start;
    spans[span + 1] = optionEnd;
    spans[span + 2] = valuesStart;
    spans[span + 3] = listEnd;
    at = nextLine(bytes, skipBlanks(bytes, listEnd));
  }
  if (settings > from) steps.push({ kind: "section", name: text.slice(sectionStart, sectionEnd), from, to: settings });
  return { table: { source, spans }, steps };
}

/**
 * Where the value list starts that follows an assignment at `at`, or -1 when there is none: blanks, then values separated
 * by blanks or one comma, up to the end of the line. Leaves in `listEnd` where the last value ends.
 */
function scanValues(bytes: Uint8Array, at: number): number {
  const start = skipBlanks(bytes, at);
  listEnd = start;
  let next = start;
  let byte = bytes[next] as number;
  if (endsLine(bytes, next)) return start;
  for (;;) {
    const valueStart = next;
    while (((CLASSES[byte] as number) & VALUE) !== 0) byte = bytes[++next] as number;
    if (next === valueStart) return -1;
    if (byte === DOLLAR) byte = bytes[++next] as number;
    listEnd = next;
    while (byte === BLANK || byte === TAB) byte = bytes[++next] as number;
    if (byte === COMMA) {
      next = skipBlanks(bytes, next + 1);
      byte = bytes[next] as number;
    } else if (next === listEnd || endsLine(bytes, next)) {
      return endsLine(bytes, next) ? start : -1;
    }
  }
}

/**
 * The option lines that a reader from left to right gets wrong. The dialect asks whether a line *can* be taken apart into
 * name, assignment and values, and then splits it at the first assignment, even where those are two different places:
 * `:a=b` sets the option with the empty name to `a=b`, and `a:b$=c` sets `a` to `b$=c`.
 */
function scanOddLine(
  bytes: Uint8Array,
  start: number,
  nameEnd: number,
  colon: number,
): { readonly optionEnd: number; readonly valuesStart: number } | undefined {
  if (colon < 0) return undefined;
  const fits = (colon === start && fitsBehindColon(bytes, colon + 1, nameEnd)) || fitsBehindName(bytes, nameEnd);
  return fits ? { optionEnd: colon, valuesStart: skipBlanks(bytes, colon + 1) } : undefined;
}

function fitsBehindColon(bytes: Uint8Array, from: number, nameEnd: number): boolean {
  for (let at = from; at < nameEnd; at++) {
    if (bytes[at] === COLON) return fitsBehindAssignment(bytes, at);
  }
  return false;
}

function fitsBehindName(bytes: Uint8Array, nameEnd: number): boolean {
  const at = skipBlanks(bytes, bytes[nameEnd] === DOLLAR ? nameEnd + 1 : nameEnd);
  return (bytes[at] === EQUALS || bytes[at] === COLON) && fitsBehindAssignment(bytes, at);
}

/** Leaves in `listEnd` the end of the last value, which is the assignment itself when no value follows it. */
function fitsBehindAssignment(bytes: Uint8Array, assignment: number): boolean {
  const valuesStart = scanValues(bytes, assignment + 1);
  if (valuesStart === listEnd) listEnd = assignment + 1;
  return valuesStart >= 0;
}

/** The end of an include path that fills the rest of its line, or -1. */
function scanPath(bytes: Uint8Array, start: number): number {
  let at = start;
  while (((CLASSES[bytes[at] as number] as number) & NAME) !== 0) at++;
  if (at === start) return -1;
  if (bytes[at] === DOLLAR) at++;
  return endsLine(bytes, skipBlanks(bytes, at)) ? at : -1;
}

function checkHeader(source: SettingText, start: number, end: number): void {
  for (let at = start + 1; at < end - 1; at++) {
    if (((CLASSES[source.bytes[at] as number] as number) & SECTION) === 0) throw malformed(source, start);
  }
  if (end - start < 3) throw malformed(source, start);
}

function skipBlanks(bytes: Uint8Array, from: number): number {
  let at = from;
  while (bytes[at] === BLANK || bytes[at] === TAB) at++;
  return at;
}

/** Whether nothing but a comment is left of the line. A return ends it together with a newline of the text's own only. */
function endsLine(bytes: Uint8Array, at: number): boolean {
  const byte = bytes[at];
  return (
    byte === NEWLINE ||
    byte === HASH ||
    byte === SEMICOLON ||
    (byte === RETURN && bytes[at + 1] === NEWLINE && at + 2 < bytes.length)
  );
}

/** The start of the next line, from the end of this one's content. */
function nextLine(bytes: Uint8Array, at: number): number {
  return bytes[at] === NEWLINE ? at + 1 : bytes.indexOf(NEWLINE, at) + 1;
}

function malformed(source: SettingText, start: number): Error {
  const line = source.text.slice(start, source.bytes.indexOf(NEWLINE, start));
  return refusal("CONF_SYNTAX", placeIn(source, start), explainLine(line));
}
