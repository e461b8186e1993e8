/**
 * The conf dialect a second time, as the plainest regular expressions that state it: slow, without lines, and so short that
 * it can be checked by eye. The real reader is held against it.
 */

import { posix } from "node:path";

/** Sections, options and values in the order in which they were first set. */
export type NaiveConf = Map<string, Map<string, string[]>>;

const TOKEN = String.raw`[0-9A-Za-z_*\-/:.[\]]+\$?`;
const VALUE = String.raw`[0-9A-Za-z_=*\-/:.[\]"{}\\+]+\$?`;
const ASSIGNMENT = "[ \\t]*[=:][ \\t]*";
const SEPARATOR = "(?:[ \\t]*,[ \\t]*|[ \\t]+)";
const VALUES = `(?:${VALUE}(?:${SEPARATOR}${VALUE})*)?`;

const HEADER_LINE = new RegExp(`^\\[${TOKEN}\\]$`);
const GOOD_HEADER_LINE = /^\[([0-9A-Za-z_\-/:.]+)\]$/;
const INCLUDE_LINE = new RegExp(`^\\.include[ \\t]+(${TOKEN})$`);
const OPTION_LINE = new RegExp(`^${TOKEN}${ASSIGNMENT}${VALUES}$`);
const OVERRIDE = new RegExp(`^${TOKEN}\\.${TOKEN}${ASSIGNMENT}${VALUES}$`);

/** What a text says, or undefined when it is refused. Includes are relative to the folder of `path`. */
export function naiveRead(path: string, files: Readonly<Record<string, string>>): NaiveConf | undefined {
  const conf: NaiveConf = new Map();
  return readInto(conf, path, files, []) ? conf : undefined;
}

/** Applies an override; false when it is refused. */
export function naiveOverride(conf: NaiveConf, override: string): boolean {
  const content = trim(override);
  if (!OVERRIDE.test(content)) return false;
  const dot = content.indexOf(".");
  assign(conf, content.slice(0, dot), content.slice(dot + 1));
  return true;
}

function readInto(
  conf: NaiveConf,
  path: string,
  files: Readonly<Record<string, string>>,
  above: readonly string[],
): boolean {
  const text = files[path];
  if (text === undefined || above.includes(path) || text.includes("\uFFFD") || /\p{Surrogate}/u.test(text))
    return false;
  let section: string | undefined;
  for (const line of text
    .replace(/^\uFEFF/, "")
    .replaceAll("\r\n", "\n")
    .split("\n")) {
    const content = trim(line.replace(/[#;].*$/s, ""));
    const include = INCLUDE_LINE.exec(content)?.[1];
    if (content === "") continue;
    if (include !== undefined) {
      const target = include.startsWith("/") ? posix.normalize(include) : posix.join(posix.dirname(path), include);
      if (!readInto(conf, target, files, [...above, path])) return false;
      section = undefined;
    } else if (HEADER_LINE.test(content)) {
      section = GOOD_HEADER_LINE.exec(content)?.[1];
      if (section === undefined) return false;
    } else {
      if (section === undefined || !OPTION_LINE.test(content)) return false;
      assign(conf, section, content);
    }
  }
  return true;
}

function assign(conf: NaiveConf, section: string, line: string): void {
  const [assignment] = line.match(new RegExp(ASSIGNMENT)) ?? [""];
  const at = line.indexOf(assignment);
  const list = line.slice(at + assignment.length);
  const values = list === "" ? [] : list.split(new RegExp(SEPARATOR));
  const options = conf.get(section) ?? new Map<string, string[]>();
  conf.set(section, options);
  options.set(
    line.slice(0, at),
    values.map((value) => value.replace(/\\[uU]0020/g, " ").replace(/\\[uU]002[cC]/g, ",")),
  );
}

function trim(text: string): string {
  return text.replace(/^[ \t]+/, "").replace(/[ \t]+$/, "");
}
