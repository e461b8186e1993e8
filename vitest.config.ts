import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 60_000,
    // Subprocess and campaign tests share two cores with everything else: fewer workers, steadier times.
    maxWorkers: 2,
  },
});
