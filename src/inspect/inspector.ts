/**
 * The inspector: whoever watches a lifecycle through xstate's inspection, such as Stately's.
 *
 * It may look, and nothing else: what it throws would stop the machine before its transition, and is swallowed here.
 */
import type { InspectionEvent, Observer } from "xstate";

/** What xstate's inspection accepts. */
export type Inspect = Observer<InspectionEvent> | ((event: InspectionEvent) => void);

/** Tells an inspector, whatever it makes of it. */
export function harmless(inspect: Inspect): (event: InspectionEvent) => void {
  return (event) => {
    try {
      if (typeof inspect === "function") inspect(event);
      else inspect.next?.(event);
    } catch {
      // What went wrong in an inspector is no business of the lifecycle.
    }
  };
}
