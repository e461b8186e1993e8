import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  // Examples name the package as users do, and run from the sources.
  resolve: {
    alias: [
      { find: /^signaled$/, replacement: source("src/index.ts") },
      { find: /^signaled\/machines$/, replacement: source("machines/index.ts") },
      { find: /^signaled\/opentelemetry$/, replacement: source("src/tracing/index.ts") },
      { find: /^signaled\/testing$/, replacement: source("src/testing/index.ts") },
    ],
  },
  test: {
    include: ["test/**/*.test.ts"],
    setupFiles: ["test/seed.ts"],
    testTimeout: 60_000,
    // Tests of processes mostly wait, so that three workers keep two cores busy; more would only make times unsteady.
    maxWorkers: 3,
  },
});
