/**
 * The package as users get it: packed with `npm pack`, and unpacked into a project of its own outside of this one.
 */
import { execFileSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** What the last step of a build writes. */
const LAST_BUILT = "dist/testing.d.ts";

export interface Packed {
  /** The consumer's folder, with `node_modules/signaled` in it. */
  readonly folder: string;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string; readonly size: number }[];
  remove(): void;
}

/** Packs, and makes a project that has the tarball and its dependencies installed. */
export function installPacked(): Packed {
  const folder = mkdtempSync(join(tmpdir(), "signaled-consumer-"));
  const report: unknown = JSON.parse(
    execFileSync("npm", ["pack", "--json", "--pack-destination", folder, ...(isBuilt() ? ["--ignore-scripts"] : [])], {
      cwd: ROOT,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }),
  );
  // npm 11 and before give a list, later ones an object by package name.
  const [packed] = Object.values(report as Record<string, Omit<Packed, "folder"> & { filename: string }>);
  if (packed === undefined) throw new Error("npm pack --json reported no package");
  const installed = join(folder, "node_modules/signaled");
  mkdirSync(installed, { recursive: true });
  execFileSync("tar", ["xzf", join(folder, packed.filename), "-C", installed, "--strip-components=1"]);
  link(folder);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "consumer", private: true, type: "module" }));
  return {
    folder,
    unpackedSize: packed.unpackedSize,
    files: packed.files,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Whether the last build is younger than all that it was made from; else packing builds anew. */
function isBuilt(): boolean {
  const youngest = (folder: string): number =>
    Math.max(
      ...readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" }).map(
        (path) => statSync(join(ROOT, folder, path)).mtimeMs,
      ),
    );
  const built = statSync(join(ROOT, LAST_BUILT), { throwIfNoEntry: false });
  const configs = ["package.json", "rolldown.config.mjs", "rollup.config.mjs", "tsconfig.json"];
  const sources = [...configs.map((file) => statSync(join(ROOT, file)).mtimeMs), youngest("src"), youngest("machines")];
  return built !== undefined && built.mtimeMs > Math.max(...sources);
}

/** What npm would install beside it is here already: it is linked rather than fetched. */
function link(folder: string): void {
  const { dependencies, optionalDependencies, peerDependencies } = JSON.parse(
    readFileSync(join(ROOT, "package.json"), "utf8"),
  ) as {
    dependencies: Record<string, string>;
    optionalDependencies: Record<string, string>;
    peerDependencies: Record<string, string>;
  };
  const own = ["vitest", "@fast-check/vitest", "@types/node", "@statelyai/inspect"];
  const named = { ...dependencies, ...optionalDependencies, ...peerDependencies };
  for (const name of [...Object.keys(named), ...own]) {
    const place = join(folder, "node_modules", name);
    mkdirSync(dirname(place), { recursive: true });
    symlinkSync(join(ROOT, "node_modules", name), place);
  }
}
