/**
 * The watch over the configuration's files, for who wants a saved file to be in use without another word.
 *
 * A change is read, checked and compared first: what is refused is told once and changes nothing, and a file that was only
 * touched reaches nobody. Includes are watched as well, and the set follows the configuration.
 */
import { resolve } from "node:path";
import { type FSWatcher, watch } from "chokidar";
import type { ConfMap } from "../conf/conf-map.ts";
import type { ConfSource } from "../conf/conf-source.ts";
import type { Log } from "../effects/log.ts";
import { messageOf } from "../error.ts";
import type { Cause } from "../journal/fact.ts";
import { linksOnTheWay } from "./path-links.ts";

/** What the watch needs of a service. */
export interface WatchedService {
  readonly conf: string;
  readConf(): Promise<ConfMap>;
  /** Whether everybody is at this configuration already. */
  isInUse(confMap: ConfMap): Promise<boolean>;
  reload(cause: Cause): Promise<unknown>;
}

export interface ConfWatch {
  close(): Promise<void>;
}

/** Milliseconds without a change after which a file is taken to be written: editors write in several steps. */
const QUIET = 300;
const OPTIONS = { ignoreInitial: true, persistent: false } as const;

/** Watches the files of the configuration that the service has come up with. */
export function watchConf(service: WatchedService, confMap: ConfMap, log: Log): ConfWatch {
  return new FileWatch(service, confMap, log);
}

class FileWatch implements ConfWatch {
  readonly #service: WatchedService;
  readonly #log: Log;
  #watchers: readonly FSWatcher[] = [];
  #files: readonly string[];
  /** What was seen last: a hash, or why there is none. */
  #seen: string;
  #relinked = false;
  #quiet: NodeJS.Timeout | undefined;
  #looks: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(service: WatchedService, confMap: ConfMap, log: Log) {
    this.#service = service;
    this.#log = log;
    this.#seen = confMap.hash;
    this.#files = filesOf(confMap, service.conf);
    this.#open();
    log.info({ files: this.#files.length }, "the configuration is watched: what is saved is reloaded");
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#quiet);
    await this.#shut();
  }

  /** A file is watched as what the path leads to, and each link on the way as itself. */
  #open(): void {
    const links = [...new Set(this.#files.flatMap(linksOnTheWay))];
    const relinked = (): void => {
      this.#relinked = true;
      this.#soon();
    };
    this.#watchers = [
      this.#hear(watch([...this.#files], OPTIONS), () => this.#soon()),
      this.#hear(watch(links, { ...OPTIONS, followSymlinks: false }), relinked),
    ];
  }

  #hear(watcher: FSWatcher, changed: () => void): FSWatcher {
    watcher.on("all", changed);
    // Changes between the reading and this moment raise no event.
    watcher.on("ready", () => this.#soon());
    watcher.on("error", (error) => this.#tellLost(error));
    return watcher;
  }

  #tellLost(error: unknown): void {
    this.#log.warn({}, `the configuration cannot be watched as it should be: ${messageOf(error)}; SIGHUP reloads it`);
  }

  async #shut(): Promise<void> {
    await Promise.all(this.#watchers.map((watcher) => watcher.close()));
  }

  #soon(): void {
    clearTimeout(this.#quiet);
    if (this.#closed) return;
    this.#quiet = setTimeout(() => {
      this.#looks = this.#looks.then(() => this.#look()).catch((error: unknown) => this.#tellLost(error));
    }, QUIET);
  }

  async #look(): Promise<void> {
    const read = await this.#service.readConf().catch((error: unknown) => `refused: ${messageOf(error)}`);
    const seen = typeof read === "string" ? read : read.hash;
    await this.#follow(typeof read === "string" ? this.#files : filesOf(read, this.#service.conf));
    if (this.#closed || seen === this.#seen) return;
    this.#seen = seen;
    if (typeof read !== "string" && (await this.#service.isInUse(read))) {
      this.#log.info({}, "the configuration is again the one that is in use");
      return;
    }
    // What becomes of it, a refusal among it, is in the log.
    this.#service.reload({ how: "watch", who: this.#service.conf }).catch(() => {});
  }

  async #follow(files: readonly string[]): Promise<void> {
    const same = files.length === this.#files.length && files.every((file) => this.#files.includes(file));
    if (this.#closed || (same && !this.#relinked)) return;
    this.#files = files;
    this.#relinked = false;
    await this.#shut();
    if (!this.#closed) this.#open();
  }
}

/** The files that a configuration was read from, the main one included. */
function filesOf(confMap: ConfMap, main: string): readonly string[] {
  return [...new Set([main, ...pathsOf(confMap.source()).map((path) => resolve(path))])];
}

function pathsOf(source: ConfSource): readonly string[] {
  switch (source.kind) {
    case "conf":
      return source.files.map(({ path }) => path);
    case "ini":
    case "json":
      return [source.file.path];
    case "given":
      return [];
    case "overridden":
    case "upgraded":
      return pathsOf(source.of);
    case "merged":
      return [...pathsOf(source.under), ...pathsOf(source.over)];
  }
}
