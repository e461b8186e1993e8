/**
 * ProcessRestart: what a new process makes of the ledger that the last one left: who still knows what, and which steps
 * are in doubt.
 */
import type { ParticipantState } from "../plan/participant-state.ts";
import { type Exception, exceptionOf, inRanges } from "../plan/progress.ts";
import type { DeclaredParticipant, DoubtfulStep } from "./fact.ts";
import type { Ledger } from "./ledger.ts";
import { doubtOf, settleProgress } from "./ledger-change.ts";

/** Nothing outlives the process but what durable participants did; what was announced and not answered is in doubt. */
export function afterProcessStart(ledger: Ledger, fact: { streamId: string; epoch: number }): Ledger {
  const settled = settleProgress(inDoubtAfterCrash(ledger));
  // Whom the last process did without was durable when it was here: of the others nothing had outlived their process.
  const volatile = new Set(ledger.participants.filter((participant) => !participant.durable).map(({ name }) => name));
  const states = new Map<string, ParticipantState>();
  for (const [name, state] of settled.states) {
    if (!volatile.has(name)) states.set(name, { ...state, up: false, quiesced: false });
  }
  return {
    ...settled,
    streamId: fact.streamId,
    epoch: fact.epoch,
    current: undefined,
    transition: undefined,
    states,
    // A gate is in a process's memory: an Up or SignaledStart in doubt died with it. Volatile participants died altogether.
    inDoubt: settled.inDoubt.filter((step) => !volatile.has(step.participant) && step.event.type in OUTLIVES_PROCESS),
  };
}

/** Who was durable before and is volatile now begins with nothing, like every volatile participant. */
export function afterDeclaration(ledger: Ledger, participants: readonly DeclaredParticipant[]): Ledger {
  const forgotten = new Set(
    participants
      .filter(({ name, durable }) => !durable && ledger.states.get(name)?.up !== true)
      .map(({ name }) => name),
  );
  return {
    ...ledger,
    participants,
    states: new Map([...ledger.states].filter(([name]) => !forgotten.has(name))),
    inDoubt: ledger.inDoubt.filter((step) => !forgotten.has(step.participant)),
  };
}

const OUTLIVES_PROCESS: Partial<Record<string, true>> = {
  VolumeGroupCreated: true,
  VolumeGroupMoved: true,
  VolumeGroupChanged: true,
  VolumeGroupDestroyed: true,
  VolumeCreated: true,
  VolumeMoved: true,
  VolumeChanged: true,
  VolumeDestroyed: true,
  ServeVolume: true,
  UnserveVolume: true,
  VolumeToBeUnserved: true,
};

/** Steps announced, not known to have taken effect, and not failed: the process died with them. */
function inDoubtAfterCrash(ledger: Ledger): Ledger {
  const open = ledger.transition;
  const progress = open?.progress;
  if (open === undefined || progress?.announced === undefined) return ledger;
  const delivery = progress.plan.deliveries[progress.cursor];
  if (delivery === undefined || !delivery.implemented) return ledger;
  const [from, to] = progress.announced;
  const doubts: DoubtfulStep[] = [];
  const exceptions: Exception[] = [];
  for (let index = from; index < to; index++) {
    if (inRanges(progress.applied, index)) continue;
    const before = exceptionOf(progress, progress.cursor, index);
    if (before !== undefined && before.again !== true) continue;
    // Whether it was begun is what nobody knows: the next attempt is not the first.
    const attempts = (before?.attempts ?? 0) + 1;
    doubts.push(doubtOf(open, delivery, index, attempts));
    exceptions.push({ delivery: progress.cursor, index, outcome: "in-doubt", attempts });
  }
  const others = progress.exceptions.filter(
    (each) => !exceptions.some((doubt) => doubt.delivery === each.delivery && doubt.index === each.index),
  );
  return {
    ...ledger,
    inDoubt: [...ledger.inDoubt, ...doubts],
    transition: { ...open, progress: { ...progress, announced: undefined, exceptions: [...others, ...exceptions] } },
  };
}
