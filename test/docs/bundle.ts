/** A program of the documentation as one file that Node runs: what it imports of this package is taken from the sources. */
import { fileURLToPath } from "node:url";
import { build } from "rolldown";

const source = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** The package's entries, as a consumer names them, and their sources. */
export const ENTRIES: Readonly<Record<string, string>> = {
  signaled: source("src/index.ts"),
  "signaled/machines": source("machines/index.ts"),
  "signaled/testing": source("src/testing/index.ts"),
};

/** Writes the bundle, which finds other packages only if it is somewhere under this project. */
export async function bundleProgram(input: string, file: string): Promise<void> {
  await build({
    input,
    platform: "node",
    resolve: { alias: { ...ENTRIES } },
    external: (id) => /^[^./]/.test(id) && !id.startsWith("signaled"),
    // Modules that register where they are imported are there for their effect; package.json speaks for the sources alone.
    treeshake: false,
    output: { file, format: "esm", codeSplitting: false },
    logLevel: "warn",
  });
}
