/**
 * The package as users get it: how large it is, that it can be shaken, and that a project outside of this one compiles
 * and runs what the guides show.
 */
import { execFile } from "node:child_process";
import { copyFileSync, cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { chromium } from "playwright-core";
import { build } from "rolldown";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CHROMIUM, hasChromium } from "../browser.ts";
import { expectGoodSession } from "../docs/http-server-session.ts";
import { writePrograms } from "../docs/pages.ts";
import { emitted, problemsOf, programOf } from "./compilation.ts";
import { findings } from "./core-program.ts";
import { installPacked, type Packed } from "./installed.ts";

const run = promisify(execFile);
let packed: Packed;
beforeAll(() => {
  packed = installPacked();
}, 120_000);
afterAll(() => packed.remove());

const size = (wanted: RegExp) =>
  packed.files.filter(({ path }) => wanted.test(path)).reduce((sum, file) => sum + file.size, 0);

describe("what is shipped", () => {
  test("is not larger than it was", () => {
    expect(size(/^dist\/(?!console\/).*(?<!put-in)\.js$/)).toBeLessThan(765_000);
    expect(size(/\/put-in\./)).toBeLessThan(120_000);
    expect(size(/\.d\.ts$/)).toBeLessThan(152_000);
    expect(packed.unpackedSize).toBeLessThan(1_160_000);
    expect(size(/^dist\/console\//)).toBeLessThan(125_000);
  });

  test("has no source maps, no comments in its code, no declarations of what is internal, and nothing of the project", () => {
    const paths = packed.files.map(({ path }) => path);
    expect(paths.filter((path) => /\.map$|(?<!\.d)\.ts$|^(?:src|test|machines)\//.test(path))).toEqual([]);
    expect(paths.filter((path) => path.endsWith(".d.ts")).length).toBeLessThan(12);
    const code = readFileSync(join(packed.folder, "node_modules/signaled/dist/shared/instance.js"), "utf8");
    expect(code).toMatch(/^function [a-z]\w{3,}\(/m);
    expect(code).not.toMatch(/^\s*(?:\/\*|\/\/)/m);
  });

  test("is loaded in parts: who parses a conf gets neither the driver nor anything of Node", async () => {
    const input = join(packed.folder, "shaken.mjs");
    writeFileSync(input, 'import { parseConf } from "signaled"; console.log(parseConf);\n');
    const { output } = await build({
      input,
      platform: "browser",
      external: (name) => /^[^./]/.test(name) && name !== "signaled",
      write: false,
      logLevel: "warn",
    });
    const [chunk] = output;
    expect(output).toHaveLength(1);
    expect(chunk.code).toContain("parseConf");
    expect(chunk.imports).toEqual([]);
    expect(chunk.code).not.toMatch(/from "node:|function createTransitions|lifecycleMachine|Driver = class/);
  });
});

test("brings what it uses of other packages to check and hash confs, with their licences", () => {
  const shared = join(packed.folder, "node_modules/signaled/dist/shared");
  const code = readFileSync(join(shared, "instance.js"), "utf8");
  expect([...code.matchAll(/^import .* from "(?![./])(?!node:)(.*)";$/gm)].map(([, name]) => name)).toEqual(["xstate"]);
  const licences = readFileSync(join(shared, "put-in.LICENSES.txt"), "utf8");
  for (const name of ["zod", "ini", "@noble/hashes", "p-retry"])
    expect(licences).toMatch(new RegExp(`^${name}\n\n[^]{10,}?Permission`, "m"));
});

test("takes schemas of the zod that its user has, in the language that the user has chosen", async () => {
  const file = join(packed.folder, "schemas.mjs");
  writeFileSync(
    file,
    `import { z } from "zod";
     import { ConfMap, createTransitions } from "signaled";
     z.config(z.locales.de());
     const t = createTransitions();
     t.register("mounts", { serveVolume() {} }, { schemas: { Mounts: z.object({ Options: z.tuple([z.string()]) }) } });
     const conf = (...options) => ConfMap.from({
       Cluster: { WhoAmI: ["Peer0"], Peers: ["Peer0"] },
       FSGlobals: { VolumeGroupList: [] },
       Mounts: { Options: options },
     });
     const refusal = await t.up(conf()).catch(({ problems }) => problems[0].message);
     console.log(refusal, (await t.up(conf("noatime"))).outcome);
     const wrong = (() => { try { t.register("x", {}, { schemas: { Mounts: {} } }); } catch ({ code }) { return code; } })();
     console.log(wrong);`,
  );
  const { stdout } = await run(process.execPath, [file], { cwd: packed.folder });
  expect(stdout).toMatch(/Ungültige Eingabe|Zu klein/);
  expect(stdout).toMatch(/ finished\nPARTICIPANT_OPTIONS\n$/);
});

test("does nothing when it is imported", async () => {
  const file = join(packed.folder, "imports.mjs");
  writeFileSync(
    file,
    `const seen = () => ({ globals: Reflect.ownKeys(globalThis).length, heard: process.eventNames(), open: process.getActiveResourcesInfo() });
     await import("zod"); // it keeps a registry in a global
     const before = seen();
     const all = [await import("signaled"), await import("signaled/machines")];
     console.log(JSON.stringify({ names: all.flatMap(Object.keys).length, before, after: seen() }));`,
  );
  const { stdout, stderr } = await run(process.execPath, [file], { cwd: packed.folder });
  const { names, before, after } = JSON.parse(stdout);
  expect(names).toBeGreaterThan(25);
  expect(after).toEqual(before);
  expect(stderr).toBe("");
});

describe("a project that uses it", () => {
  test("compiles strictly, with and without skipLibCheck, and runs what the guides show", {
    timeout: 120_000,
  }, async () => {
    const programs = writePrograms(packed.folder);
    const examples = join(packed.folder, "examples");
    cpSync(fileURLToPath(new URL("../../docs/examples", import.meta.url)), examples, { recursive: true });
    const mains = ["http-server", "modules"].map((name) => join(examples, name, "main.ts"));
    // Declarations of @statelyai/inspect want those of a browser, and xstate's do not hold with exactOptionalPropertyTypes:
    // they go with skipLibCheck.
    const inspecting = programs.filter(({ block }) => block.includes("@statelyai/inspect")).map(({ file }) => file);
    const files = [...programs.map(({ file }) => file), ...mains].filter((file) => !inspecting.includes(file));
    const strict = programOf(packed.folder, files, { skipLibCheck: false });
    expect(problemsOf(strict)).toEqual([]);
    strict.emit();
    const embedding = files.filter((file) => file.includes("embedding"));
    expect(embedding.length).toBeGreaterThan(2);
    const quick = programOf(packed.folder, [...embedding, ...inspecting, ...mains], {
      skipLibCheck: true,
      exactOptionalPropertyTypes: true,
    });
    expect(problemsOf(quick)).toEqual([]);

    const runnable = programs.filter(({ prints }) => prints !== undefined);
    expect(runnable.length).toBeGreaterThan(5);
    await Promise.all(
      runnable.map(async ({ place, file, prints }) => {
        const { stdout } = await run(process.execPath, [emitted(file)], { cwd: packed.folder });
        expect(stdout, place).toBe(prints);
      }),
    );
    const [server, modules] = mains as [string, string];
    await expectGoodSession(emitted(server));
    expect((await run(process.execPath, [emitted(modules)])).stdout).toContain("registered: logger, pool, cache, http");
  });

  test("has the program", async () => {
    const bin = join(packed.folder, "node_modules/signaled/dist/signaled.js");
    expect((await run(process.execPath, [bin, "--version"])).stdout).toMatch(/^signaled \d/);
    expect((await run(process.execPath, [bin, "demo"], { cwd: packed.folder })).stdout).toContain("addresses");
  });
});

describe("the pure core in a browser", () => {
  let bundle = "";
  beforeAll(async () => {
    const input = join(packed.folder, "core-program.ts");
    copyFileSync(fileURLToPath(new URL("core-program.ts", import.meta.url)), input);
    const { output } = await build({ input, platform: "browser", write: false, logLevel: "silent" });
    expect(output).toHaveLength(1);
    expect(output[0].imports).toEqual([]);
    bundle = output[0].code;
  });

  test("is bundled without anything of Node, nor what runs participants", () => {
    expect(bundle).not.toMatch(/\bfrom "node:|import "node:|Driver = class/);
  });

  // Without Chromium this is not checked: it is there in the project's own pipeline, and is named in CONTRIBUTING.
  test.runIf(hasChromium())("says in Chromium what it says in Node", async () => {
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
    try {
      const page = await browser.newPage();
      const faults: string[] = [];
      page.on("pageerror", (error) => faults.push(String(error)));
      const shown = bundle.replace(/export \{ findings \};?/, "window.said = findings();");
      await page.addScriptTag({ type: "module", content: shown });
      const said: unknown = await page.evaluate("window.said");
      expect(faults).toEqual([]);
      expect(said).toBe(findings());
    } finally {
      await browser.close();
    }
  });
});
