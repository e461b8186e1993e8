/**
 * Whether a reload changed nothing, which its outcome says.
 */
import type { Plan } from "../plan/plan.ts";
import { flatDelta, isEmptyDelta } from "../topology/delta.ts";
import type { Topology } from "../topology/topology.ts";

/**
 * Whether a reload has told nobody of a difference, and none was told on the way here: what goes on from a reload that was
 * held may have nothing left to tell, and still changes everything.
 */
export function isWithoutDifference({ phases, origins, target }: Plan, current: Topology | undefined): boolean {
  if (current === undefined || target === undefined) return false;
  if (phases.some(({ callback }) => callback !== "SignaledStart" && callback !== "SignaledFinish")) return false;
  const fromRest = origins.every(({ state: { known } }) => known.kind === "settled" && known.topology === current);
  return fromRest || isEmptyDelta(flatDelta(current, target));
}
