/**
 * Settings: what a ConfMap holds, as runs of options over shared texts.
 *
 * A conf of 100,000 volumes is read on every reload, and most of its lists are never asked for. So a reader leaves the
 * values where they stand and records offsets; a value list becomes strings when somebody asks. A section is a chain of
 * runs, the latest first: adding an override or another file adds a run and shares all others.
 */

import { isSeparator, unescapeValue } from "./dialect.ts";
import type { NameRoll } from "./name-roll.ts";
import type { Origin } from "./refusal.ts";

/** Section name to the section's latest run, in the order in which the sections got their first option. */
export type Settings = ReadonlyMap<string, Run>;

/** A text that settings were read from. */
export interface SettingText {
  readonly file: string;
  /** Line number of the first line. */
  readonly firstLine: number;
  /** The text as it was written. */
  readonly characters: string;
  /** One code unit per byte, so that offsets into `bytes` are offsets into it. */
  readonly text: string;
  /** The text's bytes, and a newline behind them. */
  readonly bytes: Uint8Array;
}

/** Offsets of the settings of one text: name start, name end, values start, values end, four numbers each. */
export interface SettingTable {
  readonly source: SettingText;
  readonly spans: Int32Array;
}

/** Numbers per setting in {@link SettingTable.spans}. */
export const SPAN = 4;

/** Settings that follow each other in one section of a text. */
export interface TextRun extends Chained {
  readonly kind: "text";
  readonly table: SettingTable;
  /** First setting in the table, and the one behind the last. */
  readonly from: number;
  readonly to: number;
}

/** Settings given as lists. */
interface ListRun extends Chained {
  readonly kind: "list";
  readonly names: readonly string[];
  readonly entries: readonly Entry[];
}

export type Run = TextRun | ListRun;

/** The values of a setting in a list run: made for it, or those of another setting. */
export type Entry = Given | Setting;

/** Values given as a list. */
export interface Given {
  readonly values: readonly string[];
  readonly origin: Origin | undefined;
}

/** One setting: its run, and its position there. */
export interface Setting {
  readonly run: Run;
  readonly at: number;
}

interface Chained {
  /** The run of the same section that this one was laid over. */
  readonly before: Run | undefined;
  /** Number of settings in this run and all before it. */
  readonly size: number;
}

const NEWLINE = 0x0a;
const BACKSLASH = 0x5c;

/** Sections up to this size are searched, larger ones indexed. */
const SEARCHED = 8;

export function textRun(table: SettingTable, from: number, to: number, before: Run | undefined): Run {
  return { kind: "text", table, from, to, before, size: to - from + (before?.size ?? 0) };
}

export function listRun(names: readonly string[], entries: readonly Entry[], before: Run | undefined): Run {
  return { kind: "list", names, entries, before, size: names.length + (before?.size ?? 0) };
}

/** The setting that holds for an option: the last one of that name. */
export function findSetting(section: Run, option: string): Setting | undefined {
  if (section.size > SEARCHED) return indexOf(section).get(option);
  for (let run: Run | undefined = section; run !== undefined; run = run.before) {
    const at = run.kind === "text" ? lastInText(run, option) : run.names.lastIndexOf(option);
    if (at >= 0) return { run, at };
  }
  return undefined;
}

function lastInText(run: TextRun, option: string): number {
  const { spans, source } = run.table;
  for (let at = run.to - 1; at >= run.from; at--) {
    const start = spans[at * SPAN] as number;
    const length = (spans[at * SPAN + 1] as number) - start;
    if (length === option.length && source.text.startsWith(option, start)) return at;
  }
  return -1;
}

/** The settings that hold in a section, by option, in the order in which the options first appear. */
export function settingsOf(section: Run): ReadonlyMap<string, Setting> {
  return section.size > SEARCHED ? indexOf(section) : makeIndex(section);
}

/** Made when first needed, for sections too large to be searched from end to end. */
const indexes = new WeakMap<Run, ReadonlyMap<string, Setting>>();

function indexOf(section: Run): ReadonlyMap<string, Setting> {
  const known = indexes.get(section);
  if (known !== undefined) return known;
  const index = makeIndex(section);
  indexes.set(section, index);
  return index;
}

function makeIndex(section: Run): ReadonlyMap<string, Setting> {
  const index = new Map<string, Setting>();
  for (const run of runsOf(section)) {
    const to = run.kind === "text" ? run.to : run.names.length;
    for (let at = run.kind === "text" ? run.from : 0; at < to; at++) {
      // A Map keeps a name where it first stood and takes the last setting for it: exactly what holds.
      index.set(nameOf(run, at), { run, at });
    }
  }
  return index;
}

/** The setting that came first in a section; undefined for a section without options. */
export function firstSetting(section: Run): Setting | undefined {
  const run = runsOf(section).find(({ kind, size }) => kind === "text" || size > 0);
  return run === undefined ? undefined : { run, at: run.kind === "text" ? run.from : 0 };
}

/** The runs of a section, the earliest first. */
function runsOf(section: Run): Run[] {
  const runs: Run[] = [];
  for (let run: Run | undefined = section; run !== undefined; run = run.before) runs.push(run);
  return runs.reverse();
}

function nameOf(run: Run, at: number): string {
  if (run.kind === "list") return run.names[at] as string;
  const { spans, source } = run.table;
  return source.text.slice(spans[at * SPAN], spans[at * SPAN + 1]);
}

/** The values of a setting. */
export function valuesOf({ run, at }: Setting): readonly string[] {
  if (run.kind === "text") return splitValues(run, at);
  const entry = run.entries[at] as Entry;
  return "run" in entry ? valuesOf(entry) : entry.values;
}

/** The only value of a setting, or nothing for none; undefined where there are several. Makes no list of what is in a text. */
export function soleValueOf({ run, at }: Setting): string | undefined {
  if (run.kind === "text") {
    const { spans, source } = run.table;
    const end = spans[at * SPAN + 3] as number;
    let escaped = false;
    for (let i = spans[at * SPAN + 2] as number; i < end; i++) {
      const byte = source.bytes[i] as number;
      if (isSeparator(byte)) return undefined;
      if (byte === BACKSLASH) escaped = true;
    }
    const value = source.text.slice(spans[at * SPAN + 2], end);
    return escaped ? unescapeValue(value) : value;
  }
  const entry = run.entries[at] as Entry;
  if ("run" in entry) return soleValueOf(entry);
  return entry.values.length > 1 ? undefined : (entry.values[0] ?? "");
}

/** The text from the first setting of a section to the end of the last; undefined where it does not stand in one piece. */
export function textOfRun(run: Run): string | undefined {
  if (run.kind !== "text" || run.before !== undefined) return undefined;
  const { spans, source } = run.table;
  return source.text.slice(spans[run.from * SPAN], spans[(run.to - 1) * SPAN + 3]);
}

/** The position in a run of the setting that has so many before it there. */
export function offsetIn(run: Run, offset: number): number {
  return run.kind === "text" ? run.from + offset : offset;
}

/** Puts the values of a setting behind those that are in `roll`: no string is made of what stands in a text. */
export function enrolValues({ run, at }: Setting, roll: NameRoll): void {
  if (run.kind === "text") {
    const { spans, source } = run.table;
    roll.addList(source, spans[at * SPAN + 2] as number, spans[at * SPAN + 3] as number);
    return;
  }
  const entry = run.entries[at] as Entry;
  if ("run" in entry) enrolValues(entry, roll);
  else for (const value of entry.values) roll.add(value);
}

/**
 * A text that tells value lists apart: where it is equal for two settings, so are their values. It is the text of the
 * source where there is one; a list given as such has it as JSON in parentheses, which stand in no conf's values.
 */
export function rawTextOf({ run, at }: Setting): string {
  if (run.kind === "text") {
    const { spans, source } = run.table;
    return source.text.slice(spans[at * SPAN + 2], spans[at * SPAN + 3]);
  }
  const entry = run.entries[at] as Entry;
  return "run" in entry ? rawTextOf(entry) : `(${JSON.stringify(entry.values)})`;
}

/** Where a setting stands. */
export function originOf({ run, at }: Setting): Origin | undefined {
  if (run.kind === "text") return placeIn(run.table.source, run.table.spans[at * SPAN] as number);
  const entry = run.entries[at] as Entry;
  return "run" in entry ? originOf(entry) : entry.origin;
}

/** Splits a value list that a reader has checked already. */
function splitValues({ table }: TextRun, setting: number): string[] {
  const { text, bytes } = table.source;
  const end = table.spans[setting * SPAN + 3] as number;
  const values: string[] = [];
  let from = table.spans[setting * SPAN + 2] as number;
  while (from < end) {
    let at = from;
    let escaped = false;
    while (at < end && !isSeparator(bytes[at] as number)) if (bytes[at++] === BACKSLASH) escaped = true;
    values.push(escaped ? unescapeValue(text.slice(from, at)) : text.slice(from, at));
    while (at < end && isSeparator(bytes[at] as number)) at++;
    from = at;
  }
  return values;
}

const lineStarts = new WeakMap<SettingText, Int32Array>();

/** The file and line of an offset. */
export function placeIn(source: SettingText, offset: number): Origin {
  let starts = lineStarts.get(source);
  if (starts === undefined) {
    starts = findLineStarts(source.bytes);
    lineStarts.set(source, starts);
  }
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] as number) <= offset) low = middle;
    else high = middle - 1;
  }
  return { file: source.file, line: source.firstLine + low };
}

function findLineStarts(bytes: Uint8Array): Int32Array {
  const starts = [0];
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) starts.push(at + 1);
  return Int32Array.from(starts);
}

/** `over` laid over `under`: both have their say, and where both set an option, `over` holds. */
export function layOver(under: Settings, over: Settings): Settings {
  const merged = new Map(under);
  for (const [name, section] of over) {
    let run = merged.get(name);
    for (const added of runsOf(section)) {
      run =
        added.kind === "text"
          ? textRun(added.table, added.from, added.to, run)
          : listRun(added.names, added.entries, run);
    }
    if (run !== undefined) merged.set(name, run);
  }
  return merged;
}
