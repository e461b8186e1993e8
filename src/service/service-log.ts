/**
 * The service's log: pino, written to stderr, to a file, or to both, as `[Logging]` asks.
 *
 * Before the first configuration is read, and when a file cannot be written, stderr hears everything: a log that is lost
 * because logging failed helps nobody.
 */
import { closeSync, openSync, writeSync } from "node:fs";
import { resolve } from "node:path";
import { pino } from "pino";
import type { Log } from "../effects/log.ts";
import { readableLine } from "./log-line.ts";
import { type LogSettings, NO_LOG_SETTINGS } from "./log-settings.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";

export interface ServiceLogOptions {
  /** `text` for people, `json` one object a line. */
  readonly format: "text" | "json";
  /** Lines below are not written, but debug lines of participants that `[Logging]` names. */
  readonly level: LogLevel;
  /** Takes what goes to stderr. */
  readonly console: (line: string) => void;
}

/** A log whose targets follow a configuration. */
export interface ServiceLog extends Log {
  /** Writes to where the settings say from now on; a file is opened anew, so that a rotated one begins again. */
  follow(settings: LogSettings): void;
  /** Back to stderr. */
  unfollow(): void;
}

export function createServiceLog(options: ServiceLogOptions): ServiceLog {
  const targets = new LogTargets(options);
  const logger = pino(
    {
      level: "debug",
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line: string) => targets.write(line) },
  );
  const least = pino.levels.values[options.level] ?? 0;
  const wants = (level: LogLevel, fields: object): boolean => {
    if ((pino.levels.values[level] ?? 0) >= least) return true;
    const { participant = "signaled" } = fields as { readonly participant?: string };
    return level === "debug" && targets.settings.debug.has(participant);
  };
  const write = (level: LogLevel) => (fields: object, message: string) => {
    if (wants(level, fields)) logger[level](fields, message);
  };
  const log: ServiceLog = {
    debug: write("debug"),
    info: write("info"),
    warn: write("warn"),
    error: write("error"),
    follow(settings) {
      const failure = targets.follow(settings);
      if (failure === undefined) return;
      log.error({ file: settings.file, participant: "logger" }, failure);
    },
    unfollow: () => targets.unfollow(),
  };
  return log;
}

/** Where lines go at the moment. */
class LogTargets {
  settings: LogSettings = NO_LOG_SETTINGS;
  readonly #options: ServiceLogOptions;
  #file: number | undefined;

  constructor(options: ServiceLogOptions) {
    this.#options = options;
  }

  write(json: string): void {
    const line = this.#options.format === "json" ? json : readableLine(json);
    const written = this.#file !== undefined && this.#writeFile(this.#file, line);
    if (this.settings.console || !written) this.#options.console(line);
  }

  /** Gives what went wrong, if anything; then stderr stands in for the file. */
  follow(settings: LogSettings): string | undefined {
    this.#close();
    this.settings = settings;
    if (settings.file === undefined) return undefined;
    try {
      this.#file = openSync(resolve(settings.file), "a", 0o640);
      return undefined;
    } catch (error) {
      return `the log file ${settings.file} cannot be opened (${reasonOf(error)}): logging to stderr until a reload can open it`;
    }
  }

  unfollow(): void {
    this.#close();
    this.settings = NO_LOG_SETTINGS;
  }

  /** Whether it was written; a full disk must not end a transition. */
  #writeFile(file: number, line: string): boolean {
    try {
      writeSync(file, line);
      return true;
    } catch {
      return false;
    }
  }

  #close(): void {
    const file = this.#file;
    this.#file = undefined;
    if (file === undefined) return;
    try {
      closeSync(file);
    } catch {
      // It was written line by line: there is nothing left in it to lose.
    }
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
