/**
 * The threat model's promise: each of its lines names a test that there is.
 */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

test("each line of the threat model names its test, and each test of the threats has a line", () => {
  const page = readFileSync(`${ROOT}/docs/security.md`, "utf8");
  const rows = [...page.matchAll(/^\|(?! who tries|---).*\| (.*) \|$/gm)].map((match) => match[1] ?? "");
  expect(rows.length).toBeGreaterThan(20);
  const folders = ["test/service", "test/service/http"];
  const sources = new Map(
    folders.flatMap((folder) =>
      readdirSync(`${ROOT}/${folder}`)
        .filter((name) => name.endsWith(".test.ts"))
        .map((name) => [name, readFileSync(`${ROOT}/${folder}/${name}`, "utf8")] as const),
    ),
  );
  const missing = rows.filter((row) => {
    const named = /^`([^`]+)`(?: \((\S+)\))?$/.exec(row);
    const source = sources.get(named?.[2] ?? "security.test.ts") ?? "";
    return named === null || !source.includes(`test("${named[1]}"`);
  });
  expect(missing).toEqual([]);
  const tests = [...(sources.get("security.test.ts") ?? "").matchAll(/\btest\("([^"]+)"/g)].map((match) => match[1]);
  expect(tests.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});
