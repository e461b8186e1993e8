/**
 * Virtual addresses for real: the service in a network namespace, killed and started again, with the kernel's own word on
 * which addresses came and went.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { RunningService } from "../cli/signaled-program.ts";
import { typed } from "../cli/typed.ts";
import { Workplace } from "../cli/workplace.ts";
import { NetworkNamespace } from "./network-namespace.ts";

const lacking = NetworkNamespace.lacking();
let net: NetworkNamespace;
let work: Workplace;
const services: RunningService[] = [];

describe.skipIf(lacking !== undefined)(
  `virtual addresses in a network namespace${lacking ? `: ${lacking}` : ""}`,
  () => {
    beforeAll(async () => {
      net = await NetworkNamespace.open();
    });
    afterAll(() => net.close());
    beforeEach(() => {
      work = new Workplace();
    });
    afterEach(async () => {
      for (const service of services.splice(0)) await service.kill();
      work.remove();
    });

    /** Groups by name, each with its peer and address. */
    function conf(groups: Readonly<Record<string, readonly [peer: string, address: string]>>, section: string): void {
      const sections = Object.entries(groups).map(
        ([name, [peer, address]]) =>
          `[VolumeGroup:${name}]\nPrimaryPeer = ${peer}\nVirtualIPAddr = ${address}\nVolumeList = V_${name}\n`,
      );
      work.write(
        "peer.conf",
        `[Cluster]\nWhoAmI = Peer0\nPeers = Peer0 Peer1\n[FSGlobals]\nVolumeGroupList = ${Object.keys(groups).join(" ")}\n${section}${sections.join("")}`,
      );
    }

    async function start(): Promise<RunningService> {
      const service = await RunningService.start(["peer.conf"], { cwd: work.folder, through: net.through });
      services.push(service);
      return service;
    }

    test("a renamed group, two groups with one address, and a killed service never lose it; what was there stays", async () => {
      const section = "[VirtualIP]\nInterface = v0\n";
      net.ip("addr", "add", "10.0.0.9/32", "dev", "v0");
      conf(
        {
          VG_A: ["Peer0", "10.0.0.1"],
          VG_B: ["Peer0", "fd00::2"],
          VG_C: ["Peer0", "10.0.0.9"],
          VG_D: ["Peer1", "10.0.0.4"],
        },
        section,
      );
      const first = await (await start()).up();
      expect(net.addresses).toEqual(["10.0.0.9/32", "10.0.0.1/32", "fd00::2/128"]);

      // VG_A is renamed, its address is VG_E's as well, and VG_B's goes to Peer1.
      conf({ VG_Renamed: ["Peer0", "10.0.0.1"], VG_B: ["Peer1", "fd00::2"], VG_E: ["Peer0", "10.0.0.1"] }, section);
      await first.signal("SIGHUP", "reload finished");
      expect(net.addresses).toEqual(["10.0.0.9/32", "10.0.0.1/32"]);
      await first.kill();

      conf({ VG_E: ["Peer0", "10.0.0.1"], VG_D: ["Peer0", "10.0.0.4"] }, section);
      const second = await (await start()).up();
      expect(net.addresses).toEqual(["10.0.0.9/32", "10.0.0.1/32", "10.0.0.4/32"]);
      conf({ VG_E: ["Peer0", "10.0.0.1"] }, section.replace("v0", "missing"));
      expect(await second.signal("SIGHUP", "reload refused")).toMatchObject({ code: "VALIDATION_REFUSED", line: 7 });
      const lost = net.heard.filter((line) => line.startsWith("Deleted")).map((line) => /inet6? (\S+)/.exec(line)?.[1]);
      expect(lost).toEqual(["fd00::2/128"]);

      await second.signal("SIGTERM", "signaled ends");
      expect(await second.exit).toBe(0);
      expect(net.addresses).toEqual(["10.0.0.9/32"]);
    });

    test("a reload that brings the section turns it on, and a network whose addresses hang together is refused", async () => {
      net.ip("addr", "flush", "dev", "v0", "scope", "global");
      conf({ VG_A: ["Peer0", "10.0.0.1"] }, "");
      const service = await (await start()).up();
      expect(net.addresses).toEqual([]);
      conf({ VG_A: ["Peer0", "10.0.0.1/24"] }, "[VirtualIP]\nInterface = v0\n");
      const refused = await service.signal("SIGHUP", "reload refused");
      expect(refused.msg).toContain("promote_secondaries=1");
      conf({ VG_A: ["Peer0", "10.0.0.1"] }, "[VirtualIP]\nInterface = v0\n");
      await service.signal("SIGHUP", "reload finished");
      expect(net.addresses).toEqual(["10.0.0.1/32"]);
      const { out } = await typed("status", "--state-dir", work.path(".signaled"));
      expect(out).toMatch(/virtual-ip +up/);
      conf({ VG_A: ["Peer0", "10.0.0.1"] }, "");
      await service.signal("SIGHUP", "reload finished");
      expect(net.addresses).toEqual([]);
    });
  },
);
