/**
 * The settings of an instance, with every default filled in.
 */
import type { Inspect } from "../inspect/inspector.ts";
import type { Journal } from "../journal/journal.ts";
import type { OrderName } from "../plan/order.ts";
import type { Clock } from "./clock.ts";
import type { Log } from "./log.ts";
import type { FailurePolicy } from "./participant.ts";

export interface DriverSettings {
  readonly order: OrderName;
  readonly journal: Journal;
  readonly takeover: boolean;
  readonly clock: Clock;
  readonly log: Log;
  /** Milliseconds. */
  readonly deadline: number;
  readonly policy: FailurePolicy;
  readonly inspect: Inspect | undefined;
  /** Begins transition ids; a test passes a fixed one. */
  readonly streamId: string | undefined;
}
