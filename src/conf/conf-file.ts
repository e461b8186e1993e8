/**
 * Reading a conf from disk or from standard input, with everything that it includes.
 *
 * The files are read and scanned one after the other and then put together by the pure reader. Only here does a path mean
 * a file: symbolic links are followed to tell whether two paths are one file, and whether an include leaves its root.
 */

import { readFile, realpath } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { ConfMap } from "./conf-map.ts";
import { type ConfScan, type IncludeStep, scanConf } from "./conf-scan.ts";
import { includeCycle, includesOf, settingsOfTree } from "./conf-tree.ts";
import { settingsOfIni } from "./ini-form.ts";
import { settingsOfJson } from "./json-form.ts";
import { type Origin, refusal, shorten } from "./refusal.ts";
import { settingText } from "./setting-text.ts";
import { placeIn } from "./settings.ts";

/** How a conf is loaded. */
export interface LoadOptions {
  /** `Section.Option=values`, laid over the files, the last one of an option holding. */
  readonly overrides?: readonly string[];
  /** The folder that includes may not leave, symbolic links resolved; they may go anywhere when it is left out. */
  readonly includeRoot?: string;
}

/** What stands for the file when a conf is read from standard input. No include can name it. */
const STDIN_FILE = "<stdin>";

/** A file that is open to be scanned, and how it was come by. */
interface Arrival {
  readonly path: string;
  /** The path with symbolic links resolved. */
  readonly real: string;
  readonly content: Uint8Array;
  readonly includer: Arrival | undefined;
}

/** The line that includes a file. */
interface IncludeLine {
  readonly includer: Arrival;
  readonly scan: ConfScan;
  readonly step: IncludeStep;
}

/**
 * The ConfMap of a file, or of standard input for `-`. A path that ends in `.ini` or `.json` is read in that form, everything
 * else, and every included file, in the conf dialect.
 *
 * @throws TransitionError CONF_UNREADABLE, CONF_INCLUDE_OUTSIDE and what `parseConf` throws; with file and, where a line is to
 * blame, line.
 */
export async function loadConf(path: string, options: LoadOptions = {}): Promise<ConfMap> {
  const confMap = await loadFile(path, options.includeRoot);
  return options.overrides === undefined || options.overrides.length === 0
    ? confMap
    : confMap.with(...options.overrides);
}

async function loadFile(path: string, includeRoot: string | undefined): Promise<ConfMap> {
  const main = path === "-" ? await arriveFromStdin() : await arrive(path, undefined, includeRoot);
  if (/\.ini$/i.test(path)) {
    const { settings, characters } = settingsOfIni(path, main.content);
    return ConfMap.ofSettings(settings, () => ({ kind: "ini", file: { path, text: characters } }));
  }
  if (/\.json$/i.test(path)) {
    const { settings, characters } = settingsOfJson(path, main.content);
    return ConfMap.ofSettings(settings, () => ({ kind: "json", file: { path, text: characters } }));
  }
  const scans = await scanTree(main, includeRoot);
  return ConfMap.ofSettings(settingsOfTree({ main: main.path, scans }), () => ({
    kind: "conf",
    main: main.path,
    files: [...scans].map(([file, { table }]) => ({ path: file, text: table.source.characters })),
  }));
}

async function scanTree(main: Arrival, includeRoot: string | undefined): Promise<Map<string, ConfScan>> {
  const scans = new Map<string, ConfScan>();
  const arrivals = [main];
  for (let arrival = arrivals.pop(); arrival !== undefined; arrival = arrivals.pop()) {
    if (scans.has(arrival.path)) continue;
    const scan = scanConf(settingText(arrival.path, arrival.content));
    scans.set(arrival.path, scan);
    for (const { path, step } of includesOf(arrival.path, scan)) {
      if (!scans.has(path)) arrivals.push(await arrive(path, { includer: arrival, scan, step }, includeRoot));
    }
  }
  return scans;
}

async function arriveFromStdin(): Promise<Arrival> {
  try {
    const content = await buffer(process.stdin);
    return { path: STDIN_FILE, real: STDIN_FILE, content, includer: undefined };
  } catch (cause) {
    throw refusal("CONF_UNREADABLE", { file: STDIN_FILE, line: 1 }, "cannot be read", cause);
  }
}

async function arrive(path: string, line: IncludeLine | undefined, includeRoot: string | undefined): Promise<Arrival> {
  const place: Origin =
    line === undefined ? { file: path, line: 1 } : placeIn(line.scan.table.source, line.step.offset);
  const subject = line === undefined ? "this conf" : `the included ${shorten(path)}`;
  const unreadable = (cause: unknown): Error => {
    const message = `${subject} cannot be read (${reasonOf(cause)}): check that it is there and readable`;
    return refusal("CONF_UNREADABLE", place, message, cause);
  };
  const real = await realpath(path).catch((cause: unknown) => {
    // A main file may be a pipe, which has no path of its own.
    if (line === undefined) return path;
    throw unreadable(cause);
  });
  if (line !== undefined) {
    checkCycle(path, real, line);
    if (includeRoot !== undefined) await checkInside(real, includeRoot, place);
  }
  const content = await readFile(real).catch((cause: unknown) => {
    throw unreadable(cause);
  });
  return { path, real, content, includer: line?.includer };
}

/** A link to a folder above makes ever new paths to one file, so what counts is the file. */
function checkCycle(path: string, real: string, { includer, scan, step }: IncludeLine): void {
  const chain: string[] = [path];
  for (let above: Arrival | undefined = includer; above !== undefined; above = above.includer) {
    chain.unshift(above.path);
    if (above.real === real) throw includeCycle(scan, step, chain);
  }
}

async function checkInside(real: string, includeRoot: string, place: Origin): Promise<void> {
  const root = await realpath(includeRoot).catch((cause: unknown) => {
    throw refusal(
      "CONF_UNREADABLE",
      place,
      `the include root ${includeRoot} cannot be read (${reasonOf(cause)})`,
      cause,
    );
  });
  if (real === root || real.startsWith(root.endsWith("/") ? root : `${root}/`)) return;
  throw refusal(
    "CONF_INCLUDE_OUTSIDE",
    place,
    `includes ${shorten(real)}, which is outside ${shorten(root)}: move the file there`,
  );
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
}
