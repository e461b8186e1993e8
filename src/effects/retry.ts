/**
 * Retry: attempts at a step with growing waits between them, as its participant's policy asks.
 *
 * The waits are the instance's clock's, so that a test that holds the clock holds them too. The library knows the system's
 * timers only: it is told to wait for nothing, and asked again once the wait is over.
 */
import pRetry from "p-retry";
import type { Clock } from "./clock.ts";
import type { RetryPolicy } from "./participant.ts";

/** Attempts with backoff and jitter, until one succeeds, all are used up, or nobody wants more. */
export async function retried(
  policy: RetryPolicy,
  attempt: (number: number) => void | PromiseLike<void>,
  until: { readonly wanted: () => boolean; readonly signal: AbortSignal; readonly clock: Clock },
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
        minTimeout: 0,
        maxTimeout: 0,
        signal: until.signal,
        async shouldRetry({ attemptNumber }) {
          if (until.wanted()) await pause(waitAfter(policy, attemptNumber), until);
          return until.wanted();
        },
      },
    );
  } catch (error) {
    // An abort of the waiting says nothing of the step: what the last attempt said does.
    throw last === undefined ? error : last.error;
  }
}

/** Milliseconds after the attempt with this number: twice as many each time, and up to twice that again by chance. */
function waitAfter({ minTimeout = 100, maxTimeout }: RetryPolicy, attempt: number): number {
  // Who asks for a longer first wait than the usual longest one means it.
  const longest = maxTimeout ?? Math.max(30_000, minTimeout);
  return Math.min(longest, Math.round(minTimeout * 2 ** (attempt - 1) * (1 + Math.random())));
}

/** Resolves when the time has passed, or the signal is aborted. */
function pause(milliseconds: number, { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal }) {
  return new Promise<void>((resolve) => {
    const end = (): void => {
      clock.clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = clock.setTimeout(end, milliseconds);
    signal.addEventListener("abort", end);
    if (signal.aborted) end();
  });
}
