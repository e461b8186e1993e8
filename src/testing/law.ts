/**
 * Law: one thing that every trace of a transition must keep, with a name and a sentence.
 *
 * A law looks at a prepared view of the trace and returns what breaks it, and where. Laws overlap on purpose: a
 * volume served before it was created breaks the order of the phases and a participant's assumption, and whoever has to
 * mend it is helped by whichever sentence says it best.
 */
import type { TraceView } from "./trace-view.ts";

export interface Law {
  /** Kebab-case, as it stands in a violation. */
  readonly name: string;
  /** What must hold, in one sentence. */
  readonly says: string;
  readonly check: (view: TraceView) => Iterable<Finding>;
}

/** What breaks a law. */
export interface Finding {
  /** One sentence that a person understands. */
  readonly message: string;
  /** Position in the trace; the trace's length for something that is missing at its end. */
  readonly index: number;
}
