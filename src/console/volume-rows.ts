/** The rows of the list of volumes: what is looked for, in the order of the configuration. */
import type { GroupAnswer } from "../service/http/answers.ts";

/** A group, or one of its volumes. */
export type Row = { readonly group: GroupAnswer; readonly volume: string | undefined };

/** An empty text or peer chooses everything; the peer `nobody` what no peer serves. */
export interface Chosen {
  readonly text: string;
  readonly peer: string;
}

/** Groups with their volumes beneath them; a group is there when itself or one of its volumes is looked for. */
export function rowsOf(groups: readonly GroupAnswer[], { text, peer }: Chosen): readonly Row[] {
  const wanted = text.trim().toLowerCase();
  const rows: Row[] = [];
  for (const group of groups) {
    if (peer !== "" && group.activePeer !== (peer === "nobody" ? "" : peer)) continue;
    const whole = wanted === "" || `${group.name} ${group.virtualIPAddr}`.toLowerCase().includes(wanted);
    const volumes = whole ? group.volumes : group.volumes.filter((name) => name.toLowerCase().includes(wanted));
    if (!whole && volumes.length === 0) continue;
    rows.push({ group, volume: undefined });
    for (const volume of volumes) rows.push({ group, volume });
  }
  return rows;
}
