/**
 * A plan as JSON: the documented shape of `signaled plan --json`, and what the control socket answers.
 */
import { z } from "zod";
import type { LifecycleEvent } from "../plan/lifecycle-event.ts";
import type { Plan } from "../plan/plan.ts";

/** An event of a newer program may have more. */
const eventSchema = z.looseObject({ type: z.string() }) as unknown as z.ZodType<LifecycleEvent>;

export const planJsonSchema = z.object({
  order: z.string(),
  command: z.string(),
  hash: z.string(),
  phases: z.array(
    z.object({
      callback: z.string(),
      direction: z.string(),
      events: z.array(eventSchema),
      participants: z.array(z.string()),
    }),
  ),
});

export type PlanJson = z.infer<typeof planJsonSchema>;

export function planJson({ order, command, hash, phases }: Plan): PlanJson {
  return { order, command, hash, phases: phases.map((phase) => phaseJson(phase, phase.events)) };
}

/** A phase with some of its events. */
export function phaseJson(
  { callback, direction, participants }: Plan["phases"][number],
  events: readonly LifecycleEvent[],
): PlanJson["phases"][number] {
  return { callback, direction, events: [...events], participants: [...participants] };
}
