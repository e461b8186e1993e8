/**
 * Settings given as lists: by a program, in a `.json` file or in a `.ini` file.
 *
 * All three come down to the same shape, sections of options of value lists in order, so that names such as `__proto__` or
 * `1`, which objects treat in a way of their own, are names like all others.
 */

import { z } from "zod";
import type { Origin } from "./refusal.ts";
import { type Given, listRun, type Run, type Settings, settingsOf, valuesOf } from "./settings.ts";

/** Sections as `[name, options]`, options as `[name, values]`, in order. */
export type SectionEntries = readonly (readonly [string, readonly (readonly [string, readonly string[]])[]])[];

/** What is wrong with the shape of something given, and where: `[]`, `[section]` or `[section, option]`. */
export interface ShapeProblem {
  readonly path: readonly string[];
  readonly message: string;
}

const Values = z.array(z.string(), "must be a list of strings");
const Options = z.array(z.tuple([z.string(), Values]), "must be an object of options, each with a list of strings");
const Sections = z.array(z.tuple([z.string(), Options]), "must be an object of sections");

/**
 * Sections out of an object `{section: {option: [values]}}`, checked.
 *
 * zod would drop a key `__proto__` of an object, so it is shown the entries.
 */
export function entriesOf(given: unknown): { readonly entries: SectionEntries } | { readonly problem: ShapeProblem } {
  const sections = keyed(given, (options) => keyed(options, (values) => values));
  const checked = Sections.safeParse(sections);
  if (checked.success) return { entries: checked.data };
  const issue = checked.error.issues[0];
  return { problem: { path: namesAt(sections, issue?.path ?? []), message: issue?.message ?? "has the wrong shape" } };
}

function keyed(given: unknown, inner: (value: unknown) => unknown): unknown {
  // An array has entries, too, but is no object of sections or options.
  if (typeof given !== "object" || given === null || Array.isArray(given)) return undefined;
  return Object.entries(given).map(([name, value]) => [name, inner(value)]);
}

/** The names along a path into nested entries, in which every second step is a position in a pair. */
function namesAt(entries: unknown, path: readonly PropertyKey[]): string[] {
  const names: string[] = [];
  let here = entries;
  for (const step of path) {
    if (!Array.isArray(here)) break;
    here = here[Number(step)];
    if (Array.isArray(here) && here.length === 2 && typeof here[0] === "string" && names.length < 2) {
      names.push(here[0]);
      here = [here[0], here[1]];
    }
  }
  return names;
}

/** Settings out of checked entries; `originOf` says where an option stands. */
export function settingsOfEntries(
  entries: SectionEntries,
  originOf: (section: string, option: string) => Origin | undefined,
): Settings {
  const settings = new Map<string, Run>();
  for (const [section, options] of entries) {
    const names = options.map(([option]) => option);
    const given = options.map(
      ([option, values]): Given => ({ values: Object.freeze([...values]), origin: originOf(section, option) }),
    );
    settings.set(section, listRun(names, given, settings.get(section)));
  }
  return settings;
}

/** The settings that hold, as entries. */
export function entriesOfSettings(settings: Settings): SectionEntries {
  return [...settings].map(([section, run]) => [
    section,
    [...settingsOf(run)].map(([option, setting]) => [option, valuesOf(setting)] as const),
  ]);
}

/** An object `{section: {option: [values]}}` out of entries; its lists are the caller's to change. */
export function objectOf(entries: SectionEntries): Record<string, Record<string, string[]>> {
  return record(
    entries.map(([section, options]) => [section, record(options.map(([option, values]) => [option, [...values]]))]),
  );
}

/** Unlike an assignment, this also makes a property of its own of the name `__proto__`. */
function record<Value>(entries: readonly (readonly [string, Value])[]): Record<string, Value> {
  return Object.fromEntries(entries);
}
