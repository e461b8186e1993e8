/**
 * Retry: attempts at a step with growing waits between them, as its participant's policy asks.
 */
import pRetry from "p-retry";
import type { RetryPolicy } from "./participant.ts";

/** Attempts with backoff and jitter, until one succeeds, all are used up, or nobody wants more. */
export async function retried(
  policy: RetryPolicy,
  attempt: (number: number) => void | PromiseLike<void>,
  until: { readonly wanted: () => boolean; readonly signal: AbortSignal },
): Promise<void> {
  let last: { readonly error: unknown } | undefined;
  try {
    await pRetry(
      async (number) => {
        try {
          await attempt(number);
        } catch (error) {
          last = { error };
          // The library takes a TypeError for a mistake that trying again cannot mend; here the policy decides.
          throw new Error("the attempt failed");
        }
      },
      {
        retries: policy.retries,
        minTimeout: policy.minTimeout ?? 100,
        // Who asks for a longer first wait than the usual longest one means it.
        maxTimeout: policy.maxTimeout ?? Math.max(30_000, policy.minTimeout ?? 0),
        factor: 2,
        randomize: true,
        signal: until.signal,
        shouldRetry: until.wanted,
      },
    );
  } catch (error) {
    // An abort of the waiting says nothing of the step: what the last attempt said does.
    throw last === undefined ? error : last.error;
  }
}
