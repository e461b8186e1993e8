/**
 * Actors: the lifecycle as an inspector is told of it, folded from the messages of the inspection stream.
 *
 * A message says that there is an actor, that something was said to it, or how it is now; the form is that of
 * @statelyai/inspect.
 */
import type { Tone } from "./words.ts";

export interface Actor {
  readonly id: string;
  readonly name: string;
  readonly parent: string | undefined;
  /** In words, such as `up, being told`. */
  readonly state: string;
  readonly tone: Tone;
  /** Over: it is there to be looked back at. */
  readonly over: boolean;
  /** Steps told and to tell, where it has any. */
  readonly headway: { readonly told: number; readonly total: number; readonly failed: number } | undefined;
  /** The last that it heard, with when, in milliseconds since the epoch. */
  readonly heard: { readonly event: string; readonly at: number } | undefined;
}

export type Actors = ReadonlyMap<string, Actor>;

interface Snapshot {
  readonly status?: string;
  readonly value?: unknown;
  readonly context?: { readonly told?: number; readonly total?: number; readonly failed?: number };
}

export interface Message {
  readonly type: string;
  readonly sessionId: string;
  readonly name?: string;
  readonly parentId?: string;
  readonly snapshot?: Snapshot;
  readonly event?: { readonly type: string };
  readonly createdAt?: string;
}

/** The actors after a message. */
export function afterMessage(actors: Actors, message: Message): Actors {
  const { type, sessionId, snapshot = {} } = message;
  const before = actors.get(sessionId);
  if (type === "@xstate.actor") {
    const named = { id: sessionId, name: message.name ?? sessionId, parent: message.parentId };
    return new Map(actors).set(sessionId, { ...named, ...shown(snapshot), heard: undefined });
  }
  if (before === undefined) return actors;
  if (type !== "@xstate.event") return new Map(actors).set(sessionId, { ...before, ...shown(snapshot) });
  const heard = { event: message.event?.type ?? "", at: Number(message.createdAt) };
  return new Map(actors).set(sessionId, { ...before, heard });
}

function shown({ status, value, context = {} }: Snapshot): Pick<Actor, "state" | "tone" | "over" | "headway"> {
  const { told = 0, total = 0, failed = 0 } = context;
  const state = stateWords(value);
  const headway = total > 0 ? { told, total, failed } : undefined;
  return { state: said(state), tone: toneOf(state), over: status !== undefined && status !== "active", headway };
}

/** `{ up: "beingTold" }` is `up, beingTold`; what rests or runs within a state is not worth a word. */
function stateWords(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value ?? "");
  const words = Object.entries(value).map(([outer, inner]) => {
    const word = stateWords(inner);
    return word === "" || word === "idle" || word === "running" ? outer : `${outer}, ${word}`;
  });
  return words.join(", ");
}

const SAID: Readonly<Record<string, string>> = { beingTold: "being told", cutOff: "cut off" };

function said(state: string): string {
  return state.replace(/beingTold|cutOff/g, (word) => SAID[word] ?? word);
}

const TONES: readonly (readonly [Tone, RegExp])[] = [
  ["bad", /\b(?:failed|held|left|cutOff)\b/],
  ["going", /\b(?:running|signaling|finishing|planning|beingTold)\b/],
  ["wait", /\b(?:paused|quiesced)\b/],
  ["good", /\b(?:up|finished|done)\b/],
];

function toneOf(state: string): Tone {
  return TONES.find(([, words]) => words.test(state))?.[0] ?? "plain";
}

/** Those within one: the transition that began last, then all others in the order in which they came, then a few before it. */
export function within(actors: Actors, parent: string): readonly Actor[] {
  const children = [...actors.values()].filter((actor) => actor.parent === parent);
  const [latest, ...earlier] = children.filter(isTransition).reverse();
  const others = children.filter((child) => !isTransition(child));
  return [...(latest === undefined ? [] : [latest]), ...others, ...earlier.slice(0, EARLIER_AT_MOST)];
}

/** Whether a later transition has begun: then its phases are not worth their room. */
export function isEarlier(actors: Actors, actor: Actor): boolean {
  if (!isTransition(actor)) return false;
  return [...actors.values()].findLast((each) => each.parent === actor.parent && isTransition(each))?.id !== actor.id;
}

function isTransition({ name }: Actor): boolean {
  return / /.test(name) && !/[↑↓]$/.test(name);
}

const EARLIER_AT_MOST = 4;
