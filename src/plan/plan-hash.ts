/**
 * The hash of a plan: two plans with one hash tell the same participants the same things in the same order, from the same
 * places to the same target.
 *
 * It is what a person approves: a plan is shown with its hash, and applied only if it still hashes to that.
 */
import { startHash } from "../conf/source-hash.ts";
import type { Stretches } from "../stretches.ts";
import type { Topology } from "../topology/topology.ts";
import type { EventList } from "./event-list.ts";
import { type CallbackName, CONTRACT_CALLBACKS } from "./lifecycle-event.ts";
import { type ParticipantState, summaryOf } from "./participant-state.ts";

/** What of a plan is hashed. */
export interface HashedPlan {
  readonly command: string;
  readonly order: string;
  readonly target: Topology | undefined;
  readonly participants: readonly { readonly name: string; readonly callbacks?: readonly CallbackName[] | undefined }[];
  readonly origins: readonly { readonly state: ParticipantState; readonly participants: readonly string[] }[];
  readonly phases: readonly {
    readonly callback: CallbackName;
    readonly direction: string;
    readonly cohorts: readonly { readonly participants: readonly string[]; readonly events: EventList }[];
  }[];
}

/** Hex SHA-256 over the plan in a canonical text. */
export function* hashingPlan(plan: HashedPlan): Stretches<string> {
  const hash = startHash();
  let chunk = "";
  for (const line of canonicalLines(plan)) {
    chunk += `${line}\n`;
    // A call per line would cost more than the hashing.
    if (chunk.length < 65_536) continue;
    hash.update(chunk);
    chunk = "";
    yield;
  }
  hash.update(chunk);
  return hash.finish();
}

/** JSON lines, so that no name can look like the end of another. */
function* canonicalLines(plan: HashedPlan): IterableIterator<string> {
  yield JSON.stringify(["plan", 1, plan.command, plan.order]);
  yield* topologyLines("target", plan.target);
  for (const { name, callbacks } of plan.participants) {
    yield JSON.stringify(["participant", name, [...(callbacks ?? CONTRACT_CALLBACKS)].sort()]);
  }
  for (const { state, participants } of plan.origins) yield JSON.stringify(["from", participants, summaryOf(state)]);
  for (const { callback, direction, cohorts } of plan.phases) {
    yield JSON.stringify(["phase", callback, direction]);
    for (const { participants, events } of cohorts) {
      yield JSON.stringify(["cohort", participants]);
      for (const event of events) yield JSON.stringify(Object.values(event));
    }
  }
}

function* topologyLines(name: string, topology: Topology | undefined): IterableIterator<string> {
  if (topology === undefined) {
    yield JSON.stringify([name, null]);
    return;
  }
  yield JSON.stringify([name, topology.whoAmI, topology.peers]);
  for (const group of topology.groups) {
    yield JSON.stringify(["group", group.name, group.activePeer, group.virtualIPAddr, group.volumes]);
  }
}
