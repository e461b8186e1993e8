/**
 * Ordering laws: whether a recorded trace of a transition is what the contract promises, and if not, why.
 *
 * A trace is judged by as much as is known: alone, by order and direction; with the registration order, also by who comes
 * when; with the configurations before and after, by every single event.
 */
import type { OrderName } from "../plan/order.ts";
import { COMPLETENESS_LAWS } from "./completeness-laws.ts";
import type { Law } from "./law.ts";
import { PHASE_LAWS } from "./phase-laws.ts";
import { SUBJECT_LAWS } from "./subject-laws.ts";
import { type Delivery, eventText, type Trace } from "./trace.ts";
import { type LawOptions, viewOf } from "./trace-view.ts";

/** One way in which a trace breaks the contract. */
export interface Violation {
  /** Name of the law, of {@link ORDERING_LAWS}. */
  readonly law: string;
  /** One sentence. */
  readonly message: string;
  /** Position in the trace; its length for something that is missing at the end. */
  readonly index: number;
}

/** Every law, with its name and what it says. */
export const ORDERING_LAWS: readonly Pick<Law, "name" | "says">[] = [
  ...PHASE_LAWS,
  ...SUBJECT_LAWS,
  ...COMPLETENESS_LAWS,
].map(({ name, says }) => ({ name, says }));

/** Every way in which the trace of one transition breaks the contract, in the order of the trace; empty: none. */
export function orderingLaws(trace: Trace, order: OrderName, options: LawOptions = {}): readonly Violation[] {
  const view = viewOf(trace, order, options);
  const violations: Violation[] = [];
  for (const { name, check } of [...PHASE_LAWS, ...SUBJECT_LAWS, ...COMPLETENESS_LAWS]) {
    for (const { message, index } of check(view)) violations.push({ law: name, message, index });
  }
  return violations.sort((a, b) => a.index - b.index);
}

/** The violations as a text for people, each with the deliveries around it; empty when there are none. */
export function explainViolations(violations: readonly Violation[], trace: Trace = []): string {
  if (violations.length === 0) return "";
  const count = violations.length === 1 ? "1 violation" : `${violations.length} violations`;
  const paragraphs = violations.map(({ law, message, index }) => {
    const lines = [`${law}: ${message}`];
    for (let i = Math.max(0, index - 2); i < Math.min(trace.length, index + 2); i++) {
      const { participant, event } = trace[i] as Delivery;
      lines.push(`  ${i === index ? ">" : " "} ${i} ${participant} ${eventText(event)}`);
    }
    return lines.join("\n");
  });
  return `${count} of the ordering laws:\n\n${paragraphs.join("\n\n")}\n`;
}
