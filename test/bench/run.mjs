/**
 * Runs the benchmark: `npm run bench`, or a part of it, `npm run bench -- --help` says which.
 *
 * It measures the package as it is shipped, so that is built first; the benchmark itself is bundled beside it, since Node 20
 * cannot run TypeScript, and a test runner that rewrites imports would be measured along with it.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const root = fileURLToPath(new URL("../..", import.meta.url));
const dist = join(root, "dist");
const out = join(root, "node_modules/.cache/signaled-bench");

// All of it: half a build would be left behind for who packs next.
const built = spawnSync("npm", ["run", "--silent", "build"], {
  cwd: root,
  stdio: ["ignore", "ignore", "inherit"],
  shell: process.platform === "win32",
});
if (built.status !== 0) process.exit(built.status ?? 1);

const bundle = await rolldown({
  input: {
    bench: join(root, "test/bench/bench.ts"),
    "size-process": join(root, "test/bench/size-process.ts"),
    "responsiveness-process": join(root, "test/bench/responsiveness-process.ts"),
    "journal-process": join(root, "test/bench/journal-process.ts"),
    "neighbours-process": join(root, "test/bench/neighbours-process.ts"),
  },
  platform: "node",
  logLevel: "warn",
  external: (name) => name !== "signaled" && /^[^./]/.test(name),
  plugins: [
    {
      name: "the package as it is shipped",
      resolveId: (name) => (name === "signaled" ? { id: join(dist, "index.js"), external: true } : undefined),
    },
  ],
});
await bundle.write({ dir: out, cleanDir: true, chunkFileNames: "[name].js" });

const { status } = spawnSync(process.execPath, [join(out, "bench.js"), root, ...process.argv.slice(2)], {
  cwd: root,
  stdio: "inherit",
});
process.exit(status ?? 1);
