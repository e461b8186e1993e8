/**
 * The folder of this package, whether the program runs from its sources, as built, or installed.
 */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { invariant } from "../error.ts";

/** The nearest folder above this module with the demo in it. */
export function packageFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "docs", "demo"))) {
    const above = dirname(folder);
    invariant(above !== folder, "the package has its folder docs/demo");
    folder = above;
  }
  return folder;
}
