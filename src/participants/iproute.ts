/**
 * iproute: the addresses of a Linux host, through `ip`, which every distribution has and whose answers are JSON.
 *
 * What starts programs is loaded when one is started: it takes a tenth of the import of the whole package.
 */
import { readFileSync } from "node:fs";
import { z } from "zod";
import type { AddressTable, PlacedAddress } from "./address-keeper.ts";
import { ADDRESS_BITS, addressText, canonical } from "./ip-address.ts";
import type { WantedAddresses } from "./wanted-addresses.ts";

/** Milliseconds that one `ip` may take: it asks the kernel, which answers at once. */
const PATIENCE = 10_000;

const answerSchema = z.lazy(() =>
  z.array(
    z.looseObject({
      ifname: z.string().optional(),
      addr_info: z
        .array(
          z.looseObject({
            family: z.string().optional(),
            local: z.string().optional(),
            prefixlen: z.number().optional(),
          }),
        )
        .optional(),
    }),
  ),
);

/** The addresses of this host, or of the network namespace that the process is in. */
export function iprouteTable(): AddressTable {
  return {
    list: async () => addressesOf(await ip("-j", "addr", "show")),
    add: async (address) => {
      // Without duplicate address detection, during which an IPv6 address is there and does not answer: who may have the
      // address is what the configuration says.
      const detection = address.family === 6 ? ["nodad"] : [];
      await ip("addr", "add", addressText(address), "dev", address.interface, ...detection);
    },
    remove: async (address) => void (await ip("addr", "del", addressText(address), "dev", address.interface)),
    announce,
    objection,
  };
}

function addressesOf(answer: string): readonly PlacedAddress[] {
  // Of a host without any interface, ip says nothing at all.
  const found = answerSchema.parse(JSON.parse(answer.trim() === "" ? "[]" : answer));
  return found.flatMap(({ ifname, addr_info = [] }) =>
    addr_info.flatMap(({ family, local, prefixlen }) => {
      const number = family === "inet" ? 4 : family === "inet6" ? 6 : undefined;
      if (number === undefined || ifname === undefined || local === undefined || prefixlen === undefined) return [];
      return [
        { interface: ifname, family: number, address: canonical(local, number), prefixLength: prefixlen } as const,
      ];
    }),
  );
}

async function objection(wanted: WantedAddresses): Promise<string | undefined> {
  try {
    await ip("-j", "link", "show", "dev", wanted.interface);
  } catch (error) {
    return `is '${wanted.interface}', which cannot be used here: ${(error as Error).message}`;
  }
  // Where addresses are not promoted, the kernel takes all other addresses of a network away with its first one.
  const shared = [...wanted.addresses.values()].find(
    (each) => each.family === 4 && each.prefixLength < ADDRESS_BITS[4],
  );
  if (shared === undefined || [wanted.interface, "all"].some(promotes)) return undefined;
  return (
    `is '${wanted.interface}', where taking one address away would take others of its network with it, such as ` +
    `${addressText(shared)}: set sysctl net.ipv4.conf.${wanted.interface}.promote_secondaries=1, or use the prefix length 32`
  );
}

function promotes(name: string): boolean {
  try {
    return readFileSync(`/proc/sys/net/ipv4/conf/${name}/promote_secondaries`, "utf8").trim() === "1";
  } catch {
    return false;
  }
}

/** A gratuitous ARP, so that neighbours forget who had the address; IPv6 neighbours find that out by themselves. */
function announce({ family, address, interface: name }: PlacedAddress): void {
  if (family === 4) void arping(name, address);
}

async function arping(name: string, address: string): Promise<void> {
  const { spawn } = await import("node:child_process");
  const program = spawn("arping", ["-U", "-c", "2", "-I", name, address], { stdio: "ignore", detached: false });
  // Where there is no arping, neighbours keep the old owner in mind until their entry expires, a minute at most.
  program.on("error", () => {});
  program.unref();
}

async function ip(...args: readonly string[]): Promise<string> {
  const { execFile } = await import("node:child_process");
  return new Promise((resolve, reject) => {
    const options = { timeout: PATIENCE, maxBuffer: 256 * 1024 * 1024, env: { ...process.env, LC_ALL: "C" } };
    execFile("ip", args, options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`ip ${args.join(" ")}: ${reasonOf(error, stderr)}`));
    });
  });
}

function reasonOf(error: Error & { readonly code?: unknown; readonly killed?: boolean }, stderr: string): string {
  if (error.code === "ENOENT") return "there is no program 'ip' in PATH: install iproute2";
  if (error.killed === true) return `it gave no answer within ${PATIENCE / 1000} seconds`;
  const said = stderr.trim().split("\n").join(" | ") || error.message;
  return said.includes("Operation not permitted") ? `${said} (it takes the capability CAP_NET_ADMIN)` : said;
}
