/**
 * The documentation's programs: every `ts` block is compiled strictly, and one that is followed by what it prints is run.
 */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundlePrograms, ENTRIES } from "./bundle.ts";
import { writePrograms } from "./pages.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
// Inside the project, so that packages are found as a consumer would find them.
mkdirSync(join(ROOT, "node_modules/.cache"), { recursive: true });
const FOLDER = mkdtempSync(join(ROOT, "node_modules/.cache/docs-"));
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

const run = promisify(execFile);
const programs = writePrograms(FOLDER);

test("every ts block of the documentation compiles strictly", { timeout: 120_000 }, () => {
  const { config } = ts.readConfigFile(join(ROOT, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, ROOT);
  const program = ts.createProgram(
    programs.map(({ file }) => file),
    // A reader's program may leave things unused that a page goes on to use.
    {
      ...options,
      noUnusedLocals: false,
      noUnusedParameters: false,
      paths: Object.fromEntries(Object.entries(ENTRIES).map(([name, path]) => [name, [path]])),
    },
  );
  // The programs alone: what they import is checked with everything else.
  const diagnostics = programs.flatMap(({ file }) => {
    const source = program.getSourceFile(file);
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
  });
  const problems = diagnostics.map((diagnostic) => {
    const place = programs.find(({ file }) => file === diagnostic.file?.fileName)?.place ?? diagnostic.file?.fileName;
    return `${place}: ${ts.flattenDiagnosticMessageText(diagnostic.messageText, "\n")}`;
  });
  expect(programs.length).toBeGreaterThan(4);
  expect(problems).toEqual([]);
});

// For who writes programs. The other pages are references, or begin with a configuration or a command.
test.each(["embedding", "inspecting", "participants", "testing", "failure", "journal"])(
  "docs/%s.md begins with a complete program of at most 30 lines",
  (name) => {
    const first = programs.find(({ page }) => page === `docs/${name}.md`);
    const text = readFileSync(join(ROOT, `docs/${name}.md`), "utf8");
    expect(first?.block).toMatch(/^import /m);
    expect(first?.prints).toBeDefined();
    expect(first?.block.trimEnd().split("\n").length).toBeLessThanOrEqual(30);
    // Before it there is a word on what the page is about, and at most one heading.
    expect(text.split("```ts")[0]?.split("\n## ").length).toBeLessThanOrEqual(2);
  },
);

const runnable = programs.filter(({ prints }) => prints !== undefined);

describe("a program prints what the page says", () => {
  beforeAll(async () => {
    await bundlePrograms(Object.fromEntries(runnable.map(({ file }) => [basename(file, ".ts"), file])), FOLDER);
  });

  test.concurrent.each(runnable)("$place", async ({ file, prints }) => {
    const { stdout } = await run(process.execPath, [file.replace(/\.ts$/, ".mjs")], { cwd: FOLDER });
    expect(stdout).toBe(prints);
  });
});
