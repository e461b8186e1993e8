/**
 * StepError: what is said of a step that has failed, is in doubt, or gave no answer.
 */
import { TransitionError } from "../error.ts";
import type { DeliveryFrame } from "./dispatched-step.ts";

const SAID = { CALLBACK_FAILED: "failed", IN_DOUBT: "is in doubt", DEADLINE: "gave no answer" } as const;

/** What is wrong with the step at `index`, in words. */
export interface StepComplaint {
  readonly code: keyof typeof SAID;
  readonly message: string;
  readonly cause?: unknown;
}

export function stepError(
  { delivery, transitionId }: DeliveryFrame,
  index: number,
  wrong: StepComplaint,
): TransitionError {
  const { code, message, cause } = wrong;
  const subject = delivery.events.subject(index);
  const what = subject === "" ? delivery.callback : `${delivery.callback} of '${subject}'`;
  return new TransitionError(code, `participant '${delivery.participant}': ${what} ${SAID[code]}: ${message}`, {
    participant: delivery.participant,
    callback: delivery.callback,
    subject: subject === "" ? undefined : subject,
    transitionId,
    cause,
  });
}
