/**
 * Fetched: an answer of the service as a view needs it. The one before stays until the next is there, so that nothing
 * flickers, and an answer that nobody waits for any more is not taken.
 */
import { useEffect, useState } from "preact/hooks";
import { ApiError, get, isAborted, sentenceOf } from "./api.ts";

export interface Fetched<Answer> {
  readonly answer: Answer | undefined;
  /** What went wrong with the latest request. */
  readonly problem: string | undefined;
  /** The HTTP status of the problem; 0: the service does not answer. */
  readonly status: number | undefined;
  readonly waiting: boolean;
}

const NOTHING: Fetched<never> = { answer: undefined, problem: undefined, status: undefined, waiting: true };

/** Asks whenever `path` or `version` is another; undefined asks nothing. */
export function useFetched<Answer>(path: string | undefined, version: unknown = 0): Fetched<Answer> {
  const [fetched, setFetched] = useState<Fetched<Answer>>(NOTHING);
  useEffect(() => {
    if (path === undefined) {
      setFetched({ ...NOTHING, waiting: false });
      return;
    }
    const controller = new AbortController();
    setFetched((before) => ({ ...before, waiting: true }));
    get<Answer>(path, controller.signal).then(
      (answer) => setFetched({ answer, problem: undefined, status: undefined, waiting: false }),
      (error: unknown) => {
        if (isAborted(error)) return;
        const status = error instanceof ApiError ? error.status : undefined;
        setFetched((before) => ({ ...before, problem: sentenceOf(error), status, waiting: false }));
      },
    );
    return () => controller.abort();
  }, [path, version]);
  return fetched;
}
