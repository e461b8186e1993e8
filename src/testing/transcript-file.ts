/**
 * Transcript files: a transcript in a file, held against what happens, or rewritten with it.
 *
 * Rewriting is one command for all of them (`UPDATE_TRANSCRIPTS=1`), and the difference is for a person to read before it is
 * committed.
 */
import { playTranscript, type TranscriptAdapter } from "./transcript.ts";

export interface TranscriptFileOptions {
  /** Write what happens into the file. Default: whether the environment variable `UPDATE_TRANSCRIPTS` is set, and not `0`. */
  readonly update?: boolean | undefined;
}

/** Plays the transcript in a file. @throws with the lines that differ, where something else happens than is written there */
export async function checkTranscript(
  path: string | URL,
  adapter: TranscriptAdapter,
  options: TranscriptFileOptions = {},
): Promise<void> {
  // Loaded here, so that everything else of this entry loads in a browser.
  const { readFile, writeFile } = await import("node:fs/promises");
  const written = (await readFile(path, "utf8")).replaceAll("\r\n", "\n");
  const played = await playTranscript(written, adapter);
  if (played === written) return;
  if (options.update ?? isSet(process.env["UPDATE_TRANSCRIPTS"])) await writeFile(path, played);
  else throw new Error(`${path} tells of something else than what happened:\n${lineDifference(written, played)}`);
}

function isSet(variable: string | undefined): boolean {
  return variable !== undefined && variable !== "" && variable !== "0";
}

/** The lines that differ, `-` written and `+` happened, with the lines around them that do not. */
export function lineDifference(written: string, happened: string): string {
  const [before, after] = [written.split("\n"), happened.split("\n")];
  const common = commonLengths(before, after);
  const lines: string[] = [];
  const context: string[] = [];
  let i = 0;
  let j = 0;
  while (i < before.length || j < after.length) {
    if (i < before.length && j < after.length && before[i] === after[j]) {
      context.push(`  ${before[i]}`);
      i++;
      j++;
      continue;
    }
    // Of what is the same, the two lines before and behind a difference are enough.
    lines.push(...(lines.length === 0 ? context.slice(-2) : around(context)));
    context.length = 0;
    const dropping = j >= after.length || (i < before.length && length(common, i + 1, j) >= length(common, i, j + 1));
    lines.push(dropping ? `- ${before[i++]}` : `+ ${after[j++]}`);
  }
  return [...lines, ...context.slice(0, 2)].join("\n");
}

function around(context: readonly string[]): readonly string[] {
  return context.length <= 4 ? context : [...context.slice(0, 2), "  …", ...context.slice(-2)];
}

/** Lengths of the longest common subsequences of the ends of both lists. */
function commonLengths(a: readonly string[], b: readonly string[]): readonly Uint32Array[] {
  const rows = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const row = rows[i] as Uint32Array;
      row[j] =
        a[i] === b[j] ? length(rows, i + 1, j + 1) + 1 : Math.max(length(rows, i + 1, j), length(rows, i, j + 1));
    }
  }
  return rows;
}

function length(rows: readonly Uint32Array[], i: number, j: number): number {
  return rows[i]?.[j] ?? 0;
}
