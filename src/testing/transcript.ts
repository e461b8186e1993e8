/**
 * Transcript: a test as plain text: what the configuration says, what is asked for, and what then happens.
 *
 * Somebody who runs the service reads it without knowing the program: prose after `#`, the conf as it stands in the file, a
 * command with the lines of the conf that change, and after `----` who heard what, in which order. What comes out is put
 * into the text again, so that a change of behaviour shows as a change of the text.
 */

import type { Trace } from "./trace.ts";
import { type ConfEdit, editConf, parseConfEdit } from "./transcript-conf.ts";
import { type RowOptions, transcriptRows } from "./transcript-rows.ts";

/** What carries a transcript's commands out: the real service, or whatever else keeps the contract. */
export interface TranscriptAdapter {
  /** Carries one command out. @throws where the command is unknown or wrongly put; a refusal of the service is output */
  run(command: TranscriptCommand): Promise<TranscriptOutput>;
  /** Called at the end, also after an error. */
  close?(): Promise<void>;
}

/** One command of a transcript. */
export interface TranscriptCommand {
  /** Its first word. */
  readonly name: string;
  /** The other words; `"a text"` is one. */
  readonly args: readonly string[];
  /** The configuration file as it stands, this command's edits included. */
  readonly conf: string;
}

/** What a command gave. */
export interface TranscriptOutput {
  /** What was delivered since the command before. */
  readonly trace?: Trace | undefined;
  /** Lines below that: how it ended. */
  readonly lines?: readonly string[] | undefined;
  /** For commands that show a trace with more than names. */
  readonly rows?: RowOptions | undefined;
}

/** An error in a transcript, with its line. */
export class TranscriptError extends Error {
  override readonly name = "TranscriptError";
  /** Counted from 1. */
  readonly line: number;

  constructor(line: number, message: string, cause?: unknown) {
    super(`line ${line}: ${message}`, { cause });
    this.line = line;
  }
}

/**
 * Plays a transcript and gives its text with the outputs that came: equal to the text that was given where everything is as
 * written. Blocks are parted by empty lines; a block is lines of prose, a command, its edits, and, after `----`, its output.
 */
export async function playTranscript(text: string, adapter: TranscriptAdapter): Promise<string> {
  let conf = "";
  const played: string[] = [];
  try {
    for (const block of blocksIn(text)) {
      const { command, edits } = block;
      if (command === undefined) {
        played.push(...block.lines);
        continue;
      }
      if (command.name === "conf") {
        conf = `${block.body.join("\n")}\n`;
        played.push(...block.lines);
        continue;
      }
      const output = await atLine(block.line, () => {
        conf = editConf(conf, edits);
        return adapter.run({ ...command, conf });
      });
      const shown = outputLines(output);
      played.push(...block.lines, ...(shown.length === 0 ? [] : ["----", ...shown]));
    }
  } finally {
    await adapter.close?.();
  }
  return `${played.join("\n").trimEnd()}\n`;
}

interface Block {
  /** Of the command, counted from 1. */
  readonly line: number;
  /** As written, without the output; the empty lines before it included. */
  readonly lines: readonly string[];
  readonly command: Omit<TranscriptCommand, "conf"> | undefined;
  readonly edits: readonly ConfEdit[];
  /** The lines below the command, as they are. */
  readonly body: readonly string[];
}

function blocksIn(text: string): readonly Block[] {
  const blocks: Block[] = [];
  let pending: string[] = [];
  let first = 1;
  const lines = text.split("\n");
  for (const [at, line] of [...lines, ""].entries()) {
    const ends = line.trim() === "" && pending.some((each) => each.trim() !== "");
    if (ends) {
      blocks.push(blockOf(pending, first));
      pending = [];
      first = at + 1;
    }
    pending.push(line);
  }
  return blocks;
}

function blockOf(lines: readonly string[], first: number): Block {
  const at = lines.findIndex((line) => line.trim() !== "" && !line.startsWith("#"));
  const end = lines.indexOf("----");
  const written = end < 0 ? lines : lines.slice(0, end);
  const body = at < 0 ? [] : written.slice(at + 1);
  const [name, ...args] = at < 0 ? [] : wordsOf(lines[at] as string, first + at);
  const command = name === undefined ? undefined : { name, args };
  const edits = name === "conf" ? [] : body.flatMap((line, i) => editIn(line, first + at + 1 + i));
  return { line: first + Math.max(0, at), lines: written, command, edits, body };
}

function editIn(line: string, at: number): readonly ConfEdit[] {
  if (line.startsWith("#")) return [];
  const edit = parseConfEdit(line);
  if (edit !== undefined) return [edit];
  throw new TranscriptError(at, `expected '- [Section] Option = value' or '+ [Section] Option = value', not '${line}'`);
}

function wordsOf(line: string, at: number): readonly string[] {
  const words: string[] = [];
  let rest = line.trim();
  while (rest !== "") {
    const match = /^(?:"([^"]*)"|([^\s"]+))(?:\s+|$)/.exec(rest);
    if (match === null) throw new TranscriptError(at, `a quotation mark has no partner in '${line}'`);
    words.push(match[1] ?? match[2] ?? "");
    rest = rest.slice(match[0].length);
  }
  return words;
}

async function atLine<Result>(line: number, run: () => Promise<Result>): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    throw new TranscriptError(line, error instanceof Error ? error.message : String(error), error);
  }
}

/** No line of it is empty, since an empty line ends the block. */
function outputLines({ trace = [], lines = [], rows }: TranscriptOutput): readonly string[] {
  return [...transcriptRows(trace, rows), ...lines.flatMap((line) => line.split("\n"))]
    .map((line) => line.trimEnd())
    .filter((line) => line !== "");
}
