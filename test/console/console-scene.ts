/**
 * A scene for the console: a real service with slow participants, a browser, and a page on which somebody looks and steers.
 */
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { CHROMIUM } from "../browser.ts";
import { RunningService } from "../cli/signaled-program.ts";
import { typed } from "../cli/typed.ts";
import { Workplace } from "../cli/workplace.ts";
import { consoleProgram } from "./console-program.ts";

const PARTICIPANTS = new URL("slow-participants.mjs", import.meta.url).pathname;
const PER_GROUP = 50;

export class ConsoleScene {
  readonly work = new Workplace();
  /** Complaints of any page: scripts that failed, and what the content security policy stopped. */
  readonly complaints: string[] = [];
  #browser: Browser | undefined;
  #service: RunningService | undefined;
  #port = "0";

  static async open(): Promise<ConsoleScene> {
    const scene = new ConsoleScene();
    await consoleProgram();
    scene.#browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
    });
    return scene;
  }

  get service(): RunningService {
    if (this.#service === undefined) throw new Error("the service has not been started");
    return this.#service;
  }

  get address(): string {
    return `http://127.0.0.1:${this.#port}/`;
  }

  /** Volumes in groups of fifty, each served where `peerOf` says. */
  confText(volumes: number, peerOf: (group: number) => string): string {
    const groups = Array.from({ length: volumes / PER_GROUP }, (_, group) => ({
      name: `group-${String(group).padStart(2, "0")}`,
      volumes: Array.from({ length: PER_GROUP }, (_, index) => volumeName(group * PER_GROUP + index)),
      peer: peerOf(group),
    }));
    const sections = groups.map(
      ({ name, volumes, peer }) =>
        `[VolumeGroup:${name}]\nVolumeList = ${volumes.join(", ")}\nVirtualIPAddr =\nPrimaryPeer = ${peer}\n`,
    );
    return `[Cluster]\nWhoAmI = Peer1\nPeers = Peer0 Peer1 Peer2\nPrivateKey = hunter2\n\n[FSGlobals]\nVolumeGroupList = ${groups.map(({ name }) => name).join(", ")}\n\n${sections.join("\n")}`;
  }

  async start(...more: readonly string[]): Promise<void> {
    const args = ["peer.conf", "--participants", PARTICIPANTS, `--http=${this.#port}`, "--policy", "hold", ...more];
    this.#service = await RunningService.start(args, { cwd: this.work.folder });
    const { address } = await this.#service.hears("HTTP is served");
    this.#port = new URL(String(address)).port;
    await this.#service.up();
  }

  async context(): Promise<BrowserContext> {
    if (this.#browser === undefined) throw new Error("there is no browser");
    return this.#browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: "light" });
  }

  async page(context: BrowserContext): Promise<Page> {
    const page = await context.newPage();
    page.on("pageerror", (error) => this.complaints.push(String(error)));
    page.on("console", (message) => {
      // A request that is refused is said by the browser, too, and is no fault of the page.
      if (message.type() === "error" && !/Failed to load resource|ERR_/.test(message.text()))
        this.complaints.push(message.text());
    });
    return page;
  }

  /** The link with which one may steer, once. */
  async steeringLink(): Promise<string> {
    const { out } = await typed("console", "--state-dir", this.work.path(".signaled"));
    return out.trim();
  }

  async close(): Promise<void> {
    await this.#browser?.close();
    await this.#service?.kill();
    this.work.remove();
  }
}

export function volumeName(index: number): string {
  return `vol-${String(index).padStart(4, "0")}`;
}
