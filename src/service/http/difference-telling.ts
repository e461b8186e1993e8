/**
 * What changed between two moments, as an answer.
 */
import type { Secrets } from "../../inspect/secrets.ts";
import type { Ledger } from "../../journal/ledger.ts";
import { diffTopologies } from "../../topology/delta.ts";
import type { PlacedVolume } from "../../topology/placed-volumes.ts";
import { emptyTopology, type Topology } from "../../topology/topology.ts";
import { participantChanges, settingChanges } from "../difference.ts";
import type { Difference } from "./answers.ts";
import { maskedValues } from "./conf-telling.ts";

/** Entries of each list. */
const ENTRIES_AT_MOST = 1_000;

export function differenceAnswer(from: Ledger, to: Ledger, secrets: Secrets): Difference {
  const conf = settingChanges(from.current?.confMap, to.current?.confMap).map(({ before, after, ...change }) => ({
    section: change.section,
    option: change.option,
    ...(before === undefined ? {} : { before: maskedValues(change.option, before, secrets) }),
    ...(after === undefined ? {} : { after: maskedValues(change.option, after, secrets) }),
    ...(change.file === undefined ? {} : { file: change.file }),
    ...(change.line === undefined ? {} : { line: change.line }),
  }));
  const topology = topologyChanges(topologyOf(from), topologyOf(to), ENTRIES_AT_MOST + 1);
  const participants = participantChanges(from, to).map(({ participant, changes }) => ({ name: participant, changes }));
  const lists = [conf, ...Object.values(topology), ...participants.map(({ changes }) => changes)];
  return {
    from: from.seq,
    to: to.seq,
    conf: conf.slice(0, ENTRIES_AT_MOST),
    topology: topologyChanges(topologyOf(from), topologyOf(to), ENTRIES_AT_MOST),
    participants: participants.map(({ name, changes }) => ({ name, changes: changes.slice(0, ENTRIES_AT_MOST) })),
    cut: lists.some((list) => list.length > ENTRIES_AT_MOST),
  };
}

function topologyOf({ current, whoAmI }: Ledger): Topology {
  return current?.topology ?? emptyTopology(whoAmI ?? "");
}

function topologyChanges(before: Topology, after: Topology, most: number): Difference["topology"] {
  const delta = diffTopologies(before, after);
  const names = (list: readonly { readonly name: string }[]) => list.slice(0, most).map(({ name }) => name);
  const volumes = (list: readonly PlacedVolume[]) => list.slice(0, most).map(({ volumeName }) => volumeName);
  return {
    groupsCreated: names(delta.groupsCreated),
    groupsDestroyed: names(delta.groupsDestroyed),
    groupsMoved: names(delta.groupsMoved),
    volumesCreated: volumes(delta.volumesCreated),
    volumesDestroyed: volumes(delta.volumesDestroyed),
    volumesMoved: volumes(delta.volumesMoved),
  };
}
