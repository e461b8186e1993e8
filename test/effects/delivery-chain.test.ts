/**
 * A chain of deliveries: whether its rounds end at once or later, they are carried out one after the other, and whatever stops
 * it is what it gives.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { BatchListener, BatchOutcome } from "../../src/effects/batch-request.ts";
import { DeliveryChain } from "../../src/effects/delivery-chain.ts";
import type { Round } from "../../src/effects/dispatched-batch.ts";

/** How each round goes: it ends at once or later, or the batch crashes; what is made of its end. */
type Course = {
  readonly ends: "at once" | "later" | "crashes";
  readonly leads: "goes on" | "stops" | "throws";
};

const courses = fc.array(
  fc.record<Course>({
    ends: fc.constantFrom("at once", "later", "later", "at once", "crashes"),
    leads: fc.constantFrom("goes on", "goes on", "goes on", "goes on", "stops", "throws"),
  }),
  { maxLength: 12 },
);

/** What a function that awaits each would do. */
function expected(all: readonly Course[]): readonly string[] {
  const log: string[] = [];
  for (const [i, { ends, leads }] of all.entries()) {
    log.push(`run ${i}`);
    if (ends === "crashes") return [...log, `fails: crash ${i}`];
    log.push(`conclude ${i}`);
    if (leads === "throws") return [...log, `fails: conclusion ${i}`];
    if (leads === "stops") return [...log, `gives ${i}`];
  }
  return [...log, "gives undefined"];
}

async function logOf(all: readonly Course[]): Promise<readonly string[]> {
  const log: string[] = [];
  let at = 0;
  const chain = new DeliveryChain<number>({
    next: () => (at < all.length ? ({ range: [at, at] } as unknown as Round) : undefined),
    run(_, listener: BatchListener) {
      log.push(`run ${at}`);
      const { ends } = all[at] as Course;
      const index = at;
      const outcome: BatchOutcome = { applied: [[index, index + 1]], failures: [] };
      if (ends === "at once") return outcome;
      setImmediate(() => (ends === "later" ? listener.ended(outcome) : listener.crashed(new Error(`crash ${index}`))));
      return undefined;
    },
    conclude({ range }, { applied }) {
      expect(applied).toEqual([[range[0], range[0] + 1]]);
      log.push(`conclude ${range[0]}`);
      const { leads } = all[at++] as Course;
      if (leads === "throws") throw new Error(`conclusion ${range[0]}`);
      return leads === "stops" ? range[0] : undefined;
    },
  });
  try {
    log.push(`gives ${await chain.run()}`);
  } catch (error) {
    log.push(`fails: ${(error as Error).message}`);
  }
  return log;
}

test("it does what awaiting each round would do", async () => {
  await fc.assert(
    fc.asyncProperty(courses, async (all) => {
      expect(await logOf(all)).toEqual(expected(all));
    }),
    { numRuns: 500 },
  );
});

test("where nobody has to wait, it gives no promise", () => {
  let left = 3;
  const chain = new DeliveryChain<string>({
    next: () => (left-- > 0 ? ({} as Round) : undefined),
    run: () => ({ applied: [], failures: [] }),
    conclude: () => undefined,
  });
  expect(chain.run()).toBeUndefined();
});
