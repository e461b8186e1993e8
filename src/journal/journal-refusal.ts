/**
 * The refusals that every kind of journal shares, so that a caller meets the same words from each of them.
 */

import { TransitionError } from "../error.ts";
import type { JournalEntry, JournalHolder, JournalRecord } from "./journal.ts";

/** Another writer holds the stream: names it, and the way out. */
export function locked(location: string, holder: JournalHolder): TransitionError {
  const since = new Date(holder.since).toISOString();
  return new TransitionError(
    "JOURNAL_LOCKED",
    `journal ${location} is written by process ${holder.pid} on ${holder.host} since ${since} (epoch ${holder.epoch}); ` +
      "stop that process, or take the journal over from it (--takeover): it can write no more then",
    { file: location },
  );
}

/** Somebody is in the middle of an append and does not come to its end, so that not even a takeover gets through. */
export function lockedInAppend(location: string, holder: JournalHolder): TransitionError {
  return new TransitionError(
    "JOURNAL_LOCKED",
    `journal ${location} has been locked by an append for seconds; if process ${holder.pid} on ${holder.host} is stopped ` +
      "in the middle of one, it has to be resumed or killed first: no takeover can end its append",
    { file: location },
  );
}

/** A later writer has the stream. */
export function fenced(location: string, epoch: number): TransitionError {
  return new TransitionError(
    "JOURNAL_FENCED",
    `journal ${location} was taken over by a later writer; this one (epoch ${epoch}) may write no more`,
    { file: location },
  );
}

/** The stream is not where the caller believes it to be. */
export function versionDiffers(location: string, expected: number, actual: number): TransitionError {
  return new TransitionError(
    "JOURNAL_VERSION",
    `journal ${location} is at version ${actual}, and the append expected version ${expected}`,
    { file: location },
  );
}

/** A writer whose append failed, or that was closed, is used again. */
export function unusable(location: string, why: string, cause?: unknown): TransitionError {
  return new TransitionError("JOURNAL_UNAVAILABLE", `journal ${location} cannot be written: ${why}`, {
    file: location,
    cause,
  });
}

/** What a writer says after its failure. Being fenced is for good, and is the reason that a caller has to act on. */
export function afterFailure(location: string, failure: TransitionError): TransitionError {
  if (failure.code === "JOURNAL_FENCED") return failure;
  return unusable(location, "an earlier write failed; open it anew", failure);
}

/** A snapshot is of facts that the stream does not have. */
export function snapshotAhead(location: string, seq: number, version: number): TransitionError {
  return new TransitionError(
    "JOURNAL_VERSION",
    `journal ${location} is at version ${version}, and the snapshot is of fact ${seq}`,
    { file: location },
  );
}

/**
 * Throws for an entry that no journal could give back as it was: such a one is a mistake of this program, and must not
 * be met first by whoever reads the history.
 */
export function requireKeepable({ type, version, time }: JournalEntry): void {
  if (type === "" || type.includes("\n") || !Number.isSafeInteger(version) || !Number.isSafeInteger(time))
    throw new TransitionError("INTERNAL", `not a fact that can be journaled: ${type}, version ${version}, ${time} ms`);
}

/** The record that an entry becomes. */
export function recordOf(entry: JournalEntry, seq: number, epoch: number): JournalRecord {
  return { seq, epoch, type: entry.type, version: entry.version, time: entry.time, body: entry.encode() };
}
