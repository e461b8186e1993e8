/**
 * The program itself, as a process: bundled from the sources when it is first asked for, so that tests need no build, with
 * its commands in files of their own as in a release.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { build } from "rolldown";

const CACHE = fileURLToPath(new URL("../../node_modules/.cache/signaled-program/", import.meta.url));
const ENTRY = fileURLToPath(new URL("../../src/cli/signaled.ts", import.meta.url));
const AN_HOUR = 3_600_000;

let program: Promise<string> | undefined;

/** The path of the program. */
export function signaledProgram(): Promise<string> {
  program ??= bundle();
  return program;
}

async function bundle(): Promise<string> {
  const { output } = await build({
    input: ENTRY,
    platform: "node",
    external: /^[^./]/,
    write: false,
    output: { format: "esm", chunkFileNames: "[name]-[hash].js", entryFileNames: "[name].js" },
    logLevel: "warn",
  });
  const hash = createHash("sha256");
  for (const file of output) hash.update(file.fileName).update(file.type === "chunk" ? file.code : file.source);
  const folder = join(CACHE, hash.digest("hex").slice(0, 16));
  if (!existsSync(folder)) {
    // Moved into place as a whole: another test file may be making the same.
    const draft = `${folder}.${randomBytes(4).toString("hex")}`;
    mkdirSync(draft, { recursive: true });
    for (const file of output)
      writeFileSync(join(draft, file.fileName), file.type === "chunk" ? file.code : file.source);
    try {
      renameSync(draft, folder);
    } catch {
      rmSync(draft, { recursive: true, force: true });
    }
    sweep(folder);
  }
  return join(folder, "signaled.js");
}

function sweep(kept: string): void {
  for (const name of readdirSync(CACHE)) {
    const folder = join(CACHE, name);
    const age = Date.now() - (statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (folder !== kept && age > AN_HOUR) rmSync(folder, { recursive: true, force: true });
  }
}

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** A program that becomes this one, with its arguments: `nsenter` and where to. */
  readonly through?: readonly string[];
}

/** Runs a command to its end. */
export async function runSignaled(args: readonly string[], options: RunOptions): Promise<Ran> {
  const child = await startProgram(args, options);
  let [out, err] = ["", ""];
  child.stdout?.on("data", (chunk) => {
    out += chunk;
  });
  child.stderr?.on("data", (chunk) => {
    err += chunk;
  });
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, out, err };
}

async function startProgram(
  args: readonly string[],
  { cwd, env = {}, through = [] }: RunOptions,
): Promise<ChildProcess> {
  const { NO_COLOR: _, STATE_DIRECTORY: __, ...rest } = process.env;
  const [program = "", ...before] = [...through, process.execPath, await signaledProgram()];
  return spawn(program, [...before, ...args], { cwd, env: { ...rest, ...env } });
}

/** One line of a service's log. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly level: string; readonly msg: string };

/** A running `signaled run`, with what it logs. */
export class RunningService {
  readonly lines: LogLine[] = [];
  /** What was written that is no log line. */
  readonly other: string[] = [];
  readonly process: ChildProcess;
  readonly #exit: Promise<number | string>;
  #waiting: (() => void)[] = [];
  #ended = false;

  private constructor(child: ChildProcess) {
    this.process = child;
    this.#exit = new Promise((resolve) => {
      child.once("close", (code, signal) => {
        this.#ended = true;
        this.#wake();
        resolve(code ?? signal ?? "unknown");
      });
    });
    if (child.stderr !== null) createInterface({ input: child.stderr }).on("line", (line) => this.#hear(line));
  }

  static async start(args: readonly string[], options: RunOptions): Promise<RunningService> {
    // Services of several tests run at once, and would all want the one default port.
    const http = args.some((argument) => argument.startsWith("--http")) ? [] : ["--no-http"];
    return new RunningService(await startProgram(["run", ...args, ...http, "--log-format", "json"], options));
  }

  /** The exit code, or the signal that ended it. */
  get exit(): Promise<number | string> {
    return this.#exit;
  }

  /** Resolves with the first line, from the given one on, whose message has the text. */
  async hears(text: string | RegExp, from = 0): Promise<LogLine> {
    for (;;) {
      const found = this.lines
        .slice(from)
        .find(({ msg }) => (typeof text === "string" ? msg.includes(text) : text.test(msg)));
      if (found !== undefined) return found;
      if (this.#ended) throw new Error(`the service ended before it said ${text}:\n${this.text}`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  async up(): Promise<this> {
    await this.hears("the service is up");
    return this;
  }

  /** Sends a signal, and waits for a line that is said after it. */
  async signal(name: NodeJS.Signals, text: string | RegExp): Promise<LogLine> {
    const from = this.lines.length;
    this.process.kill(name);
    return this.hears(text, from);
  }

  /** Ends whatever is left of it. */
  async kill(): Promise<void> {
    if (this.#ended) return;
    this.process.kill("SIGKILL");
    await this.#exit;
  }

  get text(): string {
    return [...this.lines.map((line) => JSON.stringify(line)), ...this.other].join("\n");
  }

  #hear(line: string): void {
    try {
      this.lines.push(JSON.parse(line));
    } catch {
      this.other.push(line);
    }
    this.#wake();
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

/** Resolves once there is no such process, or only one that waits for somebody to take note of its end. */
export async function isGone(pid: number): Promise<true> {
  for (;;) {
    const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
    if (stdout.trim() === "" || stdout.trim().startsWith("Z")) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
