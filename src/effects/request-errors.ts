/**
 * The errors that requests are refused with, or end with, in words.
 */
import { TransitionError } from "../error.ts";
import type { TransitionKind } from "../journal/fact.ts";

export function continuedError(failures: readonly TransitionError[], transitionId: string): TransitionError {
  const lines = failures.map((failure) => `  ${failure.message}`).join("\n");
  return new TransitionError("CONTINUED", `down, but ${failures.length} step(s) failed on the way:\n${lines}`, {
    failures,
    transitionId,
  });
}

export function closedError(): TransitionError {
  return new TransitionError("CLOSED", "the instance has been closed: make another with createTransitions");
}

export function notUpError(what: string, why: string): TransitionError {
  return new TransitionError("NOT_UP", `${what} was asked for, but ${why}: ask for up first`);
}

export function alreadyUpError(running: TransitionKind): TransitionError {
  return new TransitionError(
    "ALREADY_UP",
    `up was asked for, but ${running} is under way: wait for it, or ask for signaled`,
  );
}

export function busyError(what: string, running: TransitionKind): TransitionError {
  return new TransitionError("BUSY", `${what} needs an idle lifecycle, and ${running} is under way`);
}

export function nothingHeldError(what: string): TransitionError {
  return new TransitionError("NOTHING_HELD", `${what} needs a transition that is held, and there is none`);
}

export function nothingToPauseError(): TransitionError {
  return new TransitionError(
    "NOTHING_HELD",
    "pause needs a transition that is under way and not paused already, and there is none",
  );
}

export function notPausedError(): TransitionError {
  return new TransitionError(
    "NOTHING_HELD",
    "resume needs a transition that is paused, and there is none: what is held goes on with retry, rollback or skip",
  );
}

export function reentrantError(what: string): TransitionError {
  return new TransitionError(
    "REENTRANT",
    `${what} was asked for from inside a callback, which it would wait for: ask for it after the callback has returned`,
  );
}
