/**
 * docs/api is the reference of what the entries export, made by `npm run reference` from the docstrings. It takes too long
 * to be made for a test: that it has every name, and every sentence of their docstrings, shows whether it is stale.
 */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const ENTRIES = {
  "src/index.ts": "docs/api/signaled.md",
  "machines/index.ts": "docs/api/signaled/machines.md",
  "src/testing/index.ts": "docs/api/signaled/testing.md",
  "src/tracing/index.ts": "docs/api/signaled/opentelemetry.md",
};

const sources = new Map<string, ts.SourceFile>();

function parsed(file: string): ts.SourceFile {
  const known = sources.get(file);
  if (known !== undefined) return known;
  const source = ts.createSourceFile(file, readFileSync(join(ROOT, file), "utf8"), ts.ScriptTarget.ES2022, true);
  sources.set(file, source);
  return source;
}

interface Export {
  readonly name: string;
  /** Not given: another entry's, which has it on its own page. */
  readonly declaration?: ts.Node;
}

/** What an entry exports, where it is declared. */
function* exportsOf(entry: string): Iterable<Export> {
  for (const statement of parsed(entry).statements) {
    if (!ts.isExportDeclaration(statement) || statement.moduleSpecifier === undefined) continue;
    const target = join(dirname(entry), (statement.moduleSpecifier as ts.StringLiteral).text);
    if (statement.exportClause === undefined || !ts.isNamedExports(statement.exportClause)) continue;
    for (const { name } of statement.exportClause.elements) {
      if (target in ENTRIES) {
        yield { name: name.text };
        continue;
      }
      const declaration = parsed(target).statements.find((each) => declares(each, name.text));
      if (declaration === undefined) throw new Error(`${entry}: ${target} does not declare ${name.text}`);
      yield { name: name.text, declaration };
    }
  }
}

function declares(statement: ts.Statement, name: string): boolean {
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.some((each) => ts.isIdentifier(each.name) && each.name.text === name);
  return (ts.isDeclarationStatement(statement) && statement.name?.text) === name;
}

/** The docstrings of a declaration and of its public members. */
function docstringsOf(node: ts.Node): string[] {
  const isPrivate = ts.isClassElement(node) && node.name !== undefined && ts.isPrivateIdentifier(node.name);
  if (isPrivate || ts.isBlock(node) || ts.isVariableDeclarationList(node)) return [];
  const own = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc);
  if (own.some(({ tags = [] }) => tags.some(({ tagName }) => tagName.text === "internal"))) return [];
  const texts = own.map(({ comment }) => ts.getTextOfJSDocComment(comment) ?? "");
  node.forEachChild((child) => {
    texts.push(...docstringsOf(child));
  });
  return texts;
}

/** Words alone: the page sets links, breaks lines and escapes in its own way. */
const words = (text: string): string =>
  text
    .replace(/\{@link (\S+)\}/g, "$1")
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();

for (const [entry, page] of Object.entries(ENTRIES)) {
  test(`${page} is the reference of ${entry}`, () => {
    const text = readFileSync(join(ROOT, page), "utf8");
    const said = ` ${words(text.replace(/\]\([^)]*\)/g, "]"))} `;
    const wanted = [...exportsOf(entry)];
    const headings = [...text.matchAll(/^### (\S+?)(?:\(\))?$/gm)].map((match) => match[1]?.replaceAll("\\", ""));
    expect(wanted.length).toBeGreaterThan(1);
    expect(new Set(headings), "run npm run reference").toEqual(new Set(wanted.map(({ name }) => name)));
    const missing = wanted
      .flatMap(({ declaration }) => (declaration === undefined ? [] : docstringsOf(declaration)))
      .filter((docstring) => !said.includes(` ${words(docstring)} `.replace(/^ {2}$/, " ")));
    expect(missing, "run npm run reference").toEqual([]);
  });
}
