/**
 * A folder with a sample cluster in it, in which a test edits confs and hooks as a person would.
 */
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Cluster {
  readonly whoAmI?: string;
  /** Group → its active peer and volumes. */
  readonly groups?: Readonly<Record<string, readonly [peer: string, ...volumes: string[]]>>;
  /** Whatever else there is. */
  readonly more?: string;
}

export class Workplace {
  readonly folder = mkdtempSync(join(tmpdir(), "signaled-work-"));

  path(name: string): string {
    return join(this.folder, name);
  }

  write(name: string, text: string): string {
    writeFileSync(this.path(name), text);
    return this.path(name);
  }

  read(name: string): string {
    return existsSync(this.path(name)) ? readFileSync(this.path(name), "utf8") : "";
  }

  /** The lines that hooks and participants wrote. */
  lines(name: string): readonly string[] {
    return this.read(name)
      .split("\n")
      .filter((line) => line !== "");
  }

  conf(cluster: Cluster = {}, name = "peer.conf"): string {
    const groups = cluster.groups ?? { VG_A: ["Peer0", "VolumeA"], VG_B: ["Peer1", "VolumeB"] };
    const sections = Object.entries(groups).map(
      ([group, [peer, ...volumes]]) =>
        `[VolumeGroup:${group}]\nVolumeList = ${volumes.join(", ")}\nVirtualIPAddr =\nPrimaryPeer = ${peer}\n`,
    );
    return this.write(
      name,
      `[Cluster]\nWhoAmI = ${cluster.whoAmI ?? "Peer0"}\nPeers = Peer0 Peer1 Peer2\n\n[FSGlobals]\nVolumeGroupList = ${Object.keys(groups).join(", ")}\n\n${sections.join("\n")}\n${cluster.more ?? ""}`,
    );
  }

  /** A shell script; it writes its event and volume into `told`, and then does what is given. */
  hook(name: string, script: string): string {
    this.write(name, `#!/bin/sh\necho "$SIGNALED_EVENT $SIGNALED_VOLUME" >> told\n${script}\n`);
    chmodSync(this.path(name), 0o755);
    return this.path(name);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Confs of the original, beside the checkout; undefined where they are not. */
export function originalConf(path: string): string | undefined {
  const place = new URL(`../../../shared/confs/proxyfs/${path}`, import.meta.url).pathname;
  return existsSync(place) ? place : undefined;
}
