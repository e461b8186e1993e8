/**
 * LedgerText: a ledger as text in which everything that a fold decides stands, so that two can be compared.
 */
import type { Ledger } from "../../src/journal/ledger.ts";
import { driftedFrom, type ParticipantState } from "../../src/plan/participant-state.ts";

/**
 * Equal texts are equal ledgers. ConfMaps stand by their hashes, states by all that they know and under which conf. Which
 * confs the journal holds is left out: a snapshot forgets those that nothing speaks of any more, facts do not.
 */
export function ledgerText(ledger: Ledger): string {
  const { transition } = ledger;
  return JSON.stringify(
    {
      ...ledger,
      confs: undefined,
      current: ledger.current && { conf: ledger.current.confMap.hash, topology: ledger.current.topology },
      states: statesText(ledger.states),
      inDoubt: ledger.inDoubt.map(({ confMap, ...step }) => ({ ...step, conf: confMap?.hash })),
      transition: transition && {
        ...transition,
        confMap: transition.confMap.hash,
        progress: transition.progress && {
          ...transition.progress,
          confMap: transition.progress.confMap?.hash,
          plan: transition.progress.plan.hash,
          exceptions: [...transition.progress.exceptions].sort((a, b) => a.delivery - b.delivery || a.index - b.index),
        },
      },
    },
    undefined,
    1,
  );
}

function statesText(states: ReadonlyMap<string, ParticipantState>): unknown {
  return [...states]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { up, quiesced, known, lastConfMap }]) => {
      const { groups, volumes } = driftedFrom(known);
      return {
        name,
        up,
        quiesced,
        last: lastConfMap?.hash,
        groups: [...groups].map(([group, { told, ...rest }]) => ({ group, ...rest, told: told?.hash })),
        volumes: [...volumes].map(([volume, { told, ...rest }]) => ({ volume, ...rest, told: told?.hash })),
      };
    });
}
