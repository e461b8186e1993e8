/**
 * ContractModel: which events the contract asks for, worked out naively.
 *
 * Each callback is one question asked of every group or volume, straight from the contract's sentences, with nothing
 * shared and nothing fast. It shares no code with the planner: what two implementations that know nothing of each other
 * agree on is not a slip of one of them.
 */
import { type CallbackName, CONTRACT_CALLBACKS, type LifecycleEvent } from "../plan/lifecycle-event.ts";
import { type Command, type OrderName, rowsOf } from "../plan/order.ts";
import { type Standing, standingAt } from "./standing.ts";
import { nothing, servedHere, type TopologyLike } from "./topology-like.ts";
import type { Delivery } from "./trace.ts";

/** What one participant is to be told, callback by callback, each list in dispatch order. Empty lists are left out. */
export type ContractEvents = ReadonlyMap<CallbackName, readonly LifecycleEvent[]>;

/** Where a participant stands that was told nothing. */
export const UNTOLD_STANDING: Standing = { ...standingAt(nothing("")), up: false };

/** What brings a participant from where it stands to a topology or, without one, down. Further callbacks are left out. */
export function contractEvents(from: Standing, to: TopologyLike | undefined): ContractEvents {
  const wanted = to === undefined ? [] : eventsTowards(from, to);
  const all = [...eventsAway(from, to ?? nothing("")), ...wanted, ...eventsOfNobody(from, to)];
  const events = new Map<CallbackName, LifecycleEvent[]>();
  for (const event of all) {
    const alike = events.get(event.type);
    if (alike === undefined) events.set(event.type, [event]);
    else alike.push(event);
  }
  return events;
}

export interface ContractTraceRequest {
  readonly command: Command;
  readonly order: OrderName;
  /** In registration order. A bare name implements the contract's 13. */
  readonly participants: readonly TracedParticipant[];
  /** Where everyone is, idle. Not looked at for `up`, which begins with nothing. */
  readonly from?: TopologyLike | undefined;
  /** Not looked at for `down`. */
  readonly to?: TopologyLike | undefined;
}

/** A participant as a trace shows it: only implemented callbacks are in a trace. */
export type TracedParticipant =
  | string
  | { readonly name: string; readonly callbacks?: readonly CallbackName[] | undefined };

/** The whole trace of a transition in which nothing fails. */
export function contractTrace(request: ContractTraceRequest): readonly Delivery[] {
  const { command, order, participants } = request;
  const from = command === "up" || request.from === undefined ? UNTOLD_STANDING : standingAt(request.from);
  const events = contractEvents(from, command === "down" ? undefined : request.to);
  return rowsOf(order, command).flatMap(({ callback, direction }) => {
    const inOrder = direction === "reverse" ? [...participants].reverse() : participants;
    return inOrder
      .filter((participant) => callbacksOf(participant).includes(callback))
      .flatMap((participant) =>
        (events.get(callback) ?? []).map((event) => ({ participant: nameOf(participant), event })),
      );
  });
}

export function nameOf(participant: TracedParticipant): string {
  return typeof participant === "string" ? participant : participant.name;
}

export function callbacksOf(participant: TracedParticipant): readonly CallbackName[] {
  return (typeof participant === "string" ? undefined : participant.callbacks) ?? CONTRACT_CALLBACKS;
}

function eventsOfNobody(from: Standing, to: TopologyLike | undefined): LifecycleEvent[] {
  const events: LifecycleEvent[] = [];
  if (!from.up && to !== undefined) events.push({ type: "Up" });
  if (from.up && !from.quiesced) events.push({ type: "SignaledStart" });
  if (to !== undefined) events.push({ type: "SignaledFinish" });
  if (from.up && to === undefined) events.push({ type: "Down" });
  return events;
}

/** Reverse phases: about what is there now, in the order in which it was told, backwards. */
function eventsAway(from: Standing, to: TopologyLike): LifecycleEvent[] {
  const groups = [...from.groups.keys()].reverse();
  const volumes = [...from.volumes.keys()].reverse();
  const leaving = volumes.filter((volume) => from.served.has(volume) && mustBeUnserved(volume, from, to));
  const unannounced = leaving.filter((volume) => !from.noticed.has(volume));
  return [
    ...unannounced.map((volumeName): LifecycleEvent => ({ type: "VolumeToBeUnserved", volumeName })),
    ...leaving.map((volumeName): LifecycleEvent => ({ type: "UnserveVolume", volumeName })),
    ...volumes
      .filter((volume) => groupHolding(to, volume) === undefined)
      .map((volumeName): LifecycleEvent => ({ type: "VolumeDestroyed", volumeName })),
    ...groups
      .filter((name) => !to.groups.some((group) => group.name === name))
      .map((volumeGroupName): LifecycleEvent => ({ type: "VolumeGroupDestroyed", volumeGroupName })),
  ];
}

/** Forward phases: about what shall be there, in the order of the new configuration. */
function eventsTowards(from: Standing, to: TopologyLike): LifecycleEvent[] {
  const events: LifecycleEvent[] = [];
  for (const group of to.groups) {
    const { name: volumeGroupName, activePeer, virtualIPAddr } = group;
    const known = from.groups.get(volumeGroupName);
    if (known === undefined) events.push({ type: "VolumeGroupCreated", volumeGroupName, activePeer, virtualIPAddr });
    else if (known.activePeer !== activePeer) {
      events.push({ type: "VolumeGroupMoved", volumeGroupName, activePeer, virtualIPAddr });
    }
    for (const volumeName of group.volumes) {
      const knownIn = from.volumes.get(volumeName);
      if (knownIn === undefined) events.push({ type: "VolumeCreated", volumeName, volumeGroupName });
      else if (knownIn !== volumeGroupName) events.push({ type: "VolumeMoved", volumeName, volumeGroupName });
      const staysServed = from.served.has(volumeName) && !mustBeUnserved(volumeName, from, to);
      if (servedHere(to, group) && !staysServed) events.push({ type: "ServeVolume", volumeName });
    }
  }
  return events;
}

/** Destroyed, moved to another group, in a group that moved, or announced already: who was told may have acted on it. */
function mustBeUnserved(volume: string, from: Standing, to: TopologyLike): boolean {
  const group = groupHolding(to, volume);
  if (group === undefined || group.name !== from.volumes.get(volume)) return true;
  return group.activePeer !== from.groups.get(group.name)?.activePeer || from.noticed.has(volume);
}

function groupHolding(topology: TopologyLike, volume: string): TopologyLike["groups"][number] | undefined {
  return topology.groups.find((group) => group.volumes.includes(volume));
}
