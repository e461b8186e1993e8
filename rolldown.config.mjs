/**
 * What is shipped: one module per entry, and the parts that they share. Comments are gone (the declarations keep the
 * docstrings); names and lines stay, so that a stack trace can be read and the source line that Node prints is short.
 *
 * What the library itself uses of zod, ini and @noble/hashes is put in, shaken and minified, with their licences beside it:
 * loading them as packages takes as long as everything else at an import (docs/decisions/packages-put-in.md).
 *
 * Beside it the console, a page of four files, minified since it is sent to browsers.
 */
import { readdirSync, readFileSync } from "node:fs";
import { build } from "rolldown";
import { minifySync } from "rolldown/utils";
import { consoleBuild } from "./src/console/build.mjs";

const PUT_IN = ["@noble/hashes", "ini", "is-network-error", "p-retry", "zod"];
/** The chunk that they make. */
const CHUNK = "put-in";
/** Who has zod as the package: its schemas and those of its web framework are of one copy. */
const HAS_OWN_ZOD = /\/src\/(?:service|cli)\//;

function isExternal(name, importer = "") {
  if (/^[./]/.test(name)) return false;
  if (name === "zod" && HAS_OWN_ZOD.test(importer)) return true;
  return !PUT_IN.some((each) => name === each || name.startsWith(`${each}/`));
}

/** What needs nothing of Node: a conf, its topology and the plan. Nor of xstate, which who reads a conf does not want. */
function isOfCore(path) {
  return /\/src\/(?:conf|topology|plan)\//.test(path) && !/\/conf-file\.ts$/.test(path);
}

function licenceOf(name) {
  const file = readdirSync(`node_modules/${name}`).find((each) => /^licen[cs]e(?:\.\w+)?$/i.test(each));
  return `${name}\n\n${readFileSync(`node_modules/${name}/${file}`, "utf8").trim()}\n`;
}

const putIn = {
  name: "put-in",
  generateBundle(_options, bundle) {
    for (const chunk of Object.values(bundle)) {
      if (chunk.type !== "chunk") continue;
      // What wraps ini, which is CommonJS, imports something that it does not use and no browser has.
      chunk.code = chunk.code.replace('import "node:module";\n', "");
      if (chunk.name === CHUNK) chunk.code = minifySync(chunk.fileName, chunk.code).code;
    }
    this.emitFile({
      type: "asset",
      fileName: `shared/${CHUNK}.LICENSES.txt`,
      source: PUT_IN.map(licenceOf).join("\n\n"),
    });
  },
};

const program = {
  input: {
    index: "src/index.ts",
    machines: "machines/index.ts",
    testing: "src/testing/index.ts",
    opentelemetry: "src/tracing/index.ts",
    signaled: "src/cli/signaled.ts",
  },
  platform: "node",
  logLevel: "warn",
  external: isExternal,
  plugins: [putIn],
  treeshake: { moduleSideEffects: false },
  experimental: { attachDebugInfo: "none" },
  output: {
    dir: "dist",
    cleanDir: true,
    chunkFileNames: "shared/[name].js",
    comments: false,
    minify: { compress: {}, mangle: false, codegen: { removeWhitespace: false } },
    // Few files: at an import each costs about a millisecond, whatever is in it.
    codeSplitting: {
      groups: [
        { name: CHUNK, test: /\/node_modules\// },
        { name: "core", test: isOfCore, minShareCount: 2 },
        { name: "machine", test: /\/machines\//, minShareCount: 2 },
        { name: "instance", test: /\/src\/(?:effects|journal|inspect)\//, minShareCount: 2 },
      ],
    },
  },
};

const builds = [program, consoleBuild("dist/console")];

export default builds;

// `node rolldown.config.mjs` is `rolldown -c` without the table of what was written, which nobody who starts the demo wants to see.
if (process.argv[1]?.endsWith("rolldown.config.mjs")) for (const each of builds) await build(each);
