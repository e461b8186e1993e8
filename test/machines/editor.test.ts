/**
 * The machine opens in Stately's editor as it is. The editor reads the file and does not run it, so whatever is not written
 * out in the call of `createMachine` (a constant, a spread, a function) would be missing from its picture.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { expect, test } from "vitest";
import { lifecycleMachine } from "../../machines/index.ts";

const FILE = fileURLToPath(new URL("../../machines/lifecycle.ts", import.meta.url));
const source = ts.createSourceFile(FILE, readFileSync(FILE, "utf8"), ts.ScriptTarget.ES2022, true);

function callsOf(name: string, node: ts.Node = source): ts.CallExpression[] {
  const found: ts.CallExpression[] = [];
  if (ts.isCallExpression(node)) {
    const { expression } = node;
    const called = ts.isPropertyAccessExpression(expression) ? expression.name : expression;
    if (ts.isIdentifier(called) && called.text === name) found.push(node);
  }
  node.forEachChild((child) => {
    found.push(...callsOf(name, child));
  });
  return found;
}

/** What a reader sees who runs nothing. */
function written(node: ts.Node): unknown {
  if (ts.isStringLiteral(node)) return node.text;
  if (node.kind === ts.SyntaxKind.TrueKeyword) return true;
  if (ts.isArrayLiteralExpression(node)) return node.elements.map(written);
  if (!ts.isObjectLiteralExpression(node)) throw new Error(`not written out: ${node.getText().slice(0, 60)}`);
  const fields = node.properties.map((property) => {
    if (!ts.isPropertyAssignment(property)) throw new Error(`not written out: ${property.getText().slice(0, 60)}`);
    const name = (property.name as ts.Identifier).text;
    // Where the context comes from is no part of the picture.
    return [name, name === "context" ? undefined : written(property.initializer)];
  });
  return Object.fromEntries(fields);
}

test("its chart is written out in one call, and is the chart that runs", () => {
  const calls = callsOf("createMachine");
  expect(calls).toHaveLength(1);
  const chart = written((calls[0] as ts.CallExpression).arguments[0] as ts.Node) as { states: object };
  expect(Object.keys(chart.states)).toEqual(["down", "signaling", "finishing", "up", "failed"]);
  const { context: _context, ...running } = lifecycleMachine.config as { context: unknown };
  expect(chart).toEqual({ ...running, context: undefined });
});

test("every action and guard in it has its name in the call of setup", () => {
  const [setup] = callsOf("setup");
  const named = (group: string): string[] => {
    const options = setup?.arguments[0] as ts.ObjectLiteralExpression;
    const field = options.properties.find((property) => property.name?.getText() === group) as ts.PropertyAssignment;
    return (field.initializer as ts.ObjectLiteralExpression).properties.map((property) =>
      String(property.name?.getText()),
    );
  };
  const used = (field: "actions" | "guard"): Set<string> => {
    const found = new Set<string>();
    JSON.stringify(lifecycleMachine.config, (key, value) => {
      if (key === field) for (const name of [value].flat()) found.add(name);
      return value;
    });
    return found;
  };
  expect([...used("actions")].sort()).toEqual(named("actions").sort());
  expect([...used("guard")].sort()).toEqual(named("guards").sort());
});
