/** The declarations that a user reads: one file per entry, with the public types and their docstrings only. */
import { dts } from "rollup-plugin-dts";

export default {
  input: {
    index: "src/index.ts",
    machines: "machines/index.ts",
    testing: "src/testing/index.ts",
    opentelemetry: "src/tracing/index.ts",
  },
  external: (name) => /^[^./]/.test(name),
  plugins: [dts({ tsconfig: "./tsconfig.json" })],
  output: { dir: "dist", format: "es", chunkFileNames: "shared/[name].d.ts" },
};
