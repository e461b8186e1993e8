/**
 * The statechart as an SVG, laid out by ELK from the machine itself.
 *
 * The console shows it with the present state marked. A layout engine is larger than the whole page, so the drawing is made
 * here, once, and a test says when it is not the machine's any more.
 */
import type { ELK, ElkEdgeSection, ElkExtendedEdge, ElkLabel, ElkNode, ElkPoint } from "elkjs";
import ElkModule from "elkjs/lib/elk.bundled.js";
import type { AnyStateMachine, AnyStateNode } from "xstate";

// The package's default export is the class itself in ESM, and a module around it in its declarations.
const Elk = ElkModule as unknown as new () => ELK;

/**
 * Ways that are taken when there is nothing to tell before the closing phase, or nothing at all. They would double the
 * arrows of the picture and say nothing about how a lifecycle goes.
 */
const SHORTCUTS = new Set([
  "isOverAtOnceDown",
  "isOverAtOnce",
  "beginsWithClosing",
  "planIsEmptyDown",
  "planIsEmpty",
  "planBeginsWithClosing",
  "wasClosing",
]);

const LAYOUT = {
  "elk.algorithm": "layered",
  "elk.direction": "DOWN",
  // No arrow goes into a state from outside of it, so that each can have a direction of its own.
  "elk.hierarchyHandling": "SEPARATE_CHILDREN",
  "elk.layered.cycleBreaking.strategy": "MODEL_ORDER",
  "elk.edgeRouting": "ORTHOGONAL",
  "elk.edgeLabels.placement": "CENTER",
  "elk.layered.spacing.nodeNodeBetweenLayers": "34",
  "elk.layered.spacing.edgeNodeBetweenLayers": "14",
  "elk.spacing.nodeNode": "24",
  "elk.spacing.edgeNode": "16",
  "elk.spacing.edgeEdge": "14",
  "elk.spacing.edgeLabel": "4",
  "elk.layered.nodePlacement.strategy": "NETWORK_SIMPLEX",
  "elk.layered.considerModelOrder.strategy": "NODES_AND_EDGES",
  "elk.padding": "[top=8,left=8,bottom=8,right=8]",
};

const INNER_LAYOUT = {
  "elk.direction": "RIGHT",
  "elk.padding": "[top=36,left=14,bottom=14,right=14]",
  "elk.layered.spacing.nodeNodeBetweenLayers": "14",
};

interface Arrow {
  readonly from: string;
  readonly to: string;
  readonly labels: readonly string[];
}

/** The drawing. The same machine gives the same text. */
export async function statechartSvg(machine: AnyStateMachine): Promise<string> {
  const root = elkNode(machine.root, []);
  const arrows = arrowsOf(machine.root);
  const laidOut = await new Elk().layout({ ...root, layoutOptions: LAYOUT, edges: arrows.map(elkEdge) });
  const places = new Map<string, ElkPoint>();
  placeNodes(laidOut, { x: 0, y: 0 }, places);
  const { width = 0, height = 0 } = laidOut;
  const body = [
    ...(laidOut.edges ?? []).map((edge, index) => drawnArrow(edge, arrows[index] as Arrow, places)),
    ...(laidOut.children ?? []).map((node) => drawnState(node, places)),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" class="statechart" viewBox="0 0 ${round(width)} ${round(height)}" width="${round(width)}" height="${round(height)}" font-family="system-ui, sans-serif" font-size="15" role="img" aria-label="The states of the lifecycle">
<defs><marker id="arrowhead" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse"><path class="arrowhead" d="M0 0.5 8 4 0 7.5z" fill="currentColor"/></marker></defs>
${body.join("\n")}
</svg>
`;
}

function idOf(node: AnyStateNode): string {
  return node.path.join(".");
}

function elkNode(node: AnyStateNode, path: readonly string[]): ElkNode {
  const children = Object.values(node.states).map((child) => elkNode(child, [...path, child.key]));
  const id = path.join(".") || "lifecycle";
  if (path.length === 0) return { id, children };
  if (children.length === 0) return { id, width: node.key.length * 8 + 32, height: path.length > 1 ? 30 : 40 };
  return { id, children, layoutOptions: { ...LAYOUT, ...INNER_LAYOUT } };
}

/** Arrows from one state to another, the events of the same way together; what leads back to the same state is left out. */
function arrowsOf(node: AnyStateNode): readonly Arrow[] {
  const ways = new Map<string, { from: string; to: string; labels: Set<string> }>();
  for (const transitions of node.transitions.values()) {
    for (const { eventType, guard, target } of transitions) {
      const [from, to] = [idOf(node), target?.[0] && idOf(target[0])];
      if (to === undefined || to === from || SHORTCUTS.has(String(guard))) continue;
      const way = ways.get(to) ?? { from, to, labels: new Set() };
      way.labels.add(eventType.toLowerCase().replaceAll("_", " "));
      ways.set(to, way);
    }
  }
  const own = [...ways.values()].map(({ from, to, labels }) => ({ from, to, labels: [...labels] }));
  return [...own, ...Object.values(node.states).flatMap(arrowsOf)];
}

function elkEdge({ from, to, labels }: Arrow): ElkExtendedEdge {
  const lines = labelLines(labels);
  const width = Math.max(...lines.map((line) => line.length)) * 7 + 8;
  return {
    id: `${from} ${to}`,
    sources: [from],
    targets: [to],
    labels: [{ text: lines.join("\n"), width, height: lines.length * 16 }],
  };
}

/** Two events a line, so that what leaves `failed` does not make the picture wide. */
function labelLines(labels: readonly string[]): readonly string[] {
  const lines: string[] = [];
  for (let index = 0; index < labels.length; index += 1) lines.push(labels.slice(index, index + 1).join(", "));
  return lines;
}

/** ELK gives places relative to the containing node. */
function placeNodes(node: ElkNode, origin: ElkPoint, places: Map<string, ElkPoint>): void {
  const place = { x: origin.x + (node.x ?? 0), y: origin.y + (node.y ?? 0) };
  places.set(node.id, place);
  for (const child of node.children ?? []) placeNodes(child, place, places);
}

function drawnState(node: ElkNode, places: ReadonlyMap<string, ElkPoint>): string {
  const { x, y } = places.get(node.id) as ElkPoint;
  const { width = 0, height = 0, children = [] } = node;
  const name = node.id.split(".").at(-1) ?? "";
  const box = `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" rx="${children.length > 0 ? 10 : 8}" fill="none" stroke="currentColor"/>`;
  const text =
    children.length > 0
      ? `<text x="${round(x + 14)}" y="${round(y + 23)}" fill="currentColor">${name}</text>`
      : `<text x="${round(x + width / 2)}" y="${round(y + height / 2 + 5)}" text-anchor="middle" fill="currentColor">${name}</text>`;
  const inner = children.map((child) => drawnState(child, places)).join("\n");
  const kind = node.id.includes(".") ? "state inner" : "state";
  return `<g class="${kind}" data-state="${node.id}">${box}${text}${inner === "" ? "" : `\n${inner}\n`}</g>`;
}

function drawnArrow(edge: ElkExtendedEdge, { from, to }: Arrow, places: ReadonlyMap<string, ElkPoint>): string {
  const origin = originOf(edge, places);
  const path = (edge.sections ?? []).map((section) => pathOf(section, origin)).join(" ");
  const labels = (edge.labels ?? []).map((label) => drawnLabel(label, origin)).join("");
  return `<g class="arrow" data-from="${from}" data-to="${to}"><path d="${path}" fill="none" stroke="currentColor" marker-end="url(#arrowhead)"/>${labels}</g>`;
}

/** An edge's places are relative to the node that ELK says contains it. */
function originOf(edge: ElkExtendedEdge, places: ReadonlyMap<string, ElkPoint>): ElkPoint {
  const { container } = edge as ElkExtendedEdge & { readonly container?: string };
  return places.get(container ?? "lifecycle") ?? { x: 0, y: 0 };
}

/** A line with rounded corners. */
function pathOf({ startPoint, bendPoints = [], endPoint }: ElkEdgeSection, { x, y }: ElkPoint): string {
  const points = [startPoint, ...bendPoints, endPoint].map((point) => ({ x: point.x + x, y: point.y + y }));
  const parts = points.map((point, index) => {
    if (index === 0) return `M${at(point)}`;
    const next = points[index + 1];
    if (next === undefined) return `L${at(point)}`;
    const before = points[index - 1] as ElkPoint;
    return `L${at(towards(point, before))} Q${at(point)} ${at(towards(point, next))}`;
  });
  return parts.join(" ");
}

function towards(from: ElkPoint, to: ElkPoint): ElkPoint {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  const part = length === 0 ? 0 : Math.min(6, length / 2) / length;
  return { x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part };
}

function drawnLabel({ text = "", x = 0, y = 0, width = 0 }: ElkLabel, origin: ElkPoint): string {
  const lines = text.split("\n");
  return lines
    .map(
      (line, index) =>
        `<text x="${round(origin.x + x + width / 2)}" y="${round(origin.y + y + 12.5 + index * 16)}" font-size="13.5" text-anchor="middle" fill="currentColor">${line}</text>`,
    )
    .join("");
}

function at({ x, y }: ElkPoint): string {
  return `${round(x)} ${round(y)}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
