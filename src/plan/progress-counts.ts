/**
 * Progress in numbers: how many groups and volumes each participant knows and serves at this moment.
 *
 * Whoever watches a transition asks for this several times a second. Working out the states themselves takes maps of all
 * volumes; the numbers follow from how many steps of each delivery are done.
 */
import { isServedHere, type Topology } from "../topology/topology.ts";
import type { CallbackName } from "./lifecycle-event.ts";
import type { Known, ParticipantState } from "./participant-state.ts";
import type { Delivery } from "./plan.ts";
import { type Progress, stateAfter } from "./progress.ts";

/** A participant's state in numbers. */
export interface StateCounts {
  readonly up: boolean;
  readonly quiesced: boolean;
  readonly groups: number;
  readonly volumes: number;
  readonly served: number;
  readonly noticed: number;
}

type KnownCounts = Omit<StateCounts, "up" | "quiesced">;

const NOTHING: StateCounts = { up: false, quiesced: false, groups: 0, volumes: 0, served: 0, noticed: 0 };

const ofKnown = new WeakMap<Known | Topology, KnownCounts>();

export function countsOfState({ up, quiesced, known }: ParticipantState): StateCounts {
  const key = known.kind === "settled" ? known.topology : known;
  let counts = ofKnown.get(key);
  if (counts === undefined) {
    counts = known.kind === "settled" ? countsOfTopology(known.topology) : countsOfMaps(known);
    ofKnown.set(key, counts);
  }
  return { up, quiesced, ...counts };
}

function countsOfTopology(topology: Topology): KnownCounts {
  let [volumes, served] = [0, 0];
  for (const group of topology.groups) {
    volumes += group.volumes.length;
    if (isServedHere(topology, group)) served += group.volumes.length;
  }
  return { groups: topology.groups.length, volumes, served, noticed: 0 };
}

function countsOfMaps({ groups, volumes }: Extract<Known, { kind: "drifted" }>): KnownCounts {
  let [served, noticed] = [0, 0];
  for (const volume of volumes.values()) {
    if (volume.served) served++;
    if (volume.noticed) noticed++;
  }
  return { groups: groups.size, volumes: volumes.size, served, noticed };
}

/** Where a participant of the plan is now, in numbers; undefined: it takes no part. Equal to counting its state. */
export function countsAfter(progress: Progress, name: string): StateCounts | undefined {
  const origin = progress.plan.origins.find(({ participants }) => participants.includes(name));
  if (origin === undefined) return undefined;
  const deliveries = progress.plan.deliveries.filter(
    ({ participant, index }) => participant === name && index <= progress.cursor,
  );
  if (deliveries.length === 0) return countsOfState(origin.state);
  // What failed, or was left elsewhere by a failure, follows no simple sum.
  const simple =
    origin.state.known.kind === "settled" &&
    !progress.exceptions.some(({ delivery }) => deliveries.some(({ index }) => index === delivery));
  if (!simple) return countsOfState(stateAfter(progress, name) ?? origin.state);
  return deliveries.reduce(
    (counts, delivery) => afterDelivery(counts, delivery, progress),
    countsOfState(origin.state),
  );
}

function afterDelivery(counts: StateCounts, delivery: Delivery, progress: Progress): StateCounts {
  const done =
    delivery.index < progress.cursor
      ? delivery.events.length
      : progress.applied.reduce((sum, [from, to]) => sum + to - from, 0);
  return done === 0 ? counts : afterSteps(counts, delivery.callback, done);
}

function afterSteps(counts: StateCounts, callback: CallbackName, done: number): StateCounts {
  switch (callback) {
    case "Up":
      return { ...counts, up: true, quiesced: true };
    case "SignaledStart":
      return { ...counts, quiesced: true };
    case "SignaledFinish":
      return { ...counts, quiesced: false };
    case "Down":
      return NOTHING;
    case "VolumeGroupCreated":
      return { ...counts, groups: counts.groups + done };
    case "VolumeGroupDestroyed":
      return { ...counts, groups: counts.groups - done };
    case "VolumeCreated":
      return { ...counts, volumes: counts.volumes + done };
    case "VolumeDestroyed":
      return { ...counts, volumes: counts.volumes - done };
    case "ServeVolume":
      return { ...counts, served: counts.served + done };
    case "UnserveVolume":
      return { ...counts, served: counts.served - done, noticed: Math.max(0, counts.noticed - done) };
    case "VolumeToBeUnserved":
      return { ...counts, noticed: counts.noticed + done };
    case "VolumeGroupMoved":
    case "VolumeGroupChanged":
    case "VolumeMoved":
    case "VolumeChanged":
      return counts;
  }
}
