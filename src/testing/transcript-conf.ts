/**
 * Transcript conf: the configuration file of a transcript, edited line by line.
 *
 * Edits are text on text, as an operator's are: comments stay where they are, and a conf that nobody can read can be
 * written too, since that is worth a transcript.
 */

/** One edit: `- [Section] Option = value` takes a line away, `+ …` puts one there. */
export interface ConfEdit {
  readonly sign: "-" | "+";
  readonly section: string;
  readonly option: string;
  readonly value: string;
}

/** Reads an edit; undefined where the line is not one. `- [Section]` alone takes the whole section away. */
export function parseConfEdit(line: string): ConfEdit | undefined {
  const match = /^([-+])\s+\[([^\]]*)\]\s*(?:([^=:\s]+)\s*[=:]\s*(.*?)\s*)?$/.exec(line);
  if (match === null) return undefined;
  const [, sign, section, option = "", value = ""] = match;
  return { sign: sign as "-" | "+", section: section as string, option, value };
}

/**
 * The text after the edits. A line put in takes the place of one taken out of the same section with the same option,
 * else it comes last in its section; a section that is not there is added at the end.
 * @throws where a line to be taken away is not there: the transcript tells of a conf that is not the one at hand
 */
export function editConf(text: string, edits: readonly ConfEdit[]): string {
  let lines: readonly string[] = text.split("\n");
  const open = [...edits];
  for (let edit = open.shift(); edit !== undefined; edit = open.shift()) {
    if (edit.sign === "-") {
      const [at, count] = found(lines, edit);
      lines = spliced(lines, at, count, linesOf(takeSuccessor(open, edit)));
    } else {
      const end = endOf(lines, edit.section);
      const added = end === undefined ? [`[${edit.section}]`, ...linesOf(edit)] : linesOf(edit);
      lines = spliced(lines, end ?? lastLine(lines), 0, added);
    }
  }
  return lines.join("\n");
}

/** The edit that puts something in the place of what this one takes away; it is taken from the list. */
function takeSuccessor(open: ConfEdit[], { section, option }: ConfEdit): ConfEdit | undefined {
  const at = open.findIndex((each) => each.sign === "+" && each.section === section && each.option === option);
  return at < 0 || option === "" ? undefined : open.splice(at, 1)[0];
}

function linesOf(edit: ConfEdit | undefined): readonly string[] {
  return edit === undefined || edit.option === "" ? [] : [`${edit.option} = ${edit.value}`.trimEnd()];
}

function spliced(lines: readonly string[], at: number, count: number, added: readonly string[]): readonly string[] {
  return [...lines.slice(0, at), ...added, ...lines.slice(at + count)];
}

/** Where the lines that the edit takes away begin, and how many they are. */
function found(lines: readonly string[], edit: ConfEdit): readonly [number, number] {
  let section: string | undefined;
  for (const [at, line] of lines.entries()) {
    section = headerIn(line) ?? section;
    if (section !== edit.section) continue;
    if (edit.option === "") return [at, sectionLength(lines, at)];
    const option = /^\s*([^=:\s]+)\s*[=:]\s*(.*?)\s*(?:[#;].*)?$/.exec(line);
    if (option?.[1] === edit.option && sameValues(option[2] ?? "", edit.value)) return [at, 1];
  }
  const what = edit.option === "" ? "" : ` ${edit.option} = ${edit.value}`.trimEnd();
  throw new Error(`the conf has no [${edit.section}]${what && ` ${what.trim()}`}`);
}

function sectionLength(lines: readonly string[], from: number): number {
  let length = 1;
  while (from + length < lines.length && headerIn(lines[from + length] as string) === undefined) length++;
  return length;
}

/** Behind the last option of the section's last part; undefined: there is no such section. */
function endOf(lines: readonly string[], name: string): number | undefined {
  let section: string | undefined;
  let end: number | undefined;
  for (const [at, line] of lines.entries()) {
    section = headerIn(line) ?? section;
    if (section === name && line.trim() !== "") end = at + 1;
  }
  return end;
}

/** The end, before the empty line that a text with a final newline has. */
function lastLine(lines: readonly string[]): number {
  return lines.at(-1) === "" ? lines.length - 1 : lines.length;
}

function headerIn(line: string): string | undefined {
  return /^\s*\[([^\]]*)\]/.exec(line)?.[1];
}

function sameValues(a: string, b: string): boolean {
  const words = (text: string): string =>
    text
      .split(/[\s,]+/)
      .filter(Boolean)
      .join(" ");
  return words(a) === words(b);
}
