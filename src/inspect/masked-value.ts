/**
 * Masked values: what an inspector gets to see of a context, an event or a machine's definition.
 *
 * A copy that is small whatever the original is: a configuration is named and not shown, a topology is counted, long lists
 * are cut, secrets are masked. The inspector of xstate itself would turn a topology of 100,000 volumes into text with
 * every snapshot, and hands a definition on past its own sanitizing.
 */
import { ConfMap } from "../conf/conf-map.ts";
import type { Plan } from "../plan/plan.ts";
import { isServedHere, type Topology } from "../topology/topology.ts";
import { phasesInWords } from "./plan-words.ts";
import { MASK, type Secrets } from "./secrets.ts";

/** Characters, about, that one context or event may come to. */
const SIZE_AT_MOST = 16_000;
const DEPTH_AT_MOST = 6;
const ITEMS_AT_MOST = 20;
const FIELDS_AT_MOST = 50;
const COMMA_AND_QUOTES = 3;
/** A definition is written by hand: what it holds is shown whole, but a circle in it must end. */
const DEFINITION_DEPTH_AT_MOST = 24;

/** Fields that hold what a person or a participant said. */
const FREE_TEXTS = new Set(["message", "reason", "text", "error"]);

/** A context, an event or a part of one, as it may be shown: plain JSON. */
export function maskedValue(value: unknown, secrets: Secrets): unknown {
  return masked(value, { secrets, depth: DEPTH_AT_MOST, free: false, room: { left: SIZE_AT_MOST } });
}

interface Masking {
  readonly secrets: Secrets;
  /** Levels that may follow. */
  readonly depth: number;
  /** Strings here are free text. */
  readonly free: boolean;
  /** Characters that may follow; of all parts of one value together. */
  readonly room: { left: number };
}

function masked(value: unknown, masking: Masking): unknown {
  const { secrets, free, room } = masking;
  room.left -= COMMA_AND_QUOTES;
  switch (typeof value) {
    case "string": {
      const text = free ? secrets.freeText(value) : secrets.text(value);
      room.left -= text.length;
      return text;
    }
    case "bigint":
    case "symbol":
      return String(value);
    case "function":
      return { type: value.name };
    case "object":
      return value === null ? null : maskedObject(value, masking);
    default:
      return value;
  }
}

function maskedObject(value: object, masking: Masking): unknown {
  const { secrets, depth } = masking;
  if (value instanceof ConfMap) return `ConfMap ${value.hash.slice(0, 12)}`;
  if (isTopology(value)) return topologyWords(value);
  if (isPlan(value)) return planOutline(value);
  // As JSON has it: null for a time that there is not, for which `toISOString` throws.
  if (value instanceof Date) return value.toJSON();
  if (value instanceof Error) return { name: value.name, message: secrets.freeText(value.message) };
  if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`;
  if (isActor(value)) return { actor: value.id };
  if (depth === 0) return "…";
  const inner = { ...masking, depth: depth - 1 };
  if (Array.isArray(value)) return cutList(value, value.length, inner);
  if (value instanceof Set) return cutList(value, value.size, inner);
  if (value instanceof Map) return maskedFields(value, value.size, inner);
  const fields = Object.entries(value);
  return maskedFields(fields, fields.length, inner);
}

function cutList(values: Iterable<unknown>, length: number, masking: Masking): readonly unknown[] {
  const list: unknown[] = [];
  for (const value of values) {
    if (list.length === ITEMS_AT_MOST || masking.room.left <= 0) return [...list, `… ${length - list.length} more`];
    list.push(masked(value, masking));
  }
  return list;
}

function maskedFields(
  fields: Iterable<readonly [unknown, unknown]>,
  length: number,
  masking: Masking,
): Record<string, unknown> {
  const copy: Record<string, unknown> = {};
  const { secrets } = masking;
  let count = 0;
  for (const [key, value] of fields) {
    if (count === FIELDS_AT_MOST || masking.room.left <= 0) {
      copy["…"] = `${length - count} more`;
      break;
    }
    count++;
    const name = secrets.text(String(key));
    masking.room.left -= name.length;
    const hidden = secrets.hides(String(key)) && value !== undefined && value !== null && typeof value !== "boolean";
    copy[name] = hidden ? MASK : masked(value, { ...masking, free: masking.free || FREE_TEXTS.has(name) });
  }
  return copy;
}

/** Topologies and plans are shown with every snapshot, and may be large. */
const words = new WeakMap<Topology, string>();
const outlines = new WeakMap<Plan, object>();

/** A topology in a line. Volumes are not counted: their lists are split only when somebody needs them. */
export function topologyWords(topology: Topology): string {
  let said = words.get(topology);
  if (said === undefined) {
    const { whoAmI, peers, groups } = topology;
    let served = 0;
    for (const group of groups) if (isServedHere(topology, group)) served++;
    said = `${groups.length} groups (${served} served by ${whoAmI}), ${peers.length} peers`;
    words.set(topology, said);
  }
  return said;
}

function planOutline(plan: Plan): object {
  let outline = outlines.get(plan);
  if (outline === undefined) {
    outline = { command: plan.command, order: plan.order, phases: phasesInWords(plan) };
    outlines.set(plan, outline);
  }
  return outline;
}

function isTopology(value: object): value is Topology {
  return "whoAmI" in value && "peers" in value && "groups" in value && Array.isArray(value.groups);
}

function isPlan(value: object): value is Plan {
  return "phases" in value && "deliveries" in value && "arrives" in value;
}

function isActor(value: object): value is { id: string } {
  return "id" in value && "sessionId" in value && "getSnapshot" in value;
}

/**
 * A machine's definition as it may be shown: the whole chart, with the functions' names, secrets masked, and a static
 * context treated like any other context.
 */
export function maskedDefinition(definition: unknown, secrets: Secrets): unknown {
  return maskedChart(definition, { secrets, depth: DEFINITION_DEPTH_AT_MOST, named: true });
}

interface ChartMasking {
  readonly secrets: Secrets;
  readonly depth: number;
  /** Fields here have names of xstate's or of the user's values, and not those of events or states. */
  readonly named: boolean;
}

function maskedChart(value: unknown, masking: ChartMasking): unknown {
  const { secrets, depth, named } = masking;
  if (typeof value !== "object" || value === null || isActor(value) || value instanceof ConfMap) {
    return maskedValue(value, secrets);
  }
  if (depth === 0) return "…";
  if (Array.isArray(value)) return value.map((item) => maskedChart(item, { ...masking, depth: depth - 1 }));
  const copy: Record<string, unknown> = {};
  for (const [name, part] of Object.entries(value)) {
    // A state or an event may be called `token`: only what stands under such a name as a value is secret.
    if (named && secrets.hides(name) && isLeaf(part)) copy[name] = MASK;
    else if (named && name === "context") copy[name] = maskedValue(part, secrets);
    else copy[name] = maskedChart(part, { secrets, depth: depth - 1, named: !named || !CHART_MAPS.has(name) });
  }
  return copy;
}

/** Fields of a chart whose own fields are states and events. */
const CHART_MAPS = new Set(["states", "on", "after"]);

function isLeaf(value: unknown): boolean {
  if (Array.isArray(value)) return value.every((item) => typeof item !== "object");
  return typeof value === "string" || typeof value === "number" || typeof value === "bigint";
}
