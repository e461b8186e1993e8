/**
 * ConfMap → Topology: every cross-check of a configuration, made before anything is dispatched.
 *
 * All problems are reported at once, each with section, option, file and line: whoever repairs a conf at night should
 * not have to find them one reload at a time.
 */
import { z } from "zod";
import type { ConfMap } from "../conf/conf-map.ts";
import type { ConfOption, ConfSection, SectionFamily } from "../conf/conf-section.ts";
import { NameRoll } from "../conf/name-roll.ts";
import type { Origin } from "../conf/refusal.ts";
import { type Problem, TransitionError } from "../error.ts";
import { atOnce, type Stretches } from "../stretches.ts";
import { NameIndex, type NameLookup } from "./name-index.ts";
import {
  counterpart,
  emptyTopology,
  groupIndex,
  isServedHere,
  keepBeside,
  shareBeside,
  type Topology,
} from "./topology.ts";
import { ListedGroup, type VolumeGroup } from "./volume-group.ts";
import { VolumeRoll } from "./volume-roll.ts";

/** A topology together with what is worth a warning in the configuration that it was read from. */
export interface TopologyReading {
  readonly topology: Topology;
  readonly warnings: readonly Problem[];
}

const single = (what: string) =>
  z
    .array(z.string())
    .length(1, `needs exactly one value: the name of ${what}`)
    .transform((values) => values[0] as string);
const optional = (what: string) =>
  z
    .array(z.string())
    .max(1, `takes one value or none: ${what}`)
    .transform((values) => values[0] ?? "");

/** The options that make a topology, as the conf has them. */
const clusterSchema = z.object({
  WhoAmI: single("this peer"),
  Peers: z.array(z.string()),
});
const groupSchema = z.object({
  PrimaryPeer: optional("the peer that serves the group"),
  VirtualIPAddr: optional("the address that follows the group"),
  VolumeList: z.array(z.string()),
});
const GROUP_OPTIONS = ["PrimaryPeer", "VirtualIPAddr", "VolumeList"] as const;

/**
 * Reads the topology of a (modern) ConfMap.
 * @param previous the topology before, if any: groups whose options read the same are not checked again
 * @throws TransitionError CONF_INVALID, whose `problems` lists everything found
 */
export function readTopology(confMap: ConfMap, previous?: Topology): Topology {
  return readTopologyWithWarnings(confMap, previous).topology;
}

/** As {@link readTopology}, with what is accepted but worth a warning. */
export function readTopologyWithWarnings(confMap: ConfMap, previous?: Topology): TopologyReading {
  return atOnce(readingTopology(confMap, previous));
}

/** As {@link readTopologyWithWarnings}, for who lets others have their turn meanwhile. */
export function* readingTopology(confMap: ConfMap, previous?: Topology): Stretches<TopologyReading> {
  const reader = new TopologyReader(confMap, previous);
  const topology = yield* reader.reading();
  if (reader.problems.length > 0) throw invalidConf(reader.problems);
  return { topology, warnings: yield* warningsOf(topology, confMap) };
}

/** The error that reports problems of a conf: one line each, with the place first. */
export function invalidConf(problems: readonly Problem[]): TransitionError {
  const first = problems[0];
  const lines = problems.map((problem) => `${placeOf(problem)}${problem.message}`);
  const message = lines.length === 1 ? (lines[0] as string) : `${lines.length} problems:\n  ${lines.join("\n  ")}`;
  return new TransitionError("CONF_INVALID", message, {
    problems,
    file: first?.file,
    line: first?.line,
    section: first?.section,
    option: first?.option,
  });
}

/** `file:line: ` where it is known, else nothing. */
export function placeOf(problem: Problem): string {
  if (problem.file === undefined) return "";
  return problem.line === undefined ? `${problem.file}: ` : `${problem.file}:${problem.line}: `;
}

/** Groups after which a reading can be interrupted. */
const GROUPS_PER_STRETCH = 1_024;
/** Names of groups, and groups to be warned about, after which it can. */
const NAMES_PER_STRETCH = 8_192;

/** One reading: collects problems as it goes, and works on with what it could read. */
class TopologyReader {
  readonly problems: Problem[] = [];
  readonly #confMap: ConfMap;
  readonly #previous: Topology | undefined;
  #sections: SectionFamily | undefined;
  #groupIndex: NameLookup | undefined;
  /** Positions of the groups whose list is not the text that it was before. */
  readonly #relisted: number[] = [];
  /** A group does not stand where it stood, or is a new one. */
  #displaced = false;

  constructor(confMap: ConfMap, previous: Topology | undefined) {
    this.#confMap = confMap;
    this.#previous = previous;
  }

  *reading(): Stretches<Topology> {
    const cluster = this.#options("Cluster", ["WhoAmI", "Peers"], clusterSchema);
    this.#sections = yield* this.#confMap.gatheringFamily("VolumeGroup:");
    const names = yield* this.#groupNames();
    if (cluster === undefined) {
      // Without WhoAmI nothing more can be said of who serves what, but the groups have problems of their own.
      for (const name of names) this.#options(`VolumeGroup:${name}`, GROUP_OPTIONS, groupSchema);
      return emptyTopology("");
    }
    const previous = this.#previous?.whoAmI === cluster.WhoAmI ? this.#previous : undefined;
    // The names are taken from here, and not from groups of the topology before, which are parts of its text.
    const peers = new Map(cluster.Peers.map((peer) => [peer, peer]));
    const groups: VolumeGroup[] = [];
    for (let position = 0; position < names.length; position++) {
      groups.push(this.#group(names[position] as string, position, peers, previous));
      if (position % GROUPS_PER_STRETCH === 0) yield;
    }
    const topology: Topology = { whoAmI: peers.get(cluster.WhoAmI) ?? cluster.WhoAmI, peers: cluster.Peers, groups };
    const checked = yield* this.#checkVolumes(topology, previous);
    if (previous !== undefined && this.#listsSame(topology, previous)) shareBeside(topology, previous);
    else if (this.#groupIndex !== undefined) keepBeside(topology, { groups: this.#groupIndex, ...checked });
    return topology;
  }

  *#groupNames(): Stretches<readonly string[]> {
    const section = "FSGlobals";
    const option = "VolumeGroupList";
    if (!this.#confMap.has(section, option)) {
      this.#report({
        rule: "missing-option",
        section,
        option,
        message: `[${section}] ${option} is missing: name the volume groups there, or leave its value empty`,
      });
      return [];
    }
    const roll = new NameRoll();
    this.#confMap.enrol(section, option, roll);
    yield;
    const again = new Set<number>();
    this.#groupIndex = yield* NameIndex.making(roll, (position) => again.add(position));
    const names: string[] = [];
    for (let position = 0; position < roll.length; position++) {
      if (position % NAMES_PER_STRETCH === 0) {
        yield;
        roll.make(position, Math.min(roll.length, position + NAMES_PER_STRETCH));
      }
      const name = roll.nameAt(position);
      if (!again.has(position)) names.push(name);
      else {
        this.#report({
          rule: "duplicate-group",
          section,
          option,
          message: `volume group ${quote(name)} is listed twice in [${section}] ${option}: list it once`,
        });
      }
    }
    return names;
  }

  #group(
    name: string,
    position: number,
    peers: ReadonlyMap<string, string>,
    previous: Topology | undefined,
  ): VolumeGroup {
    const section = this.#sections?.find(name);
    const before = previous === undefined ? undefined : counterpart(previous, name, position);
    if (before === undefined || before !== previous?.groups[position]) this.#displaced = true;
    if (before instanceof ListedGroup && section !== undefined) {
      // The fast path of a reload: what reads as before is checked already, but for the peers there are.
      const peer = before.activePeer === "" ? "" : peers.get(before.activePeer);
      const same = peer === undefined ? undefined : before.rereadIn(section, name, peer);
      if (same !== undefined) return same;
    }
    const list = section?.find("VolumeList");
    if (!(before instanceof ListedGroup && before.list === list?.text)) this.#relisted.push(position);
    const read = section === undefined || list === undefined ? undefined : this.#wellFormed(name, section, list, peers);
    if (read !== undefined) {
      const { activePeer } = read;
      if (activePeer !== "" && !peers.has(activePeer)) this.#reportPeer(`VolumeGroup:${name}`, activePeer, peers);
      return read;
    }
    this.#options(`VolumeGroup:${name}`, GROUP_OPTIONS, groupSchema);
    return { name, activePeer: "", virtualIPAddr: "", volumes: [] };
  }

  /** The fast path of a start: what the schema accepts. Undefined: it would not, and shall say why. */
  #wellFormed(
    name: string,
    section: ConfSection,
    list: ConfOption,
    peers: ReadonlyMap<string, string>,
  ): VolumeGroup | undefined {
    const address = section.find("VirtualIPAddr");
    const peer = section.find("PrimaryPeer")?.sole;
    const virtualIPAddr = address?.sole;
    if (address === undefined || peer === undefined || virtualIPAddr === undefined) return undefined;
    // One string for all groups of a peer, and not one for each.
    const activePeer = peers.get(peer) ?? peer;
    const offset = section.text === undefined ? undefined : address.offset;
    return new ListedGroup({ name, activePeer, virtualIPAddr }, { list, address: offset });
  }

  #reportPeer(section: string, peer: string, peers: ReadonlyMap<string, string>): void {
    const known =
      peers.size === 0
        ? "it names none"
        : `it names ${[...peers.keys()].slice(0, 8).map(quote).join(", ")}${peers.size > 8 ? ", …" : ""}`;
    this.#report({
      rule: "unknown-peer",
      section,
      option: "PrimaryPeer",
      message: `[${section}] PrimaryPeer is ${quote(peer)}, which is not in [Cluster] Peers (${known}): correct the name, or add the peer there`,
    });
  }

  /**
   * Whether the groups stand where they stood, with the volumes that they had. Then all that is worked out of their names is
   * shared with the topology before. It is shared as a whole or not at all: names are parts of the text that they were read
   * from, and a topology with some names of each text before it would keep all those texts.
   */
  #listsSame({ groups }: Topology, previous: Topology): boolean {
    return this.#relisted.length === 0 && !this.#displaced && groups.length === previous.groups.length;
  }

  /** A volume stands in one group, and there once: two owners of one volume would both serve it. */
  *#checkVolumes(
    topology: Topology,
    previous: Topology | undefined,
  ): Stretches<{ roll?: VolumeRoll; volumes?: NameLookup }> {
    if (previous !== undefined && (yield* this.#relistedAreApart(topology, previous))) return {};
    const roll = yield* VolumeRoll.making(topology.groups);
    const { groups } = topology;
    const volumes = yield* roll.indexing((volume, group, owner) =>
      this.#reportTwice(volume, groups[group] as VolumeGroup, groups[owner] as VolumeGroup),
    );
    return { roll, volumes };
  }

  /**
   * The fast path of a reload: lists that read as before had no volume twice, so only what enters the others is looked for,
   * by its hash. Says whether there is nothing to report; where that is not sure, all names are looked at as in a start.
   */
  *#relistedAreApart(topology: Topology, previous: Topology): Stretches<boolean> {
    if (this.#relisted.length === 0) return true;
    const relisted = yield* VolumeRoll.making(
      this.#relisted.map((position) => topology.groups[position] as VolumeGroup),
    );
    let apart = true;
    yield* relisted.indexing(() => {
      apart = false;
    });
    if (!apart) return false;
    const entering = new Set<number>();
    for (let i = 0; i < this.#relisted.length; i++) {
      const group = topology.groups[this.#relisted[i] as number] as VolumeGroup;
      const at = groupIndex(previous).get(group.name);
      const before = new Set(at === undefined ? [] : (previous.groups[at] as VolumeGroup).volumes);
      for (let volume = relisted.startOf(i); volume < relisted.startOf(i + 1); volume++) {
        if (!before.has(relisted.nameAt(volume))) entering.add(relisted.names.hashAt(volume));
      }
    }
    return entering.size === 0 || !(yield* this.#areKept(entering, topology));
  }

  /** Whether a list that reads as before has a volume with one of the hashes: there may then be one of that name. */
  *#areKept(entering: ReadonlySet<number>, topology: Topology): Stretches<boolean> {
    const relisted = new Set(this.#relisted);
    const kept = yield* VolumeRoll.making(topology.groups.filter((_, position) => !relisted.has(position)));
    for (let i = 0; i < kept.length; i++) if (entering.has(kept.names.hashAt(i))) return true;
    return false;
  }

  #reportTwice(volume: string, group: VolumeGroup, owner: VolumeGroup): void {
    const section = `VolumeGroup:${group.name}`;
    const message =
      owner.name === group.name
        ? `volume ${quote(volume)} is listed twice in [${section}] VolumeList: list it once`
        : `volume ${quote(volume)} is in two volume groups, ${quote(owner.name)} and ${quote(group.name)}: leave it in one of them`;
    this.#report({
      rule: owner.name === group.name ? "duplicate-volume" : "volume-in-two-groups",
      section,
      option: "VolumeList",
      message,
    });
  }

  #options<Schema extends z.ZodObject>(
    section: string,
    options: readonly string[],
    schema: Schema,
  ): z.infer<Schema> | undefined {
    if (!this.#confMap.has(section)) {
      this.#report({
        rule: "missing-section",
        section,
        message: `section [${section}] is missing: add it with ${options.join(", ")}`,
      });
      return undefined;
    }
    const values: Record<string, readonly string[]> = {};
    for (const option of options)
      if (this.#confMap.has(section, option)) values[option] = this.#confMap.strings(section, option);
    const parsed = schema.safeParse(values);
    if (parsed.success) return parsed.data;
    for (const issue of parsed.error.issues) {
      const option = String(issue.path[0]);
      const missing = !(option in values);
      this.#report({
        rule: missing ? "missing-option" : "wrong-number-of-values",
        section,
        option,
        message: missing
          ? `[${section}] ${option} is missing: add it${option === "WhoAmI" ? " with the name of this peer" : "; its value may be empty"}`
          : `[${section}] ${option} ${issue.message}`,
      });
    }
    return undefined;
  }

  #report(problem: Problem): void {
    const { section, option } = problem;
    const origin = this.#originOf(section, option);
    this.problems.push({ ...problem, file: origin?.file, line: origin?.line });
  }

  /** What is not there has no place of its own: a section that is missing is missed where it was listed. */
  #originOf(section: string | undefined, option: string | undefined): Origin | undefined {
    const confMap = this.#confMap;
    const own =
      section === undefined
        ? undefined
        : ((option === undefined ? undefined : confMap.origin(section, option)) ?? confMap.origin(section));
    return own ?? confMap.origin("FSGlobals", "VolumeGroupList") ?? confMap.origin("FSGlobals");
  }
}

/** What works, but is rarely meant. */
function* warningsOf(topology: Topology, confMap: ConfMap): Stretches<readonly Problem[]> {
  const warnings: Problem[] = [];
  if (!topology.peers.includes(topology.whoAmI)) {
    const origin = confMap.origin("Cluster", "WhoAmI");
    warnings.push({
      rule: "whoami-not-a-peer",
      section: "Cluster",
      option: "WhoAmI",
      message: `[Cluster] WhoAmI is ${quote(topology.whoAmI)}, which is not in [Cluster] Peers: this peer will serve nothing`,
      file: origin?.file,
      line: origin?.line,
    });
  }
  const addresses = new Map<string, string>();
  for (const [position, group] of topology.groups.entries()) {
    if (position % NAMES_PER_STRETCH === 0) yield;
    if (group.virtualIPAddr === "" || !isServedHere(topology, group)) continue;
    const other = addresses.get(group.virtualIPAddr);
    if (other === undefined) addresses.set(group.virtualIPAddr, group.name);
    else {
      const section = `VolumeGroup:${group.name}`;
      const origin = confMap.origin(section, "VirtualIPAddr");
      warnings.push({
        rule: "shared-virtual-ip",
        section,
        option: "VirtualIPAddr",
        message: `volume groups ${quote(other)} and ${quote(group.name)} are both served here with the virtual IP address ${group.virtualIPAddr}`,
        file: origin?.file,
        line: origin?.line,
      });
    }
  }
  return warnings;
}

function quote(name: string): string {
  return `'${name}'`;
}
