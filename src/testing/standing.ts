/**
 * Standing: what one participant has been told and not untold.
 *
 * Written anew from the contract, and not taken from the planner's idea of a participant's state, because it is what
 * the planner is judged by.
 */
import { nothing, servedHere, type TopologyLike } from "./topology-like.ts";

/** What a participant has been told, and not untold. */
export interface Standing {
  /** Got Up, not yet Down. */
  readonly up: boolean;
  /** Got Up or SignaledStart and is owed SignaledFinish: its gate is closed. */
  readonly quiesced: boolean;
  readonly groups: ReadonlyMap<string, { readonly activePeer: string; readonly virtualIPAddr: string }>;
  /** Volume → the group that it is in. */
  readonly volumes: ReadonlyMap<string, string>;
  readonly served: ReadonlySet<string>;
  /** Announced by VolumeToBeUnserved, and still served. */
  readonly noticed: ReadonlySet<string>;
}

/** Where a participant stands that was told exactly this topology and is idle. */
export function standingAt(topology: TopologyLike): Standing {
  const groups = new Map<string, { activePeer: string; virtualIPAddr: string }>();
  const volumes = new Map<string, string>();
  const served = new Set<string>();
  for (const group of topology.groups) {
    groups.set(group.name, { activePeer: group.activePeer, virtualIPAddr: group.virtualIPAddr });
    for (const volume of group.volumes) {
      volumes.set(volume, group.name);
      if (servedHere(topology, group)) served.add(volume);
    }
  }
  return { up: true, quiesced: false, groups, volumes, served, noticed: new Set() };
}

export interface DifferenceOptions {
  /** Compare virtual IP addresses as well: only VolumeGroupChanged tells of one that changed alone. Default false. */
  readonly hearsChanges?: boolean | undefined;
}

/** What is different from one that is up and was told exactly this, or, without a topology, from one that is down. */
export function standingDifference(
  now: Standing,
  topology: TopologyLike | undefined,
  options: DifferenceOptions,
): string | undefined {
  if (topology === undefined) {
    if (now.up) return "It is up and should be down.";
    const left = differences(now, standingAt(nothing("")), options);
    return left.length === 0 ? undefined : `It is down, but ${left.join("; ")}.`;
  }
  const found = differences(now, standingAt(topology), options);
  if (!now.up) found.unshift("it is not up");
  if (now.quiesced) found.unshift("it is owed SignaledFinish");
  return found.length === 0 ? undefined : `Not where the topology says: ${found.join("; ")}.`;
}

function differences(now: Standing, wanted: Standing, options: DifferenceOptions): string[] {
  const found: string[] = [];
  for (const [name, want] of wanted.groups) {
    const has = now.groups.get(name);
    if (has === undefined) found.push(`group ${name} is not known`);
    else if (has.activePeer !== want.activePeer) {
      found.push(`group ${name} has the active peer ${has.activePeer || "nobody"}, not ${want.activePeer || "nobody"}`);
    } else if (options.hearsChanges === true && has.virtualIPAddr !== want.virtualIPAddr) {
      found.push(`group ${name} has the address ${has.virtualIPAddr || "none"}, not ${want.virtualIPAddr || "none"}`);
    }
  }
  for (const name of now.groups.keys()) if (!wanted.groups.has(name)) found.push(`group ${name} is known`);
  for (const [name, group] of wanted.volumes) {
    const has = now.volumes.get(name);
    if (has === undefined) found.push(`volume ${name} is not known`);
    else if (has !== group) found.push(`volume ${name} is in group ${has}, not ${group}`);
    if (wanted.served.has(name) && !now.served.has(name)) found.push(`volume ${name} is not served`);
  }
  for (const name of now.volumes.keys()) if (!wanted.volumes.has(name)) found.push(`volume ${name} is known`);
  for (const name of now.served) if (!wanted.served.has(name)) found.push(`volume ${name} is served`);
  for (const name of now.noticed) found.push(`volume ${name} was announced to be unserved and is not`);
  return found;
}
