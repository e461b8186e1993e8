/**
 * Confs that include others: where an include leads, and the settings of a whole tree of scanned files.
 *
 * The files are scanned before they are put together, by whoever can reach them: from disk, from a list of texts, from a
 * journal. Putting together is then the same pure walk for all, and the only place that knows about cycles.
 */

import type { Stretches } from "../stretches.ts";
import type { ConfScan, IncludeStep } from "./conf-scan.ts";
import { refusal, shorten } from "./refusal.ts";
import { placeIn, type Run, type Settings, textRun } from "./settings.ts";

/** Scanned files by path: the main one and all that are included from it, directly or through others. */
export interface ConfTree {
  readonly main: string;
  readonly scans: ReadonlyMap<string, ConfScan>;
}

/**
 * How many steps files that were included before may add. Files that include each other's includes twice would otherwise
 * take a time exponential in their number.
 */
const REPEATED_STEPS = 1_000_000;

/** Sections after which it can be interrupted, less one: a power of two is. */
const SECTIONS_PER_STRETCH = 4_095;

interface Visit {
  readonly path: string;
  readonly scan: ConfScan;
  next: number;
}

/**
 * The settings of a tree, includes put where they stand.
 *
 * @throws TransitionError CONF_INCLUDE_CYCLE with the chain, CONF_INCLUDE_LIMIT, CONF_UNREADABLE for an include that the
 * tree does not hold; all with file and line of the include.
 */
export function* settlingTree(tree: ConfTree): Stretches<Settings> {
  const settings = new Map<string, Run>();
  const visited = new Set<string>();
  const open = new Set<string>();
  const visits: Visit[] = [];
  let repeated = 0;

  const enter = (path: string, scan: ConfScan): void => {
    visits.push({ path, scan, next: 0 });
    open.add(path);
    visited.add(path);
  };

  const main = tree.scans.get(tree.main);
  if (main === undefined) {
    throw refusal(
      "CONF_UNREADABLE",
      { file: tree.main, line: 1 },
      "the main file was not given: give it with the others",
    );
  }
  enter(tree.main, main);
  for (let visit = visits.at(-1); visit !== undefined; visit = visits.at(-1)) {
    const step = visit.scan.steps[visit.next++];
    if (step === undefined) {
      open.delete(visit.path);
      visits.pop();
    } else if (step.kind === "section") {
      if ((visit.next & SECTIONS_PER_STRETCH) === 0) yield;
      settings.set(step.name, textRun(visit.scan.table, step.from, step.to, settings.get(step.name)));
    } else {
      const path = resolveInclude(visit.path, step.path);
      const scan = tree.scans.get(path);
      if (scan === undefined) throw missingInclude(visit.scan, step, path);
      if (open.has(path)) throw includeCycle(visit.scan, step, [...open, path]);
      if (visited.has(path)) repeated += scan.steps.length + 1;
      if (repeated > REPEATED_STEPS) throw includedTooOften(visit.scan, step);
      enter(path, scan);
    }
  }
  return settings;
}

/**
 * The path that an include leads to: relative to the folder of the including file, without dots as far as possible. One that
 * ends with a slash is that of a folder, and stays so: no file is found there.
 */
function resolveInclude(from: string, path: string): string {
  const folder = from.slice(0, from.lastIndexOf("/") + 1);
  const joined = path.startsWith("/") ? path : folder + path;
  const absolute = joined.startsWith("/");
  const parts: string[] = [];
  for (const part of joined.split("/")) {
    if (part === ".." && parts.length > 0 && parts.at(-1) !== "..") parts.pop();
    else if (part === ".." ? !absolute : part !== "." && part !== "") parts.push(part);
  }
  return ((absolute ? "/" : "") + parts.join("/") || ".") + (path.endsWith("/") ? "/" : "");
}

/** The includes of a scanned file, as resolved paths, each with the place of its line. */
export function includesOf(file: string, scan: ConfScan): { readonly path: string; readonly step: IncludeStep }[] {
  return scan.steps
    .filter((step) => step.kind === "include")
    .map((step) => ({ path: resolveInclude(file, step.path), step }));
}

function missingInclude(scan: ConfScan, step: IncludeStep, path: string): Error {
  const message = `includes ${shorten(path)}, which was not given: give it, or read the conf from disk with loadConf`;
  return refusal("CONF_UNREADABLE", placeIn(scan.table.source, step.offset), message);
}

/** The refusal of a file that leads back to itself; `chain` ends with the path that closes the cycle. */
export function includeCycle(scan: ConfScan, step: IncludeStep, chain: readonly string[]): Error {
  const shown = chain.length > 12 ? [...chain.slice(0, 6), "...", ...chain.slice(-5)] : chain;
  const message = `an include cycle, ${shown.map((path) => shorten(path)).join(" includes ")}: remove one of these includes`;
  return refusal("CONF_INCLUDE_CYCLE", placeIn(scan.table.source, step.offset), message);
}

/** The refusal of includes that would take for ever. */
export function includedTooOften(scan: ConfScan, step: IncludeStep): Error {
  const message = "the same files are included over and over: include each once";
  return refusal("CONF_INCLUDE_LIMIT", placeIn(scan.table.source, step.offset), message);
}
