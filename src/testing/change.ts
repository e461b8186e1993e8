/**
 * Change: one thing that an operator does to a configuration, as data.
 *
 * Two random topologies have nearly nothing in common; what goes wrong in practice goes wrong in moves: a group handed to
 * another peer, a volume put into another group, a rename. A change picks its subjects by number, so that it has a meaning in every
 * topology and stays one while a failing case shrinks.
 */
import type { GroupLike, TopologyLike } from "./topology-like.ts";

/** What is done. Picks are taken modulo what there is to pick from; where there is nothing, the change does nothing. */
export type Change =
  /** `peer` picks from nobody, this peer and the others. */
  | { readonly kind: "group moves"; readonly group: number; readonly peer: number }
  | { readonly kind: "group is served by nobody"; readonly group: number }
  | { readonly kind: "volume moves"; readonly volume: number; readonly group: number }
  | { readonly kind: "volume is created"; readonly name: string; readonly group: number }
  | { readonly kind: "volume is destroyed"; readonly volume: number }
  | { readonly kind: "group is created"; readonly name: string; readonly peer: number }
  /** With its volumes, or after they went to a neighbour. */
  | { readonly kind: "group is destroyed"; readonly group: number; readonly volumes: "destroyed" | "moved" }
  /** To the participants: another group created, the volumes moved into it, the old one destroyed. */
  | { readonly kind: "group is renamed"; readonly group: number; readonly name: string }
  | { readonly kind: "virtual IP changes"; readonly group: number; readonly virtualIPAddr: string }
  /** Of one list: the groups (`group` undefined) or a group's volumes. Says the same in another order. */
  | { readonly kind: "order changes"; readonly group: number | undefined; readonly by: number }
  /** A reload of the same conf. */
  | { readonly kind: "nothing changes" };

export interface ChangeContext {
  /** Peers that a group can go to, beside nobody. */
  readonly peers: readonly string[];
}

/** The topology after the change; the very same one where the change has nothing to act on. */
export function applyChange(topology: TopologyLike, change: Change, { peers }: ChangeContext): TopologyLike {
  const { groups } = topology;
  const names = groups.flatMap((group) => group.volumes);
  switch (change.kind) {
    case "group moves":
      return withGroup(topology, change.group, { activePeer: pick(["", ...peers], change.peer) ?? "" });
    case "group is served by nobody":
      return withGroup(topology, change.group, { activePeer: "" });
    case "virtual IP changes":
      return withGroup(topology, change.group, { virtualIPAddr: change.virtualIPAddr });
    case "volume moves":
      return placed(topology, pick(names, change.volume), pick(groups, change.group));
    case "volume is created":
      return names.includes(change.name) ? topology : placed(topology, change.name, pick(groups, change.group));
    case "volume is destroyed":
      return { ...topology, groups: withoutVolume(groups, pick(names, change.volume)) };
    case "group is created": {
      if (groups.some((group) => group.name === change.name)) return topology;
      const activePeer = pick(["", ...peers], change.peer) ?? "";
      return { ...topology, groups: [...groups, { name: change.name, activePeer, virtualIPAddr: "", volumes: [] }] };
    }
    case "group is destroyed":
      return withoutGroup(topology, change.group, change.volumes);
    case "group is renamed":
      if (groups.some((group) => group.name === change.name)) return topology;
      return withGroup(topology, change.group, { name: change.name });
    case "order changes":
      if (change.group === undefined) return { ...topology, groups: rotated(groups, change.by) };
      return withGroup(topology, change.group, {
        volumes: rotated(pick(groups, change.group)?.volumes ?? [], change.by),
      });
    case "nothing changes":
      return topology;
  }
}

function pick<Item>(items: readonly Item[], at: number): Item | undefined {
  return items[at % items.length];
}

function withGroup(topology: TopologyLike, at: number, change: Partial<GroupLike>): TopologyLike {
  const chosen = pick(topology.groups, at);
  return {
    ...topology,
    groups: topology.groups.map((group) => (group === chosen ? { ...group, ...change } : group)),
  };
}

function placed(topology: TopologyLike, volume: string | undefined, into: GroupLike | undefined): TopologyLike {
  if (volume === undefined || into === undefined || into.volumes.includes(volume)) return topology;
  const groups = withoutVolume(topology.groups, volume).map((group) =>
    group.name === into.name ? { ...group, volumes: [...group.volumes, volume] } : group,
  );
  return { ...topology, groups };
}

function withoutVolume(groups: readonly GroupLike[], volume: string | undefined): readonly GroupLike[] {
  return groups.map((group) => ({ ...group, volumes: group.volumes.filter((name) => name !== volume) }));
}

function withoutGroup(topology: TopologyLike, at: number, volumes: "destroyed" | "moved"): TopologyLike {
  const chosen = pick(topology.groups, at);
  if (chosen === undefined) return topology;
  const rest = topology.groups.filter((group) => group !== chosen);
  const heir = volumes === "moved" ? pick(rest, at) : undefined;
  const groups = rest.map((group) =>
    group === heir ? { ...group, volumes: [...group.volumes, ...chosen.volumes] } : group,
  );
  return { ...topology, groups };
}

function rotated<Item>(items: readonly Item[], by: number): readonly Item[] {
  if (items.length === 0) return items;
  const at = by % items.length;
  return [...items.slice(at), ...items.slice(0, at)];
}
