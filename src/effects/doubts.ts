/**
 * Doubts: the steps whose outcome nobody knows, as the dispatcher takes them up again.
 */
import type { DoubtfulStep } from "../journal/fact.ts";
import type { Ledger } from "../journal/ledger.ts";
import { EventList, type Subjects } from "../plan/event-list.ts";
import type { CallbackName, LifecycleEvent } from "../plan/lifecycle-event.ts";
import type { Delivery } from "../plan/plan.ts";
import { PlacedVolumes } from "../topology/placed-volumes.ts";
import { participantsHere, type Registry } from "./registry.ts";

/** The steps in doubt of those who take part, oldest first: those of others wait until they are back. */
export function doubtsHere(ledger: Ledger, registry: Registry): readonly DoubtfulStep[] {
  if (ledger.inDoubt.length === 0) return [];
  const here = new Set(participantsHere(ledger, registry).map(({ name }) => name));
  return ledger.inDoubt.filter(({ participant }) => here.has(participant));
}

/** Whether a callback sets something up; the others take something down, or open and close the gate. */
export function setsUp(callback: CallbackName): boolean {
  return callback in SETS_UP;
}

const SETS_UP: Partial<Record<CallbackName, true>> = {
  Up: true,
  VolumeGroupCreated: true,
  VolumeGroupMoved: true,
  VolumeGroupChanged: true,
  VolumeCreated: true,
  VolumeMoved: true,
  VolumeChanged: true,
  ServeVolume: true,
};

/** The step as a delivery of its own, with the event that it had. */
export function deliveryOfDoubt(step: DoubtfulStep): Delivery {
  const events = new EventList(step.callback, subjectsOf(step.event));
  return { index: -1, phase: -1, callback: step.callback, participant: step.participant, events, implemented: true };
}

function subjectsOf(event: LifecycleEvent): Subjects {
  if ("volumeName" in event) {
    const volumes = new PlacedVolumes();
    volumes.add(event.volumeName, "volumeGroupName" in event ? event.volumeGroupName : "");
    return volumes;
  }
  if (!("volumeGroupName" in event)) return [];
  const { volumeGroupName } = event;
  const activePeer = "activePeer" in event ? event.activePeer : "";
  const virtualIPAddr = "virtualIPAddr" in event ? event.virtualIPAddr : "";
  return [{ name: volumeGroupName, activePeer, virtualIPAddr, volumes: [] }];
}
