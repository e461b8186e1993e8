/** Programs of the documentation as files that Node runs: what they import of this package is taken from the sources. */
import { fileURLToPath } from "node:url";
import { build } from "rolldown";

const source = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** The package's entries, as a consumer names them, and their sources. */
export const ENTRIES: Readonly<Record<string, string>> = {
  signaled: source("src/index.ts"),
  "signaled/machines": source("machines/index.ts"),
  "signaled/testing": source("src/testing/index.ts"),
  "signaled/opentelemetry": source("src/tracing/index.ts"),
};

/** Writes the programs into a folder, each as `NAME.mjs`; other packages are found only if that is under this project. */
export async function bundlePrograms(programs: Readonly<Record<string, string>>, folder: string): Promise<void> {
  await build({
    input: { ...programs },
    platform: "node",
    resolve: { alias: { ...ENTRIES } },
    external: (id) => /^[^./]/.test(id) && !id.startsWith("signaled"),
    // Modules that register where they are imported are there for their effect; package.json speaks for the sources alone.
    treeshake: false,
    output: { dir: folder, format: "esm", entryFileNames: "[name].mjs", chunkFileNames: "shared/[name]-[hash].mjs" },
    logLevel: "warn",
  });
}
