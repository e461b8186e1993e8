/**
 * What a durable participant is told of itself with its Up: the part of its state that outlived the process.
 */
import type { DoubtfulStep } from "../journal/fact.ts";
import { driftedFrom, type ParticipantState } from "../plan/participant-state.ts";
import type { Recovered } from "./participant.ts";

export function recoveredOf(state: ParticipantState, doubts: readonly DoubtfulStep[]): Recovered {
  const known = driftedFrom(state.known);
  const volumes = new Map([...known.volumes].map(([name, { group }]) => [name, { volumeGroupName: group }]));
  return {
    groups: new Map([...known.groups].map(([name, { activePeer }]) => [name, { activePeer }])),
    volumes,
    served: new Set([...known.volumes].filter(([, volume]) => volume.served).map(([name]) => name)),
    noticed: new Set([...known.volumes].filter(([, volume]) => volume.noticed).map(([name]) => name)),
    inDoubt: doubts.map(({ event, idempotencyKey }) => ({ event, idempotencyKey })),
  };
}
