/** The programs of docs/examples, run from the sources; test/package runs them as a consumer has them. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Gate } from "../../docs/examples/http-server/gate.ts";
import { bundlePrograms } from "./bundle.ts";
import { expectGoodSession } from "./http-server-session.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
mkdirSync(join(ROOT, "node_modules/.cache"), { recursive: true });
const FOLDER = mkdtempSync(join(ROOT, "node_modules/.cache/examples-"));
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

const bundled = (name: string): string => join(FOLDER, `${name}.mjs`);
beforeAll(async () => {
  const names = ["http-server", "modules"];
  await bundlePrograms(
    Object.fromEntries(names.map((name) => [name, join(ROOT, "docs/examples", name, "main.ts")])),
    FOLDER,
  );
});

test("the HTTP server serves, reloads without dropping a request, and goes down in order", async () => {
  await expectGoodSession(bundled("http-server"));
});

test("its gate lets nobody in while it is closed, and closes when everybody inside has left", async () => {
  const gate = new Gate();
  const seen: string[] = [];
  let leave: () => void = () => {};
  const first = gate.through(async () => {
    seen.push("in");
    await new Promise<void>((resolve) => {
      leave = resolve;
    });
  });
  await turns();
  expect(seen).toEqual([]);
  gate.open();
  await turns();
  expect(seen).toEqual(["in"]);
  const closed = gate.close().then(() => seen.push("closed"));
  const second = gate.through(async () => void seen.push("second in"));
  await turns();
  expect(seen).toEqual(["in"]);
  leave();
  await Promise.all([first, closed]);
  await turns();
  expect(seen).toEqual(["in", "closed"]);
  gate.open();
  await second;
  expect(seen).toEqual(["in", "closed", "second in"]);
});

async function turns(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
}

test("modules that register where they are imported come in the order of their imports", async () => {
  expect(execFileSync(process.execPath, [bundled("modules")], { encoding: "utf8" })).toBe(`pool up
cache up with rows of everything
http up, serving rows of everything
metrics up
registered: logger, pool, cache, http, metrics
metrics down
http down, having served rows of everything
cache down, after a last look: rows of what is new
pool down
`);
});
