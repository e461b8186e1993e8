/**
 * What is shipped: one module per entry, and the parts that they share. Comments are gone (the declarations keep the
 * docstrings); names and lines stay, so that a stack trace can be read and the source line that Node prints is short.
 * Beside it the console, a page of four files, minified since it is sent to browsers.
 */

import { defineConfig } from "rolldown";
import { consoleBuild } from "./src/console/build.mjs";

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
  external: (name) => /^[^./]/.test(name),
  treeshake: { moduleSideEffects: false },
  experimental: { attachDebugInfo: "none" },
  output: {
    dir: "dist",
    cleanDir: true,
    chunkFileNames: "shared/[name].js",
    comments: false,
    minify: { compress: {}, mangle: false, codegen: { removeWhitespace: false } },
  },
};

export default defineConfig([program, consoleBuild("dist/console")]);
