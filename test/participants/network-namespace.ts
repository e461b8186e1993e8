/** A network of a test's own: a namespace with an interface in it. Making one takes root, or the right to be it. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";

export class NetworkNamespace {
  readonly #holder: ChildProcess;
  readonly #monitor: ChildProcess;
  /** What became of addresses, in `ip monitor`'s words. */
  readonly heard: string[] = [];

  private constructor(holder: ChildProcess) {
    this.#holder = holder;
    this.ip("link", "add", "v0", "type", "veth", "peer", "name", "v1");
    for (const name of ["v0", "v1", "lo"]) this.ip("link", "set", name, "up");
    const [program, ...args] = [...this.through, "ip", "-o", "monitor", "address"];
    this.#monitor = spawn(program as string, args, { stdio: ["ignore", "pipe", "inherit"] });
    if (this.#monitor.stdout !== null) {
      createInterface({ input: this.#monitor.stdout }).on("line", (line) => this.heard.push(line));
    }
  }

  /** Why there can be none here; undefined: there can. */
  static lacking(): string | undefined {
    if (process.platform !== "linux") return "there are network namespaces on Linux only";
    const tried = spawnSync("unshare", ["-n", "ip", "link", "add", "v0", "type", "veth", "peer", "name", "v1"]);
    return tried.status === 0 ? undefined : "a network namespace takes root, unshare and ip";
  }

  static async open(): Promise<NetworkNamespace> {
    const holder = spawn("unshare", ["-n", "sh", "-c", "echo there; exec cat"], { stdio: ["pipe", "pipe", "inherit"] });
    await new Promise((resolve) => holder.stdout?.once("data", resolve));
    return new NetworkNamespace(holder);
  }

  /** What a program is started through, to be in it. */
  get through(): readonly string[] {
    return ["nsenter", "-t", String(this.#holder.pid), "-n"];
  }

  ip(...args: readonly string[]): string {
    const [program, ...before] = this.through;
    return execFileSync(program as string, [...before, "ip", ...args], { encoding: "utf8" });
  }

  /** The addresses of v0, but for the one that every interface gives itself. */
  get addresses(): readonly string[] {
    const [{ addr_info }] = JSON.parse(this.ip("-j", "addr", "show", "dev", "v0")) as [
      { addr_info: { local: string; prefixlen: number; scope: string }[] },
    ];
    return addr_info.flatMap(({ local, prefixlen, scope }) => (scope === "link" ? [] : [`${local}/${prefixlen}`]));
  }

  close(): void {
    this.#monitor.kill();
    this.#holder.kill();
  }
}
