/**
 * Reading a conf from disk or from standard input, with everything that it includes.
 *
 * The files are read and scanned one after the other and then put together by the pure reader. Only here does a path mean
 * a file: symbolic links are followed to tell whether two paths are one file, and whether an include leaves its root.
 */

import { readFile, realpath } from "node:fs/promises";
import { resolve } from "node:path";
import { buffer } from "node:stream/consumers";
import { inStretches, type Stretches } from "../stretches.ts";
import { ConfMap } from "./conf-map.ts";
import { type ConfScan, type IncludeStep, scanningConf } from "./conf-scan.ts";
import { includeCycle, includedTooOften, includesOf, settlingTree } from "./conf-tree.ts";
import { settingsOfIni } from "./ini-form.ts";
import { settingsOfJson } from "./json-form.ts";
import { type Origin, refusal, shorten } from "./refusal.ts";
import { decoding } from "./setting-text.ts";
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

/** How many paths may lead to files that other paths have led to before: links can make exponentially many. */
const SECOND_PATHS = 10_000;

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

/** In which form a conf is written. */
export type ConfForm = "conf" | "ini" | "json";

export function formOfPath(path: string): ConfForm {
  if (/\.ini$/i.test(path)) return "ini";
  return /\.json$/i.test(path) ? "json" : "conf";
}

/**
 * The ConfMap of a text that stands for the file at `path`, which is not read: what it includes is found from there.
 *
 * @throws TransitionError as `loadConf`
 */
export async function loadConfText(
  text: string,
  path: string,
  { form, overrides = [], includeRoot }: LoadOptions & { readonly form: ConfForm },
): Promise<ConfMap> {
  const real = await realpath(path).catch(() => path);
  const main = { path, real, content: Buffer.from(text), includer: undefined };
  const confMap = await readConf(main, form, includeRoot);
  return overrides.length === 0 ? confMap : confMap.with(...overrides);
}

async function loadFile(path: string, includeRoot: string | undefined): Promise<ConfMap> {
  const main = path === "-" ? await arriveFromStdin() : await arrive(path);
  return readConf(main, formOfPath(path), includeRoot);
}

async function readConf(main: Arrival, form: ConfForm, includeRoot: string | undefined): Promise<ConfMap> {
  const { path } = main;
  if (form !== "conf") {
    const read = form === "ini" ? settingsOfIni : settingsOfJson;
    const { settings, characters } = read(path, main.content);
    return ConfMap.ofSettings(settings, () => ({ kind: form, file: { path, text: characters } }));
  }
  const scans = await scanTree(main, includeRoot);
  const settings = await inStretches(settlingTree({ main: main.path, scans }));
  return ConfMap.ofSettings(settings, () => ({
    kind: "conf",
    main: main.path,
    files: [...scans].map(([file, { table }]) => ({ path: file, text: table.source.characters })),
  }));
}

async function scanTree(main: Arrival, includeRoot: string | undefined): Promise<Map<string, ConfScan>> {
  const root = includeRoot === undefined ? undefined : await rootAt(includeRoot, main.path);
  const scans = new Map<string, ConfScan>();
  const paths = new Set([main.path]);
  const reals = new Set([main.real]);
  const arrivals = [main];
  for (let arrival = arrivals.pop(); arrival !== undefined; arrival = arrivals.pop()) {
    const scan = await inStretches(scanningFile(arrival));
    scans.set(arrival.path, scan);
    for (const { path, step } of includesOf(arrival.path, scan)) {
      if (paths.has(path)) continue;
      paths.add(path);
      const line = { includer: arrival, scan, step };
      const included = await arrive(path, line, root);
      reals.add(included.real);
      if (paths.size - reals.size > SECOND_PATHS) throw includedTooOften(scan, step);
      arrivals.push(included);
    }
  }
  return scans;
}

function* scanningFile({ path, content }: Arrival): Stretches<ConfScan> {
  return yield* scanningConf(yield* decoding(path, content));
}

async function arriveFromStdin(): Promise<Arrival> {
  try {
    const content = await buffer(process.stdin);
    return { path: STDIN_FILE, real: STDIN_FILE, content, includer: undefined };
  } catch (cause) {
    throw refusal("CONF_UNREADABLE", { file: STDIN_FILE, line: 1 }, "cannot be read", cause);
  }
}

async function arrive(path: string, line?: IncludeLine, root?: IncludeRoot): Promise<Arrival> {
  const place = line === undefined ? { file: path, line: 1 } : placeOf(line);
  const subject = line === undefined ? "this conf" : `the included ${shorten(path)}`;
  const unreadable = (cause: unknown): never => {
    const message = `${subject} cannot be read (${reasonOf(cause)}): check that it is there and readable`;
    throw refusal("CONF_UNREADABLE", place, message, cause);
  };
  // Before it is looked for: whether there is such a file elsewhere is nobody's business.
  if (root !== undefined && !isInside(path, root.given)) checkInside(path, root.real, place);
  // A main file may be a pipe, which has no path of its own.
  const real = await realpath(path).catch((cause) => (line === undefined ? path : unreadable(cause)));
  if (line !== undefined) checkCycle(path, real, line);
  if (root !== undefined) checkInside(real, root.real, place);
  return { path, real, content: await readFile(real).catch(unreadable), includer: line?.includer };
}

/** A link to a folder above makes ever new paths to one file, so what counts is the file. */
function checkCycle(path: string, real: string, { includer, scan, step }: IncludeLine): void {
  const chain: string[] = [path];
  for (let above: Arrival | undefined = includer; above !== undefined; above = above.includer) {
    chain.push(above.path);
    if (above.real === real) throw includeCycle(scan, step, chain.reverse());
  }
}

function checkInside(real: string, root: string, place: Origin): void {
  if (isInside(real, root)) return;
  const message = `includes ${shorten(real)}, which is outside ${shorten(root)}: move the file there`;
  throw refusal("CONF_INCLUDE_OUTSIDE", place, message);
}

function isInside(path: string, root: string): boolean {
  return path === root || path.startsWith(root.endsWith("/") ? root : `${root}/`);
}

/** The folder that includes may not leave, as it was named and with symbolic links resolved. */
interface IncludeRoot {
  readonly given: string;
  readonly real: string;
}

async function rootAt(includeRoot: string, main: string): Promise<IncludeRoot> {
  const real = await realpath(includeRoot).catch((cause) => {
    const message = `the include root ${shorten(includeRoot)} cannot be read (${reasonOf(cause)}): name a folder`;
    throw refusal("CONF_UNREADABLE", { file: main, line: 1 }, message, cause);
  });
  return { given: resolve(includeRoot), real };
}

function placeOf({ scan, step }: IncludeLine): Origin {
  return placeIn(scan.table.source, step.offset);
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
}
