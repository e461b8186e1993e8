/**
 * The options of an instance as they are checked: a typo in one would show itself in the middle of a transition.
 */
import { z } from "zod";
import { TransitionError } from "../error.ts";
import { ORDERS, type OrderName } from "../plan/order.ts";

/** Timers know no more milliseconds than these, about 24 days; what is longer would end at once. */
const TIMER_AT_MOST = 2 ** 31 - 1;

export const millisecondsSchema = z.number().positive().max(TIMER_AT_MOST);

const retrySchema = z.lazy(() =>
  z.strictObject({
    retries: z.number().int().min(0),
    minTimeout: millisecondsSchema.optional(),
    maxTimeout: millisecondsSchema.optional(),
    // biome-ignore lint/suspicious/noThenProperty: "retry, then hold" is what it says.
    then: z.enum(["hold", "rollback"]).optional(),
  }),
);

export const policySchema = z.lazy(() => z.union([z.enum(["hold", "rollback"]), retrySchema]));

const optionsSchema = z.lazy(() =>
  z.strictObject({
    order: z.enum(Object.keys(ORDERS) as [OrderName]).optional(),
    journal: withMethods("a journal, such as sqliteJournal(path) gives", ["open", "read", "close"]).optional(),
    takeover: z.boolean().optional(),
    log: withMethods("a log", ["debug", "info", "warn", "error"]).optional(),
    logger: z
      .custom((value) => typeof value === "object" && value !== null, "must be an object with callbacks")
      .optional(),
    deadline: millisecondsSchema.optional(),
    policy: policySchema.optional(),
    inspect: z.custom(isObserver, "must be a function, or an observer with next").optional(),
    secrets: z.array(z.union([z.string(), z.instanceof(RegExp)])).optional(),
    clock: withMethods("a clock", ["now", "wall", "setTimeout", "clearTimeout"]).optional(),
    streamId: z.string().min(1).optional(),
  }),
);

/** @throws TransitionError USAGE */
export function checkInstanceOptions(options: object): void {
  const checked = optionsSchema.safeParse(options);
  if (checked.success) return;
  throw new TransitionError(
    "USAGE",
    `the options of createTransitions are not right: ${z.prettifyError(checked.error)}`,
  );
}

function withMethods(what: string, methods: readonly string[]): z.ZodType {
  const has = (value: unknown, method: string): boolean =>
    typeof (value as Readonly<Record<string, unknown>> | null | undefined)?.[method] === "function";
  return z.custom((value) => methods.every((method) => has(value, method)), `must be ${what}: ${methods.join(", ")}`);
}

function isObserver(value: unknown): boolean {
  return typeof value === "function" || (typeof value === "object" && value !== null);
}
