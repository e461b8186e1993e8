/**
 * The documentation's programs: every `ts` block is compiled strictly, and one that is followed by what it prints is run.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { afterAll, expect, test } from "vitest";
import { bundleProgram, ENTRIES } from "./bundle.ts";
import { writePrograms } from "./pages.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
// Inside the project, so that packages are found as a consumer would find them.
mkdirSync(join(ROOT, "node_modules/.cache"), { recursive: true });
const FOLDER = mkdtempSync(join(ROOT, "node_modules/.cache/docs-"));
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

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

for (const { place, file, prints } of programs) {
  if (prints === undefined) continue;
  test(`${place} prints what the page says`, async () => {
    const outfile = file.replace(/\.ts$/, ".mjs");
    await bundleProgram(file, outfile);
    const printed = execFileSync(process.execPath, [outfile], { encoding: "utf8", cwd: FOLDER });
    expect(printed).toBe(prints);
  });
}
