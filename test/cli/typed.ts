/**
 * A command line, typed in this process: the same code as the program's, with a terminal that remembers.
 */
import { main } from "../../src/cli/main.ts";

export interface Typed {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export async function typed(...argv: readonly string[]): Promise<Typed> {
  const [out, err]: [string[], string[]] = [[], []];
  const plain = (text: string): string => text;
  const code = await main(argv[0], argv.slice(1), {
    out: (line) => void out.push(line),
    err: (line) => void err.push(line),
    ...{ bold: plain, dim: plain, red: plain, green: plain, yellow: plain },
  });
  return { code, out: out.join("\n"), err: err.join("\n") };
}
