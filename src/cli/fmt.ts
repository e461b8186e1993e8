/**
 * `signaled fmt`: conf files in one form, so that a diff shows what changed and nothing else.
 */
import { readFile } from "node:fs/promises";
import { loadConf } from "../conf/conf-file.ts";
import { ConfMap } from "../conf/conf-map.ts";
import { invariant } from "../error.ts";
import { EXIT_CODES } from "../service/exit-code.ts";
import { replaceFile } from "../service/file-replacement.ts";
import type { Command, Invocation } from "./command.ts";
import { usageError } from "./command-line.ts";
import { formatConf } from "./conf-format.ts";
import { HELP } from "./options.ts";

export const fmt: Command = {
  name: "fmt",
  arguments: "FILE ...",
  summary: "Write conf files in one form: comments and includes stay, and what they say stays the same.",
  options: {
    write: { short: "w", help: "Rewrite the files that are not in that form." },
    check: { help: "Name the files that are not in that form, and exit 1 if there are any." },
    flatten: { help: "Print the whole configuration as one file instead, without includes and comments." },
    help: HELP,
  },
  examples: [
    ["signaled fmt --write *.conf", "Each file by itself; included ones are not followed."],
    ["signaled fmt --flatten cluster.json", "Any configuration as one conf file."],
  ],
  run: runFmt,
};

async function runFmt(invocation: Invocation): Promise<number> {
  const { terminal, positionals } = invocation;
  if (positionals.length === 0) throw usageError("fmt needs a file: signaled fmt FILE");
  let differing = 0;
  for (const path of positionals) {
    const confMap = await loadConf(path);
    if (invocation.flag("flatten")) {
      terminal.out(confMap.dump().trimEnd());
      continue;
    }
    const before = mainText(confMap, path);
    const after = formatted(confMap, before);
    const same = path !== "-" && (await readFile(path, "utf8")) === after;
    if (!same) differing++;
    if (invocation.flag("check")) {
      if (!same) terminal.out(path);
    } else if (invocation.flag("write") && path !== "-") {
      if (!same) await replaceFile(path, after);
    } else terminal.out(after.trimEnd());
  }
  return invocation.flag("check") && differing > 0 ? EXIT_CODES.failed.code : EXIT_CODES.ok.code;
}

function mainText(confMap: ConfMap, path: string): string {
  const source = confMap.source();
  if (source.kind !== "conf") {
    throw usageError(`${path} is not in the conf dialect: signaled fmt --flatten prints it in it`);
  }
  const main = source.files.find((file) => file.path === source.main);
  invariant(main !== undefined, "a conf has its main file");
  return main.text;
}

/** The text in its one form; that it still says the same is made sure of, since the file may be replaced by it. */
function formatted(confMap: ConfMap, text: string): string {
  const after = formatConf(text);
  const source = confMap.source();
  invariant(source.kind === "conf", "only the dialect is formatted");
  const files = source.files.map((file) => (file.path === source.main ? { ...file, text: after } : file));
  invariant(ConfMap.fromSource({ ...source, files }).equals(confMap), `${source.main} says the same when formatted`);
  return after;
}
