/**
 * A topology as the configuration that says it: as ConfMap values, and as text in the conf dialect.
 *
 * Tests think in topologies and the service takes confs. The writer is plain on purpose and knows nothing of the reader.
 */
import type { ConfValues } from "../conf/conf-map.ts";
import type { TopologyLike } from "./topology-like.ts";

export interface TopologyConfOptions {
  /** `[Cluster] Peers`. Default: WhoAmI and every active peer. */
  readonly peers?: readonly string[] | undefined;
  /** Further options by section (`Volume:V`, `VolumeGroup:G`, or any other). */
  readonly sections?: ConfValues | undefined;
}

/** Section → option → values; for `ConfMap.from`. */
export function confValuesOf(topology: TopologyLike, options: TopologyConfOptions = {}): ConfValues {
  const active = topology.groups.map((group) => group.activePeer).filter((peer) => peer !== "");
  const sections = new Map<string, Record<string, readonly string[]>>([
    ["Cluster", { WhoAmI: [topology.whoAmI], Peers: options.peers ?? [...new Set([topology.whoAmI, ...active])] }],
    ["FSGlobals", { VolumeGroupList: topology.groups.map((group) => group.name) }],
  ]);
  for (const { name, activePeer, virtualIPAddr, volumes } of topology.groups) {
    sections.set(`VolumeGroup:${name}`, {
      PrimaryPeer: activePeer === "" ? [] : [activePeer],
      VirtualIPAddr: virtualIPAddr === "" ? [] : [virtualIPAddr],
      VolumeList: volumes,
    });
  }
  for (const [section, further] of Object.entries(options.sections ?? {})) {
    sections.set(section, { ...sections.get(section), ...further });
  }
  return Object.fromEntries(sections);
}

/** The same as text. Values are written as they are, so they may hold no blank, comma or comment sign. */
export function confTextOf(topology: TopologyLike, options: TopologyConfOptions = {}): string {
  return Object.entries(confValuesOf(topology, options))
    .map(([section, settings]) => {
      const lines = Object.entries(settings).map(([option, values]) => `${option} = ${values.join(", ")}`.trimEnd());
      return `[${section}]\n${lines.join("\n")}\n`;
    })
    .join("\n");
}
