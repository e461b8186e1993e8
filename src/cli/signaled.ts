#!/usr/bin/env node
/**
 * The `signaled` program: argv to one call. A command is loaded when it is asked for, so that asking little costs little.
 */
import { VERSION } from "../version.ts";

const [name, ...rest] = process.argv.slice(2);
if (name === "--version" || name === "-V") process.stdout.write(`signaled ${VERSION}\n`);
else {
  const { main } = await import("./main.ts");
  process.exitCode = await main(name, rest);
}
