/**
 * The reasons of a plan's events, as lines of text.
 */
import type { ConfMap } from "../conf/conf-map.ts";
import type { Plan } from "../plan/plan.ts";
import type { Reasons } from "./plan-text.ts";

/** The one place where the command line asks for explanations. */
export function reasonsOf(_plan: Plan, _from: ConfMap | undefined, _to: ConfMap | undefined): Reasons {
  return () => undefined;
}
