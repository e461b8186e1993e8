/**
 * Reading a conf from a text: the way in that needs no disk, for tests, editors and browsers.
 */

import { ConfMap } from "./conf-map.ts";

/** How a text is read. */
export interface ParseOptions {
  /** The text's name in origins and refusals, and what its includes are relative to; `<text>` when left out. */
  readonly file?: string;
  /** Texts of the files that it may include, by path as resolved against `file`. */
  readonly files?: Readonly<Record<string, string>>;
  /** `Section.Option=values`, laid over the text, the last one of an option holding. */
  readonly overrides?: readonly string[];
}

/**
 * The ConfMap of a text in the conf dialect.
 *
 * @throws TransitionError CONF_SYNTAX, CONF_ENCODING, CONF_UNREADABLE (an include that is not in `files`), CONF_INCLUDE_CYCLE,
 * CONF_INCLUDE_LIMIT or CONF_OVERRIDE, with file and line.
 */
export function parseConf(text: string, options: ParseOptions = {}): ConfMap {
  const main = options.file ?? "<text>";
  const files = Object.entries(options.files ?? {}).map(([path, content]) => ({ path, text: content }));
  const confMap = ConfMap.fromSource({ kind: "conf", main, files: [...files, { path: main, text }] });
  return options.overrides === undefined || options.overrides.length === 0
    ? confMap
    : confMap.with(...options.overrides);
}
