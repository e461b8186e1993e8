/**
 * What people and participants wrote, as it may be shown: it may say anything, secrets too.
 *
 * It is masked before it becomes part of a sentence. Behind a name such as `$SIGNALED_STEER_TOKEN`, with a colon between, the
 * first word of any text would look like a secret.
 */
import type { Secrets } from "../../inspect/secrets.ts";
import type { Fact } from "../../journal/fact.ts";
import type { TransitionChapter } from "../history.ts";
import type { Board } from "./answers.ts";

export function maskedCause<Cause extends { readonly reason?: string | undefined }>(
  cause: Cause,
  secrets: Secrets,
): Cause {
  return cause.reason === undefined ? cause : { ...cause, reason: secrets.freeText(cause.reason) };
}

/** A fact with what was written freely in it masked. */
export function maskedFact(fact: Fact, secrets: Secrets): Fact {
  switch (fact.type) {
    case "TransitionStarted":
    case "StepSkipped":
    case "TransitionResumed":
    case "TransitionPaused":
      return { ...fact, cause: maskedCause(fact.cause, secrets) };
    case "RequestRefused":
      return { ...fact, cause: maskedCause(fact.cause, secrets), message: secrets.freeText(fact.message) };
    case "StepFailed":
    case "TransitionHeld":
      return { ...fact, failure: { ...fact.failure, message: secrets.freeText(fact.failure.message) } };
    case "TransitionAbandoned":
      return { ...fact, reason: secrets.freeText(fact.reason) };
    case "DoubtRedelivered":
    case "LateAnswerHeard":
      return { ...fact, idempotencyKey: secrets.freeText(fact.idempotencyKey) };
    case "DoubtSettled": {
      const { idempotencyKey, by } = fact;
      return { ...fact, idempotencyKey: secrets.freeText(idempotencyKey), by: secrets.freeText(by) };
    }
    default:
      return fact;
  }
}

export function failureAnswer(
  { participant, callback, subject, message, ...failure }: TransitionChapter["failures"][number],
  secrets: Secrets,
): Board["failures"][number] {
  return {
    ...failure,
    ...(participant === undefined ? {} : { participant }),
    ...(callback === undefined ? {} : { callback }),
    ...(subject === undefined ? {} : { subject }),
    message: secrets.freeText(message),
  };
}
