/**
 * The import table of the house: data flows one way through the rooms, and nobody imports upwards.
 *
 * Types count like values here: a room that knows the shape of one above it cannot be understood without it. The three
 * imports that break this are listed, with the reason.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** What each room may import: rooms by name, packages by name, `node:` for built-in modules. */
const TABLE: Readonly<Record<string, { readonly rooms: readonly string[]; readonly packages: readonly string[] }>> = {
  "src/error.ts": { rooms: [], packages: [] },
  "src/stretches.ts": { rooms: [], packages: [] },
  "src/version.ts": { rooms: [], packages: ["node:"] },
  "src/conf": { rooms: ["src/error.ts", "src/stretches.ts"], packages: ["zod", "ini", "@noble/hashes", "node:"] },
  "src/topology": { rooms: ["src/error.ts", "src/stretches.ts", "src/conf"], packages: ["zod"] },
  "src/plan": { rooms: ["src/error.ts", "src/stretches.ts", "src/conf", "src/topology"], packages: [] },
  machines: { rooms: ["src/error.ts", "src/conf", "src/topology", "src/plan"], packages: ["xstate"] },
  "src/journal": {
    rooms: ["src/error.ts", "src/stretches.ts", "src/conf", "src/topology", "src/plan"],
    packages: ["*"],
  },
  "src/inspect": {
    rooms: ["src/error.ts", "src/conf", "src/topology", "src/plan", "machines", "src/journal"],
    packages: ["xstate"],
  },
  "src/effects": {
    rooms: [
      "src/error.ts",
      "src/stretches.ts",
      "src/version.ts",
      "src/conf",
      "src/topology",
      "src/plan",
      "machines",
      "src/journal",
      "src/inspect",
    ],
    packages: ["xstate", "zod", "p-retry", "node:"],
  },
  "src/participants": {
    rooms: ["src/error.ts", "src/conf", "src/topology", "src/plan", "src/effects"],
    packages: ["zod", "node:"],
  },
  "src/index.ts": {
    rooms: [
      "src/participants",
      "src/error.ts",
      "src/conf",
      "src/topology",
      "src/plan",
      "machines",
      "src/journal",
      "src/inspect",
      "src/effects",
    ],
    packages: [],
  },
  "src/relay": {
    rooms: ["src/error.ts", "src/journal", "src/inspect", "src/effects"],
    packages: ["xstate", "ws", "node:"],
  },
  "src/tracing": {
    rooms: ["src/version.ts", "src/plan", "src/journal", "src/inspect", "src/effects"],
    packages: ["@opentelemetry/api"],
  },
  "src/service": {
    rooms: [
      "src/tracing",
      "src/participants",
      "src/error.ts",
      "src/version.ts",
      "src/conf",
      "src/topology",
      "src/plan",
      "machines",
      "src/journal",
      "src/effects",
      "src/inspect",
      "src/relay",
      "src/index.ts",
    ],
    packages: ["*"],
  },
  "src/cli": {
    rooms: [
      "src/error.ts",
      "src/version.ts",
      "src/conf",
      "src/topology",
      "src/plan",
      "machines",
      "src/journal",
      "src/effects",
      "src/inspect",
      "src/relay",
      "src/service",
      "src/index.ts",
    ],
    packages: ["*"],
  },
  "src/console": { rooms: ["src/service"], packages: ["preact"] },
  "src/testing": {
    rooms: [
      "src/error.ts",
      "src/conf",
      "src/topology",
      "src/plan",
      "machines",
      "src/journal",
      "src/effects",
      "src/index.ts",
    ],
    packages: ["fast-check", "node:"],
  },
};

/** Modules of the pure rooms that do I/O, and so may import built-in modules; nothing of the pure core imports them. */
const OUTSIDE_THE_PURE_CORE = ["src/conf/conf-file.ts"];
const PURE_ROOMS = ["src/conf", "src/topology", "src/plan", "machines"];

interface Import {
  readonly file: string;
  readonly target: string;
}

function sourceFiles(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).split(sep).join("/"));
}

const IMPORT =
  /^\s*(?:import|export)\b[^;'"]*?from\s*["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']\s*\)|^\s*import\s*["']([^"']+)["']/gm;

function importsOf(file: string): Import[] {
  const text = readFileSync(join(ROOT, file), "utf8");
  return [...text.matchAll(IMPORT)].map((match) => {
    const name = (match[1] ?? match[2] ?? match[3]) as string;
    const target = name.startsWith(".")
      ? relative(ROOT, resolve(ROOT, dirname(file), name))
          .split(sep)
          .join("/")
      : name;
    return { file, target };
  });
}

function roomOf(file: string): string | undefined {
  return Object.keys(TABLE).find((room) => file === room || file.startsWith(`${room}/`));
}

const files = [...sourceFiles("src"), ...sourceFiles("machines")];
const imports = files.flatMap(importsOf);

test("every source file is in a room", () => {
  expect(files.filter((file) => roomOf(file) === undefined)).toEqual([]);
});

test("nobody imports upwards", () => {
  const wrong = imports.filter(({ file, target }) => {
    const room = roomOf(file);
    const rules = room === undefined ? undefined : TABLE[room];
    if (rules === undefined) return true;
    if (target.startsWith("src/") || target.startsWith("machines/")) {
      const other = roomOf(target);
      return other === undefined || (other !== room && !rules.rooms.includes(other));
    }
    if (rules.packages.includes("*")) return false;
    return !rules.packages.some((name) =>
      name === "node:" ? target.startsWith("node:") : target === name || target.startsWith(`${name}/`),
    );
  });
  expect(imports.length).toBeGreaterThan(100);
  expect(wrong.map(({ file, target }) => `${file} imports ${target}`)).toEqual([]);
});

test("the console has nothing of the service in it, and knows no more of it than the shapes of its answers", () => {
  const console = files.filter((file) => roomOf(file) === "src/console");
  const text = console.map((file) => readFileSync(join(ROOT, file), "utf8")).join("\n");
  const known = imports.filter(
    ({ file, target }) => roomOf(file) === "src/console" && roomOf(target) === "src/service",
  );
  expect([...new Set(known.map(({ target }) => target))]).toEqual(["src/service/http/answers.ts"]);
  expect(text.match(/^import (?!type )[^;]*(?:"zod"|service\/)/gm)).toBeNull();
  // Names come from configurations: all of them are put in as text.
  expect(text).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function/);
});

test("the pure core imports nothing of Node", () => {
  const wrong = imports.filter(({ file, target }) => {
    const pure = PURE_ROOMS.includes(roomOf(file) ?? "") && !OUTSIDE_THE_PURE_CORE.includes(file);
    return pure && (target.startsWith("node:") || OUTSIDE_THE_PURE_CORE.includes(target));
  });
  expect(wrong.map(({ file, target }) => `${file} imports ${target}`)).toEqual([]);
});

test("no module imports itself in a circle", () => {
  const graph = new Map<string, string[]>();
  for (const { file, target } of imports)
    if (/\.tsx?$/.test(target)) graph.set(file, [...(graph.get(file) ?? []), target]);
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) {
      circles.push([...path.slice(path.indexOf(file)), file].join(" → "));
      return;
    }
    if (done.has(file)) return;
    for (const next of graph.get(file) ?? []) visit(next, [...path, file]);
    done.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
  expect(circles).toEqual([]);
});
