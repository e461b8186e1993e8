/**
 * A plan as people read it: a table, or a Mermaid diagram.
 */
import type { LifecycleEvent } from "../plan/lifecycle-event.ts";
import type { Phase, Plan } from "../plan/plan.ts";
import type { PlanJson } from "../service/plan-json.ts";
import { alignColumns, type Terminal } from "./terminal.ts";

/** Why an event is in a plan, in one line; by event. */
export type Reasons = (event: LifecycleEvent) => string | undefined;

/**
 * One line per event, in dispatch order: the phase on its first line, and who is told, in the order in which they are. A
 * reason stands below the events that it is the reason of.
 */
export function planTable(plan: PlanJson, terminal: Terminal, reasons: Reasons = () => undefined): readonly string[] {
  const rows: string[][] = [];
  for (const { callback, direction, events, participants } of plan.phases) {
    events.forEach((event, i) => {
      const phase = i === 0 ? terminal.bold(`${callback} ${direction === "reverse" ? "↓" : "↑"}`) : "";
      rows.push([phase, subjectText(event), i === 0 ? participants.join(" ") : terminal.dim('"')]);
      const next = events[i + 1];
      const reason = reasons(event);
      if (reason !== undefined && (next === undefined || reasons(next) !== reason)) {
        rows.push(["", terminal.dim(`  ${reason}`)]);
      }
    });
  }
  return alignColumns(rows, 3);
}

/** The event's arguments, without names where they speak for themselves. */
export function subjectText(event: LifecycleEvent): string {
  if ("activePeer" in event) {
    const peer = event.activePeer === "" ? "served by nobody" : `on ${event.activePeer}`;
    return [event.volumeGroupName, peer, event.virtualIPAddr].filter((part) => part !== "").join(" ");
  }
  if ("volumeName" in event && "volumeGroupName" in event) return `${event.volumeName} in ${event.volumeGroupName}`;
  if ("volumeName" in event) return event.volumeName;
  return "volumeGroupName" in event ? event.volumeGroupName : "";
}

/** A sequence diagram: who is told what, from top to bottom. https://mermaid.js.org/syntax/sequenceDiagram.html */
export function planMermaid(plan: Plan): readonly string[] {
  const ids = new Map(plan.participants.map(({ name }, i) => [name, `p${i}`]));
  const lines = ["sequenceDiagram", "  participant s as signaled"];
  for (const [name, id] of ids) lines.push(`  participant ${id} as ${mermaidText(name)}`);
  for (const phase of plan.phases) lines.push(...phaseLines(phase, ids));
  return lines;
}

function phaseLines(phase: Phase, ids: ReadonlyMap<string, string>): readonly string[] {
  return phase.participants.flatMap((participant) =>
    phase.events.map(
      (event) => `  s->>${ids.get(participant)}: ${mermaidText(`${event.type} ${subjectText(event)}`.trim())}`,
    ),
  );
}

/** Mermaid ends a text at `;` and `#` and knows character codes in their place. */
function mermaidText(text: string): string {
  return text.replace(/[#;<>&]/g, (character) => `#${character.codePointAt(0)};`);
}
