/**
 * The programs of the documentation: every `ts` block of README and docs/, with what the page says it prints.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** README and every page under docs/, as paths from the project's folder. */
export const PAGES: readonly string[] = [
  "README.md",
  ...readdirSync(join(ROOT, "docs"), { recursive: true }).map((name) => `docs/${String(name)}`),
].filter((page) => page.endsWith(".md"));

/** One `ts` block. */
export interface Program {
  /** Page and line of the block. */
  readonly place: string;
  readonly page: string;
  /** Where it was written. */
  readonly file: string;
  /** The block as it stands in the page. */
  readonly block: string;
  /** What it prints; not given: it is only compiled. */
  readonly prints: string | undefined;
}

const BLOCK = /^```ts\n([\s\S]*?)^```\n(?:\s*It prints[^\n]*\n\s*```text\n([\s\S]*?)^```)?/gm;

/** Writes the programs of all pages into a folder, each a module. */
export function writePrograms(folder: string): Program[] {
  // The reference shows signatures, and no programs.
  const pages = PAGES.filter((page) => !page.startsWith("docs/api/"));
  return pages.flatMap((page) => {
    const text = readFileSync(join(ROOT, page), "utf8");
    return [...text.matchAll(BLOCK)].map((match, i) => {
      const file = join(folder, `${page.replaceAll("/", "-")}-${i}.ts`);
      const block = match[1] as string;
      // An excerpt, which imports nothing itself, may use everything that the package exports.
      const excerpt = /^import\b/m.test(block)
        ? ""
        : 'import { ConfMap, parseConf, upgradeConfMapIfNeeded, createTransitions, loadConf } from "signaled";\n';
      writeFileSync(file, `${excerpt}${block}\nexport {};\n`);
      const line = text.slice(0, match.index).split("\n").length;
      return { place: `${page}:${line}`, page, file, block, prints: match[2] };
    });
  });
}
