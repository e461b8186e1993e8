/**
 * The terminal: where a command writes, and how it lays things out.
 *
 * Commands get it handed, so that a test reads what they say; colours are for people only, and follow NO_COLOR.
 */

import { withoutControls } from "../service/plain-text.ts";

export interface Terminal {
  /** Writes a line to standard output: the answer. */
  out(line: string): void;
  /** Writes a line to standard error: everything about the answer. */
  err(line: string): void;
  readonly bold: Paint;
  readonly dim: Paint;
  readonly red: Paint;
  readonly green: Paint;
  readonly yellow: Paint;
}

type Paint = (text: string) => string;

/** The process's own streams. A reader that goes away (`| head`) ends the writing and is no error. */
export function processTerminal(): Terminal {
  const { stdout, stderr, env } = process;
  stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(process.exitCode ?? 0);
  });
  stderr.on("error", () => {});
  const colours = coloursWanted(env, stdout.isTTY);
  const paint = (code: number): Paint => (colours ? (text) => `\u001b[${code}m${text}\u001b[0m` : (text) => text);
  return {
    // A file or another program gets every character as it is.
    out: (line) => void stdout.write(`${stdout.isTTY ? withoutControls(line) : line}\n`),
    err: (line) => void stderr.write(`${stderr.isTTY ? withoutControls(line) : line}\n`),
    bold: paint(1),
    dim: paint(2),
    red: paint(31),
    green: paint(32),
    yellow: paint(33),
  };
}

/** https://no-color.org and https://force-color.org */
function coloursWanted(env: NodeJS.ProcessEnv, isTerminal: boolean): boolean {
  if (env["NO_COLOR"] !== undefined && env["NO_COLOR"] !== "") return false;
  if (env["FORCE_COLOR"] !== undefined && env["FORCE_COLOR"] !== "") return env["FORCE_COLOR"] !== "0";
  return isTerminal && env["TERM"] !== "dumb";
}

/** Rows with their columns aligned; the last column runs free, and no line ends in blanks. */
export function alignColumns(rows: readonly (readonly string[])[], gap = 2): readonly string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => {
      if (column < row.length - 1) widths[column] = Math.max(widths[column] ?? 0, widthOf(cell));
    });
  }
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column < row.length - 1 ? cell + " ".repeat((widths[column] ?? 0) - widthOf(cell) + gap) : cell,
      )
      .join("")
      .trimEnd(),
  );
}

/** Columns that a text takes; escape codes take none. */
function widthOf(text: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape codes begin with a control character.
  return [...text.replace(/\u001b\[\d+m/g, "")].length;
}
