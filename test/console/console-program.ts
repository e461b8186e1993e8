/**
 * The program with the console beside it, as in a release, made from the sources without a build.
 */
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { rolldown } from "rolldown";
// The build's configuration is a plain module, which rolldown's own configuration imports.
import { consoleBuild } from "../../src/console/build.mjs";
import { signaledProgram } from "../cli/signaled-program.ts";

let program: Promise<string> | undefined;

/** The path of the program. */
export function consoleProgram(): Promise<string> {
  program ??= bundle();
  return program;
}

async function bundle(): Promise<string> {
  const entry = await signaledProgram();
  const { output: options, ...input } = consoleBuild("");
  const bundled = await rolldown(input);
  const { output } = await bundled.generate({ ...options, dir: "console" });
  const folder = join(dirname(entry), "console");
  mkdirSync(folder, { recursive: true });
  for (const file of output) {
    // Moved into place, since another test file may be reading it.
    const draft = join(folder, `${file.fileName}.${process.pid}`);
    writeFileSync(draft, file.type === "chunk" ? file.code : file.source);
    renameSync(draft, join(folder, file.fileName));
  }
  return entry;
}
