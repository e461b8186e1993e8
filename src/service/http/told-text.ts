/**
 * What people and participants wrote, as it may be shown: it may say anything, secrets too.
 */
import type { Secrets } from "../../inspect/secrets.ts";
import type { TransitionChapter } from "../history.ts";
import type { Board } from "./answers.ts";

export function maskedCause<Cause extends { readonly reason?: string | undefined }>(
  cause: Cause,
  secrets: Secrets,
): Cause {
  return cause.reason === undefined ? cause : { ...cause, reason: secrets.freeText(cause.reason) };
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
