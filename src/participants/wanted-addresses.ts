/**
 * Wanted addresses: the set of addresses that a configuration wants on this host, and everything that is wrong with it.
 *
 * `[VirtualIP]` turns the participant on and names the interface; the addresses are those of the volume groups. They are a
 * set: two groups may share one address, and a group that is renamed brings its address under the new name before the old
 * one goes.
 */
import type { ConfMap } from "../conf/conf-map.ts";
import type { Problem } from "../error.ts";
import { readTopology } from "../topology/read-topology.ts";
import { isServedHere, type Topology } from "../topology/topology.ts";
import type { VolumeGroup } from "../topology/volume-group.ts";
import { ADDRESS_BITS, addressText, type IpAddress, readIpAddress } from "./ip-address.ts";

export const SECTION = "VirtualIP";

/** Addresses by `addressText`, on one interface. */
export interface WantedAddresses {
  /** Empty where the configuration wants none at all. */
  readonly interface: string;
  readonly addresses: ReadonlyMap<string, IpAddress>;
}

export const NOTHING_WANTED: WantedAddresses = { interface: "", addresses: new Map() };

const LENGTH_OPTIONS = { 4: "IPv4PrefixLength", 6: "IPv6PrefixLength" } as const;
const OPTIONS: readonly string[] = ["Interface", ...Object.values(LENGTH_OPTIONS)];

/** Whether a configuration leaves the addresses of its groups to this participant. */
export function hasVirtualIp(confMap: ConfMap | undefined): boolean {
  return confMap?.has(SECTION) ?? false;
}

const read = new WeakMap<ConfMap, WantedAddresses>();

/** What a configuration that was found right wants here. */
export function wantedAddresses(confMap: ConfMap): WantedAddresses {
  let wanted = read.get(confMap);
  if (wanted === undefined) {
    wanted = hasVirtualIp(confMap) ? readWanted(confMap) : NOTHING_WANTED;
    read.set(confMap, wanted);
  }
  return wanted;
}

function readWanted(confMap: ConfMap): WantedAddresses {
  const topology = readTopology(confMap);
  const addresses = new Map<string, IpAddress>();
  for (const { group, address } of groupAddresses(confMap, topology)) {
    if (typeof address !== "string" && isServedHere(topology, group)) addresses.set(addressText(address), address);
  }
  return { interface: confMap.string(SECTION, "Interface"), addresses };
}

/** Everything that is wrong with the section and with the addresses of all groups, wherever they are served. */
export function wantedProblems(confMap: ConfMap): readonly Problem[] {
  if (!hasVirtualIp(confMap)) return [];
  return [...sectionProblems(confMap), ...addressProblems(confMap)];
}

function sectionProblems(confMap: ConfMap): readonly Problem[] {
  const problems: Problem[] = [];
  for (const option of confMap.options(SECTION)) {
    if (OPTIONS.includes(option)) continue;
    problems.push(problemAt(confMap, SECTION, option, `is no option of it: the options are ${OPTIONS.join(", ")}`));
  }
  const names = confMap.has(SECTION, "Interface") ? confMap.strings(SECTION, "Interface") : [];
  if (names.length !== 1) {
    problems.push(
      problemAt(confMap, SECTION, "Interface", "names the interface that gets the addresses, such as eth0"),
    );
  } else if (!isInterfaceName(names[0] as string)) {
    problems.push(problemAt(confMap, SECTION, "Interface", `is '${names[0]}', which is no name of an interface`));
  }
  for (const family of [4, 6] as const) {
    if (prefixLength(confMap, family) !== undefined) continue;
    const range = `is a number from 1 to ${ADDRESS_BITS[family]}`;
    problems.push(problemAt(confMap, SECTION, LENGTH_OPTIONS[family], range));
  }
  return problems;
}

function addressProblems(confMap: ConfMap): readonly Problem[] {
  const topology = topologyOf(confMap);
  if (topology === undefined) return [];
  const problems: Problem[] = [];
  const seen = new Map<string, { readonly group: VolumeGroup; readonly length: number }>();
  for (const { group, address } of groupAddresses(confMap, topology)) {
    const section = `VolumeGroup:${group.name}`;
    const object = (message: string) => problems.push(problemAt(confMap, section, "VirtualIPAddr", message));
    if (typeof address === "string") {
      object(`is '${group.virtualIPAddr}', which ${address}`);
      continue;
    }
    const other = seen.get(address.address);
    if (other === undefined) seen.set(address.address, { group, length: address.prefixLength });
    else if (other.length !== address.prefixLength) {
      object(`has the prefix length ${address.prefixLength}, and ${other.length} with the group '${other.group.name}'`);
    } else if (
      group.activePeer !== "" &&
      other.group.activePeer !== "" &&
      group.activePeer !== other.group.activePeer
    ) {
      const peers = `on '${group.activePeer}' here and on '${other.group.activePeer}' with the group '${other.group.name}'`;
      object(`is wanted on two peers at once, ${peers}: an address can be on one`);
    }
  }
  return problems;
}

/** The groups that have an address, each with it, or with what is wrong with it. */
function* groupAddresses(
  confMap: ConfMap,
  { groups }: Topology,
): Generator<{ readonly group: VolumeGroup; readonly address: IpAddress | string }> {
  const lengths = { 4: prefixLength(confMap, 4) ?? 32, 6: prefixLength(confMap, 6) ?? 128 };
  for (const group of groups) {
    if (group.virtualIPAddr !== "") yield { group, address: readIpAddress(group.virtualIPAddr, lengths) };
  }
}

/** The length for addresses that are written without one; undefined: what the conf says is no length. */
function prefixLength(confMap: ConfMap, family: 4 | 6): number | undefined {
  const option = LENGTH_OPTIONS[family];
  const values = confMap.has(SECTION, option) ? confMap.strings(SECTION, option) : [String(ADDRESS_BITS[family])];
  const length = values.length === 1 && /^\d{1,3}$/.test(values[0] as string) ? Number(values[0]) : 0;
  return length >= 1 && length <= ADDRESS_BITS[family] ? length : undefined;
}

/** What Linux takes as a name, without what could pass for an option of `ip`. */
function isInterfaceName(name: string): boolean {
  return /^[^\s/:-][^\s/:]{0,14}$/.test(name) && name !== "." && name !== "..";
}

/** What is wrong with the topology is said by others. */
function topologyOf(confMap: ConfMap): Topology | undefined {
  try {
    return readTopology(confMap);
  } catch {
    return undefined;
  }
}

function problemAt(confMap: ConfMap, section: string, option: string, message: string): Problem {
  const { file, line } = confMap.origin(section, option) ?? confMap.origin(section) ?? {};
  return { rule: "virtual-ip", section, option, message: `[${section}] ${option} ${message}`, file, line };
}
