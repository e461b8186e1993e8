/**
 * The reader of the conf dialect: one text in, the offsets of its settings out, or a refusal with the line.
 *
 * Every character is looked at here, once, so that nothing read later can turn out to be wrong; but no string is made.
 * A file means the same wherever it is included, since an include neither inherits a section nor leaves one behind:
 * so a scan says what to include and where, and never reads another file itself.
 */

import type { Stretches } from "../stretches.ts";
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
const DOT = 0x2e;
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
type ScanStep = SectionStep | IncludeStep;

interface SectionStep {
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

/** A scan under way. */
interface Scan {
  readonly source: SettingText;
  readonly steps: ScanStep[];
  spans: Int32Array;
  /** Settings found so far. */
  settings: number;
  /** The section that settings belong to, and the first of them; undefined above the first header and below an include. */
  section: string | undefined;
  from: number;
}

/** Where a value list ends, for the caller of {@link scanValues}; meaningless after it returned -1. */
let listEnd = 0;

/** Bytes after which a scan can be interrupted. */
const BYTES_PER_STRETCH = 262_144;

/**
 * Reads one text.
 *
 * @throws TransitionError CONF_SYNTAX with file and line.
 */
export function* scanningConf(source: SettingText): Stretches<ConfScan> {
  const { bytes } = source;
  // Behind the text stands a newline: no step below can run off the end.
  const end = bytes.length - 1;
  const spans = new Int32Array(Math.max(64, (end >> 6) * SPAN));
  const scan: Scan = { source, steps: [], spans, settings: 0, section: undefined, from: 0 };
  let at = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  while (at < end) {
    at = scanLines(scan, at, Math.min(end, at + BYTES_PER_STRETCH));
    yield;
  }
  closeSection(scan, undefined);
  return { table: { source, spans: scan.spans }, steps: scan.steps };
}

/** Takes in the lines that begin before `end`; gives the start of the next. */
function scanLines(scan: Scan, from: number, end: number): number {
  const { bytes } = scan.source;
  let at = from;
  while (at < end) {
    const start = skipBlanks(bytes, at);
    const contentEnd = endsLine(bytes, start) ? start : scanLine(scan, start);
    at = nextLine(bytes, skipBlanks(bytes, contentEnd));
  }
  return at;
}

/** Where the content of a line ends that is a header, an include or a setting, looked for in this order. */
function scanLine(scan: Scan, start: number): number {
  const first = scan.source.bytes[start];
  let end = -1;
  if (first === LEFT_BRACKET) end = scanHeader(scan, start);
  else if (first === DOT) end = scanInclude(scan, start);
  if (end < 0) end = scanOption(scan, start);
  if (end < 0) throw malformed(scan.source, start);
  return end;
}

/** Ends the section that is open, and opens another or none. */
function closeSection(scan: Scan, next: string | undefined): void {
  const { section, from, settings } = scan;
  if (section !== undefined && settings > from) scan.steps.push({ kind: "section", name: section, from, to: settings });
  scan.section = next;
  scan.from = settings;
}

/** What has brackets at both ends and name characters between them is a header, and wrong when they are no section name's. */
function scanHeader(scan: Scan, start: number): number {
  const { bytes, text } = scan.source;
  const end = skipNames(bytes, start);
  if (end - start < 3 || bytes[end - 1] !== RIGHT_BRACKET || !endsLine(bytes, skipBlanks(bytes, end))) return -1;
  for (let at = start + 1; at < end - 1; at++) {
    if (((CLASSES[bytes[at] as number] as number) & SECTION) === 0) throw malformed(scan.source, start);
  }
  closeSection(scan, text.slice(start + 1, end - 1));
  return end;
}

/** Without a path that fills the rest of the line, `.include` is an option's name. */
function scanInclude(scan: Scan, start: number): number {
  const { bytes, text } = scan.source;
  if (!text.startsWith(".include", start)) return -1;
  const pathStart = skipBlanks(bytes, start + 8);
  let end = skipNames(bytes, pathStart);
  if (pathStart === start + 8 || end === pathStart) return -1;
  if (bytes[end] === DOLLAR) end++;
  if (!endsLine(bytes, skipBlanks(bytes, end))) return -1;
  closeSection(scan, undefined);
  scan.steps.push({ kind: "include", path: text.slice(pathStart, end), offset: start });
  return end;
}

/** A setting is split at its first assignment, which may be a colon among the name's characters. */
function scanOption(scan: Scan, start: number): number {
  const { bytes } = scan.source;
  let at = start;
  let colon = -1;
  let byte = bytes[at] as number;
  while (((CLASSES[byte] as number) & NAME) !== 0) {
    if (byte === COLON && colon < 0) colon = at;
    byte = bytes[++at] as number;
  }
  const nameEnd = at;
  if (nameEnd === start) return -1;
  let optionEnd = colon;
  let valuesStart = -1;
  if (colon > start) {
    valuesStart = scanValues(bytes, colon + 1);
  } else if (colon < 0) {
    optionEnd = byte === DOLLAR ? nameEnd + 1 : nameEnd;
    at = skipBlanks(bytes, optionEnd);
    if (bytes[at] === EQUALS || bytes[at] === COLON) valuesStart = scanValues(bytes, at + 1);
  }
  if (valuesStart < 0) {
    if (colon < 0 || !fitsOddly(bytes, colon, start)) return -1;
    valuesStart = skipBlanks(bytes, colon + 1);
  }
  return addSetting(scan, start, optionEnd, valuesStart);
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
function fitsOddly(bytes: Uint8Array, colon: number, start: number): boolean {
  const nameEnd = skipNames(bytes, start);
  return (colon === start && fitsBehindColon(bytes, colon + 1, nameEnd)) || fitsBehindName(bytes, nameEnd);
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

/** The end of a run of name characters. */
function skipNames(bytes: Uint8Array, from: number): number {
  let at = from;
  while (((CLASSES[bytes[at] as number] as number) & NAME) !== 0) at++;
  return at;
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

function addSetting(scan: Scan, start: number, optionEnd: number, valuesStart: number): number {
  if (scan.section === undefined) {
    const message = "an option before any section: write a [Section] header above it";
    throw refusal("CONF_SYNTAX", placeIn(scan.source, start), message);
  }
  const span = scan.settings++ * SPAN;
  if (span + SPAN > scan.spans.length) {
    const larger = new Int32Array(scan.spans.length * 2);
    larger.set(scan.spans);
    scan.spans = larger;
  }
  scan.spans[span] = start;
  scan.spans[span + 1] = optionEnd;
  scan.spans[span + 2] = valuesStart;
  scan.spans[span + 3] = listEnd;
  return listEnd;
}

function malformed(source: SettingText, start: number): Error {
  const newline = source.bytes.indexOf(NEWLINE, start);
  const end = endsLine(source.bytes, newline - 1) ? newline - 1 : newline;
  return refusal("CONF_SYNTAX", placeIn(source, start), explainLine(source.text.slice(start, end)));
}
