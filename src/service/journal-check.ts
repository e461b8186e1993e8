/**
 * The check of a journal: its chain, the schema of every fact, and that folding them gives what the stored checkpoints say.
 */
import { TransitionError } from "../error.ts";
import type { Journal, JournalSnapshot } from "../journal/journal.ts";
import type { Ledger } from "../journal/ledger.ts";
import { Replay } from "../journal/replay.ts";
import { summaryOf } from "../plan/participant-state.ts";

export interface JournalCheck {
  readonly facts: number;
  readonly head: string;
  /** Sequence numbers of the checkpoints that agree with the facts. */
  readonly checkpoints: readonly number[];
  readonly problems: readonly { readonly seq: number | undefined; readonly message: string }[];
}

export async function checkJournal(journal: Journal): Promise<JournalCheck> {
  const { facts, head, problems } = await journal.verify();
  // What is damaged cannot be folded; the damage is what there is to say.
  if (problems.length > 0) return { facts, head, checkpoints: [], problems };
  const folded = await checkFold(journal);
  return { facts, head, ...folded };
}

async function checkFold(journal: Journal): Promise<Pick<JournalCheck, "checkpoints" | "problems">> {
  const snapshots = await snapshotsOf(journal);
  const checkpoints: number[] = [];
  const problems: { seq: number | undefined; message: string }[] = [];
  const replay = new Replay(undefined);
  try {
    for await (const record of journal.read()) {
      const { ledger } = replay.next(record);
      const snapshot = snapshots.get(record.seq);
      if (snapshot === undefined) continue;
      if (outline(new Replay(snapshot).ledger) === outline(ledger)) checkpoints.push(record.seq);
      else
        problems.push({ seq: record.seq, message: `the checkpoint at fact ${record.seq} is not what the facts give` });
    }
  } catch (error) {
    if (!(error instanceof TransitionError)) throw error;
    problems.push({ seq: replay.ledger.seq + 1, message: error.message });
  }
  return { checkpoints, problems };
}

async function snapshotsOf(journal: Journal): Promise<ReadonlyMap<number, JournalSnapshot>> {
  const snapshots = new Map<number, JournalSnapshot>();
  for (let next = await journal.snapshot(); next !== undefined; next = await journal.snapshot(next.seq - 1)) {
    snapshots.set(next.seq, next);
    if (next.seq <= 1) break;
  }
  return snapshots;
}

/** Everything of a ledger that a start goes on from, in one text. */
function outline(ledger: Ledger): string {
  const { streamId, epoch, whoAmI, participants, transitions, current, transition, states, inDoubt } = ledger;
  return JSON.stringify({
    ...{
      streamId,
      epoch,
      whoAmI,
      participants,
      transitions,
      inDoubt: inDoubt.map(({ idempotencyKey }) => idempotencyKey),
    },
    ...{ current: current?.confMap.hash, transition: transition?.id },
    states: [...states].map(([name, state]) => [name, summaryOf(state), state.lastConfMap?.hash]),
  });
}
