/**
 * The refusal that something ends in: tests state what is refused, and that nothing else is thrown.
 */

import { expect } from "vitest";
import { TransitionError } from "../../src/error.ts";

/** The TransitionError that `act` throws or rejects with; fails the test when there is none, or another error. */
export async function refusalOf(act: () => unknown): Promise<TransitionError> {
  try {
    await act();
  } catch (error) {
    expect(error).toBeInstanceOf(TransitionError);
    return error as TransitionError;
  }
  return expect.fail("was not refused");
}
