/**
 * The form of a conf file: one way to write what it says, with its comments and includes where they are.
 *
 * Every line is written anew by itself, so that nothing can wander; what a line says is asked of the reader of the dialect,
 * and a line that cannot be written in the one form stays as it is.
 */
import { parseConf } from "../conf/conf-text.ts";
import { escapeValue } from "../conf/dialect.ts";

/** A line, taken apart. */
type Line =
  | { readonly kind: "blank" }
  | { readonly kind: "comment"; readonly text: string }
  | { readonly kind: "header"; readonly text: string; readonly comment: string }
  | { readonly kind: "other"; readonly text: string; readonly comment: string }
  | { readonly kind: "option"; readonly option: string; readonly values: string; readonly comment: string };

/** The text in its one form. The text must be of the dialect. */
export function formatConf(text: string): string {
  const lines = text
    .replace(/^\ufeff/, "")
    .split(/\r?\n/)
    .map(readLine);
  return layOut(withBlanks(lines));
}

function readLine(line: string): Line {
  const at = line.search(/[#;]/);
  const content = (at < 0 ? line : line.slice(0, at)).trim();
  const comment = at < 0 ? "" : line.slice(at).trimEnd();
  if (content === "") return comment === "" ? { kind: "blank" } : { kind: "comment", text: comment };
  if (/^\[[^\]]*\]$/.test(content)) return { kind: "header", text: content, comment };
  if (/^\.include[ \t]/.test(content)) {
    return { kind: "other", text: content.replace(/[ \t]+/, " "), comment };
  }
  return readOption(content) ?? { kind: "other", text: content, comment };

  function readOption(written: string): Line | undefined {
    try {
      const read = parseConf(`[s]\n${written}\n`);
      const [option] = read.options("s");
      if (option === undefined) return undefined;
      const values = read.strings("s", option).map(escapeValue).join(", ");
      const again = parseConf(`[s]\n${option} = ${values}\n`);
      return again.equals(read) ? { kind: "option", option, values, comment } : undefined;
    } catch {
      return undefined;
    }
  }
}

/** One blank line at most in a row, none at the ends, and one before a header and the comments that stand upon it. */
function withBlanks(lines: readonly Line[]): readonly Line[] {
  const spaced: Line[] = [];
  for (const line of lines) {
    if (line.kind === "header" && spaced.length > 0) {
      let at = spaced.length;
      while (spaced[at - 1]?.kind === "comment") at--;
      if (at > 0 && spaced[at - 1]?.kind !== "blank") spaced.splice(at, 0, { kind: "blank" });
    }
    if (line.kind === "blank" && (spaced.length === 0 || spaced[spaced.length - 1]?.kind === "blank")) continue;
    spaced.push(line);
  }
  while (spaced[spaced.length - 1]?.kind === "blank") spaced.pop();
  return spaced;
}

/** Options that follow each other have their assignments, and their comments, below each other. */
function layOut(lines: readonly Line[]): string {
  const written: string[] = [];
  for (let at = 0; at < lines.length; ) {
    const line = lines[at] as Line;
    if (line.kind !== "option") {
      written.push(lineText(line));
      at++;
      continue;
    }
    const block: Extract<Line, { kind: "option" }>[] = [];
    for (let next = lines[at]; next?.kind === "option"; next = lines[at + block.length]) block.push(next);
    written.push(...blockText(block));
    at += block.length;
  }
  return written.length === 0 ? "" : `${written.join("\n")}\n`;
}

function blockText(block: readonly Extract<Line, { kind: "option" }>[]): readonly string[] {
  const width = Math.max(...block.map(({ option }) => option.length));
  const settings = block.map(({ option, values }) => `${option.padEnd(width)} = ${values}`.trimEnd());
  const commented = settings.filter((_, i) => block[i]?.comment !== "");
  const edge = Math.max(0, ...commented.map((setting) => setting.length));
  return settings.map((setting, i) => {
    const comment = block[i]?.comment ?? "";
    return comment === "" ? setting : `${setting.padEnd(edge)}  ${comment}`;
  });
}

function lineText(line: Exclude<Line, { kind: "option" }>): string {
  switch (line.kind) {
    case "blank":
      return "";
    case "comment":
      return line.text;
    case "header":
    case "other":
      return line.comment === "" ? line.text : `${line.text}  ${line.comment}`;
  }
}
