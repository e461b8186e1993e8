/**
 * A second process for a test: TypeScript that is bundled when it is asked for, so that tests need no build, and run by
 * the same Node, so that signals, locks and crashes are real.
 */

import { type ChildProcess, fork } from "node:child_process";
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "rolldown";

/** A process that answers each request with one message. */
export interface Child {
  readonly process: ChildProcess;
  /** Sends a request and gives the answer; rejects when the process ends first. */
  ask(request: object): Promise<Readonly<Record<string, unknown>>>;
  /** Sends a signal and resolves when the process has ended. */
  end(signal: NodeJS.Signals): Promise<void>;
}

/** Starts `module`, which calls {@link answer} from `child-side.ts`. */
export async function startChild(module: URL, args: readonly string[] = []): Promise<Child> {
  const child = fork(await bundled(module), args, { serialization: "advanced" });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  return {
    process: child,
    async ask(request) {
      const answer = new Promise<Readonly<Record<string, unknown>>>((resolve) => child.once("message", resolve));
      child.send(request);
      return Promise.race([answer, ended.then(() => Promise.reject(new Error("the child process has ended")))]);
    },
    async end(signal) {
      child.kill(signal);
      await ended;
    },
  };
}

const bundles = new Map<string, Promise<string>>();

function bundled(module: URL): Promise<string> {
  const source = fileURLToPath(module);
  const known = bundles.get(source) ?? bundle(source);
  bundles.set(source, known);
  return known;
}

/** Inside node_modules, where the packages that are left out of the bundle are found from. */
async function bundle(source: string): Promise<string> {
  const { output } = await build({
    input: source,
    platform: "node",
    external: /^[^./]/,
    write: false,
    output: { format: "esm", codeSplitting: false },
    logLevel: "warn",
  });
  const folder = fileURLToPath(new URL("../node_modules/.cache/signaled-test/", import.meta.url));
  mkdirSync(folder, { recursive: true });
  const file = join(folder, basename(source).replace(/\.ts$/, ".mjs"));
  // Renamed into place: another test file may be starting the same module.
  writeFileSync(`${file}.${process.pid}`, output[0].code);
  renameSync(`${file}.${process.pid}`, file);
  return file;
}
