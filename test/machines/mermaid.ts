/**
 * The statechart as Mermaid text, drawn from the machine itself.
 *
 * Written by hand it would be wrong after the first change; a test holds the README's picture against this one.
 */
import type { AnyStateMachine, AnyStateNode } from "xstate";

/** A `stateDiagram-v2` of the machine: states, and transitions with their events and guards. */
export function mermaidOf(machine: AnyStateMachine): string {
  const lines = ["stateDiagram-v2"];
  drawState(machine.root, 1, lines);
  drawTransitions(machine.root, lines);
  return `${lines.join("\n")}\n`;
}

function idOf(node: AnyStateNode): string {
  return node.path.join("_");
}

function drawState(node: AnyStateNode, depth: number, lines: string[]): void {
  const indent = "  ".repeat(depth);
  const initial = node.initial?.target[0];
  if (initial !== undefined) lines.push(`${indent}[*] --> ${idOf(initial)}`);
  for (const child of Object.values(node.states)) {
    if (Object.keys(child.states).length === 0) {
      if (child.key !== idOf(child)) lines.push(`${indent}state "${child.key}" as ${idOf(child)}`);
      continue;
    }
    lines.push(`${indent}state ${idOf(child)} {`);
    drawState(child, depth + 1, lines);
    lines.push(`${indent}}`);
  }
}

/** Several ways from one state to another by one event are one arrow: guards are conditions, and the picture stays readable. */
function drawTransitions(node: AnyStateNode, lines: string[]): void {
  const arrows = new Map<string, Set<string>>();
  for (const [event, transitions] of node.transitions) {
    for (const transition of transitions) {
      const target = transition.target?.[0] ?? node;
      const key = `  ${idOf(node)} --> ${idOf(target)}`;
      const labels = arrows.get(key) ?? new Set();
      labels.add(event);
      arrows.set(key, labels);
    }
  }
  for (const [arrow, labels] of arrows) lines.push(`${arrow}: ${[...labels].join(", ")}`);
  for (const child of Object.values(node.states)) drawTransitions(child, lines);
}
