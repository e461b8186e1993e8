/**
 * A moment of a journal: where everything was after a given fact, or at a given time.
 */
import { parseDuration } from "../conf/go-duration.ts";
import { TransitionError } from "../error.ts";
import type { Journal } from "../journal/journal.ts";
import { EMPTY_LEDGER, type Ledger } from "../journal/ledger.ts";
import { Replay } from "../journal/replay.ts";

export interface Moment {
  readonly seq: number;
  /** Milliseconds since the epoch, of the fact. */
  readonly time: number;
  /** What the fact is. */
  readonly type: string;
  readonly ledger: Ledger;
}

/**
 * The sequence number that a text stands for: itself, or the last fact at a time (ISO 8601, or a duration ago such as 10m);
 * 0 before the first fact.
 * @throws TransitionError USAGE
 */
export async function seqOf(journal: Journal, text: string, now: number): Promise<number> {
  if (/^\d+$/.test(text)) return Number(text);
  const time = timeOf(text, now);
  let last = 0;
  for await (const record of journal.read()) {
    if (record.time > time) break;
    last = record.seq;
  }
  return last;
}

/** Milliseconds since the epoch. @throws TransitionError USAGE */
export function timeOf(text: string, now: number): number {
  const ago = parseDuration(text);
  if (ago !== undefined) return now - Number(ago) / 1e6;
  const time = Date.parse(text);
  if (Number.isNaN(time)) {
    throw new TransitionError(
      "USAGE",
      `'${text}' is no time: write 2026-01-31T18:00, 2026-01-31T18:00:00Z, or how long ago, such as 90m`,
    );
  }
  return time;
}

/** Where everything was after a fact, or, with 0, before the first. @throws TransitionError USAGE when there is no such fact */
export async function momentAt(journal: Journal, seq: number): Promise<Moment> {
  const version = await journal.version();
  if (seq === 0) return { seq, time: 0, type: "nothing", ledger: EMPTY_LEDGER };
  if (seq > version) {
    throw new TransitionError(
      "USAGE",
      `the journal ${journal.location} has the facts 1 to ${version}, and no fact ${seq}`,
    );
  }
  // A snapshot stands for all before it, so that the end of a long history is as near as its beginning.
  const replay = new Replay(await journal.snapshot(seq - 1));
  let last: Omit<Moment, "ledger"> = { seq, time: 0, type: "" };
  for await (const record of journal.read({ from: replay.ledger.seq + 1, to: seq })) {
    replay.next(record);
    last = { seq: record.seq, time: record.time, type: record.type };
  }
  return { ...last, ledger: replay.ledger };
}
