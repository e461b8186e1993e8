/**
 * A promise with its resolver beside it: for what one part of the program waits for and another brings about.
 */
export interface Deferred {
  readonly promise: Promise<void>;
  /** May be called more than once; only the first call counts. */
  readonly resolve: () => void;
}

export function deferred(): Deferred {
  let resolve = (): void => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
