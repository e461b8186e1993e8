/**
 * Moments: where everything was after any fact of the journal.
 *
 * A moment is folded from the nearest snapshot before it, or from one that was looked at a moment ago, so that a scrubber
 * that is moved along pays for each stretch once. At any time only one is folded: who asks for many waits.
 */
import type { Secrets } from "../../inspect/secrets.ts";
import type { Journal } from "../../journal/journal.ts";
import { type Ledger, lifecycleStateOf } from "../../journal/ledger.ts";
import { Replay } from "../../journal/replay.ts";
import type { Topology } from "../../topology/topology.ts";
import type { MomentAnswer, Participants } from "./answers.ts";
import { HttpRefusal } from "./http-refusal.ts";
import type { LiveView } from "./live-view.ts";
import { countsIn } from "./participant-counts.ts";
import { maskedCause } from "./told-text.ts";
import { inTurns } from "./turns.ts";

/** Replays that are kept where they were left. */
const KEPT_AT_MOST = 8;

export class Moments {
  readonly #view: LiveView;
  /** Last used last. */
  #kept: readonly Replay[] = [];
  #folding: Promise<unknown> = Promise.resolve();

  constructor(view: LiveView) {
    this.#view = view;
  }

  /** The ledger after a fact; now, when none is named. @throws HttpRefusal NOT_FOUND when there is no such fact */
  async ledgerAt(seq: number | undefined): Promise<Ledger> {
    const now = this.#view.ledger;
    if (seq === undefined || seq === now.seq) return now;
    if (seq < 1 || seq > now.seq)
      throw new HttpRefusal("NOT_FOUND", `the journal has the facts 1 to ${now.seq}, and no fact ${seq}`);
    const folded = this.#folding.then(() => this.#fold(seq));
    this.#folding = folded.catch(() => {});
    return folded;
  }

  /** The last fact at or before a time, taking it that the clock went forward; 0 before the first. */
  async seqAt(time: number): Promise<number> {
    const { journal } = this.#view;
    let [low, high] = [0, await journal.version()];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      const record = await recordAt(journal, middle);
      if (record !== undefined && record.time <= time) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  async #fold(seq: number): Promise<Ledger> {
    const { journal } = this.#view;
    const replay = await this.#startFor(seq);
    if (replay.ledger.seq < seq) {
      for await (const record of inTurns(journal.read({ from: replay.ledger.seq + 1, to: seq }))) replay.next(record);
    }
    this.#kept = [...this.#kept.filter(({ ledger }) => ledger.seq !== seq), replay].slice(-KEPT_AT_MOST);
    return replay.ledger;
  }

  /** A replay at or before the fact, as near as there is one. */
  async #startFor(seq: number): Promise<Replay> {
    let nearest: Replay | undefined;
    for (const kept of this.#kept) {
      if (kept.ledger.seq <= seq && kept.ledger.seq > (nearest?.ledger.seq ?? -1)) nearest = kept;
    }
    if (nearest !== undefined && seq - nearest.ledger.seq < NEAR) return nearest.fork();
    const snapshot = await this.#view.journal.snapshot(seq);
    if (nearest !== undefined && nearest.ledger.seq >= (snapshot?.seq ?? 0)) return nearest.fork();
    return new Replay(snapshot);
  }
}

/** Facts over which folding on costs less than reading a snapshot. */
const NEAR = 200;

export async function recordAt(journal: Journal, seq: number) {
  for await (const record of journal.select({ from: seq, to: seq, order: "oldest-first" })) return record;
  return undefined;
}

export function momentAnswer(
  ledger: Ledger,
  fact: { readonly time: number; readonly type: string },
  secrets: Secrets,
): MomentAnswer {
  const { current } = ledger;
  return {
    seq: ledger.seq,
    time: new Date(fact.time).toISOString(),
    type: fact.type,
    state: lifecycleStateOf(ledger),
    ...transitionPart(ledger, secrets),
    participants: participantsOf(ledger),
    confHash: current?.confMap.hash ?? null,
    groups: current?.topology.groups.length ?? 0,
    volumes: current === undefined ? 0 : volumesOf(current.topology),
    served: ledger.participants.reduce((most, { name }) => Math.max(most, countsIn(ledger, name).served), 0),
  };
}

function transitionPart({ transition }: Ledger, secrets: Secrets): Pick<MomentAnswer, "transition"> {
  if (transition === undefined) return {};
  const { id, kind, cause, held, paused, progress } = transition;
  const at = progress?.plan.deliveries[progress.cursor];
  let [done, total] = [0, 0];
  for (const { index, implemented, events } of progress?.plan.deliveries ?? []) {
    if (progress === undefined || !implemented) continue;
    total += events.length;
    if (index < progress.cursor) done += events.length;
    else if (index === progress.cursor) for (const [from, to] of progress.applied) done += to - from;
  }
  return {
    transition: {
      ...{ transitionId: id, kind, cause: maskedCause(cause, secrets), paused, done, total },
      ...(held === undefined ? {} : { held: { code: held.code, message: secrets.freeText(held.message) } }),
      ...(at === undefined ? {} : { callback: at.callback, participant: at.participant }),
    },
  };
}

export function participantsOf(ledger: Ledger): Participants["participants"] {
  return ledger.participants.map(({ name, durable, after, callbacks }) => {
    const { up, quiesced, ...counts } = countsIn(ledger, name);
    return { name, durable, after: [...after], callbacks: [...callbacks], up, quiesced, counts };
  });
}

function volumesOf({ groups }: Topology): number {
  return groups.reduce((sum, { volumes }) => sum + volumes.length, 0);
}
