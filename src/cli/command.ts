/**
 * What a command of `signaled` is: its options as data, from which parsing and `--help` are both made, and one call.
 */
import type { Terminal } from "./terminal.ts";

export interface OptionForm {
  /** Shown in help; a flag has none. */
  readonly value?: string;
  readonly short?: string;
  /** Makes the value one that may be left out, and is written with `=` where it is not: what it is then. */
  readonly implied?: string;
  readonly repeated?: true;
  /** One sentence; default included. */
  readonly help: string;
}

export interface Command {
  readonly name: string;
  /** The positional arguments, as help shows them. */
  readonly arguments: string;
  /** One sentence. */
  readonly summary: string;
  /** What else has to be known; paragraphs. */
  readonly details?: readonly string[];
  readonly options: Readonly<Record<string, OptionForm>>;
  /** Command lines and what each does. */
  readonly examples: readonly (readonly [line: string, what: string])[];
  /** Gives the exit code. */
  run(invocation: Invocation): Promise<number>;
}

/** A parsed command line. */
export interface Invocation {
  readonly terminal: Terminal;
  readonly positionals: readonly string[];
  /** The value of an option, or undefined when it was not given. */
  text(option: string): string | undefined;
  /** All values of a repeated option. */
  texts(option: string): readonly string[];
  flag(option: string): boolean;
}
