/**
 * A participant's state in numbers, at any ledger.
 */
import type { Ledger } from "../../journal/ledger.ts";
import { UNTOLD } from "../../plan/participant-state.ts";
import { countsAfter, countsOfState, type StateCounts } from "../../plan/progress-counts.ts";

export function countsIn(ledger: Ledger, name: string): StateCounts {
  const progress = ledger.transition?.progress;
  return (
    (progress === undefined ? undefined : countsAfter(progress, name)) ??
    countsOfState(ledger.states.get(name) ?? UNTOLD)
  );
}
