/**
 * The address record: a file that says which addresses of this host are ours.
 *
 * It is written before an address is added and after it is taken away, so that it never knows too little. Addresses do not
 * outlive a boot, nor the network namespace that they are in: what was written in another one speaks of addresses that
 * are gone, and if one of them is there, somebody else has added it.
 */
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, readlinkSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";
import type { AddressRecord, PlacedAddress } from "./address-keeper.ts";

const recordSchema = z.lazy(() =>
  z.object({
    world: z.string(),
    addresses: z.array(
      z.object({
        interface: z.string(),
        family: z.union([z.literal(4), z.literal(6)]),
        address: z.string(),
        prefixLength: z.number().int(),
      }),
    ),
  }),
);

/** The record in a file, made when the first address is added. */
export function addressRecord(path: string): AddressRecord {
  return {
    read: () => readRecord(path),
    write: (addresses) => writeRecord(path, addresses),
  };
}

function readRecord(path: string): readonly PlacedAddress[] {
  const text = textOf(path);
  if (text === undefined) return [];
  const record = recordSchema.safeParse(parsed(text));
  if (!record.success) {
    throw new Error(
      `${path} does not say which addresses are ours any more: look at them with ip addr, and remove the file`,
    );
  }
  return record.data.world === worldNow() ? record.data.addresses : [];
}

function writeRecord(path: string, addresses: readonly PlacedAddress[]): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}`;
  const file = openSync(draft, "w", 0o600);
  try {
    writeSync(file, `${JSON.stringify({ world: worldNow(), addresses }, undefined, 2)}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(draft, path);
}

/** This boot, and this network namespace. */
function worldNow(): string {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return `${boot} ${readlinkSync("/proc/self/ns/net")}`;
  } catch {
    return "";
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
