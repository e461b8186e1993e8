/**
 * The other end of `child.ts`: answers requests one after the other, a failure with its code and message.
 */

/** Answers every request with what `handle` gives for it. */
export function answer(handle: (request: Readonly<Record<string, unknown>>) => Promise<object>): void {
  let busy = Promise.resolve();
  process.on("message", (request: Readonly<Record<string, unknown>>) => {
    busy = busy.then(async () => {
      try {
        process.send?.(await handle(request));
      } catch (error) {
        const code = error instanceof Error && "code" in error ? String(error.code) : "";
        process.send?.({ code, message: String(error) });
      }
    });
  });
}
