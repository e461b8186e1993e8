/**
 * Progress: how far a plan has been carried out, and where that leaves each participant.
 *
 * Deliveries are done one after the other, so nearly all progress is one number; what is left open within the delivery at
 * the cursor, and what was passed over on the way, are the few exceptions. Participants' states are worked out from it
 * only when somebody asks: success costs one shared reference, a failure a few states.
 */
import type { ConfMap } from "../conf/conf-map.ts";
import { toldOfKnown } from "./distance.ts";
import type { EventList } from "./event-list.ts";
import { CALLBACKS, type LifecycleEvent } from "./lifecycle-event.ts";
import {
  type AppliedEvents,
  afterEvents,
  knowsNothing,
  type ParticipantState,
  type ToldUnder,
  UNTOLD,
} from "./participant-state.ts";
import type { Delivery, Plan, PlanStart } from "./plan.ts";
import { tell, toldAll } from "./told.ts";

/** Half-open range of positions within a delivery. */
export type Range = readonly [from: number, to: number];

/** A step behind the cursor, or within the delivery at it, that did not simply take effect. */
export interface Exception {
  /** {@link Delivery.index} */
  readonly delivery: number;
  /** Position within the delivery. */
  readonly index: number;
  /** `not-applied`: it has no effect; `in-doubt`: nobody knows; `dropped`: it has no effect and shall have none. */
  readonly outcome: "not-applied" | "in-doubt" | "dropped";
  /** Attempts made so far; 0 where it was never delivered. */
  readonly attempts: number;
  /** It is announced anew, and may have taken effect since: `outcome` is that of the attempts before. */
  readonly again?: true;
}

/** How far a plan has been carried out. Immutable. */
export interface Progress {
  readonly plan: Plan;
  readonly confMap: ConfMap | undefined;
  /** Deliveries before this one are over. */
  readonly cursor: number;
  /** Of the delivery at the cursor: steps known to have taken effect; sorted, apart from each other. */
  readonly applied: readonly Range[];
  /** Of the delivery at the cursor: the batch announced last, whose unknown steps are in doubt if the process dies. */
  readonly announced: Range | undefined;
  readonly exceptions: readonly Exception[];
}

export function beginProgress(plan: Plan, confMap: ConfMap | undefined): Progress {
  return { plan, confMap, cursor: 0, applied: [], announced: undefined, exceptions: [] };
}

/** The next batch is about to be delivered: a step of it that had failed before is open again. */
export function announce(progress: Progress, delivery: number, range: Range): Progress {
  const { plan, confMap, cursor } = progress;
  const [from, to] = range;
  const isOpen = ({ delivery: at, index, outcome }: Exception): boolean =>
    at === delivery && outcome === "not-applied" && from <= index && index < to;
  const exceptions = progress.exceptions.some(isOpen)
    ? progress.exceptions.map((exception): Exception => (isOpen(exception) ? { ...exception, again: true } : exception))
    : progress.exceptions;
  const applied = cursor === delivery ? progress.applied : NO_RANGES;
  return { plan, confMap, cursor: delivery, applied, announced: range, exceptions };
}

/** Steps of a delivery have taken effect: those of them that had failed before have not. */
export function applyRanges(progress: Progress, delivery: number, ranges: readonly Range[]): Progress {
  const { plan, confMap, cursor } = progress;
  const isOver = (exception: Exception): boolean =>
    exception.delivery === delivery && inRanges(ranges, exception.index);
  const exceptions = progress.exceptions.some(isOver)
    ? progress.exceptions.filter((exception) => !isOver(exception))
    : progress.exceptions;
  const isFirst = cursor !== delivery;
  const applied = withRanges(isFirst ? NO_RANGES : progress.applied, ranges);
  // What was announced by the plan alone has no announcement of its own, and none of it is left.
  const announced = isFirst ? undefined : progress.announced;
  return { plan, confMap, cursor: delivery, applied, announced, exceptions };
}

const NO_RANGES: readonly Range[] = [];

/** Adds ranges to sorted, disjoint ones. */
export function withRanges(ranges: readonly Range[], more: readonly Range[]): readonly Range[] {
  const [first] = more;
  if (ranges.length === 0 && more.length === 1 && first !== undefined && first[0] < first[1]) return more;
  const sorted = [...ranges, ...more].filter(([from, to]) => from < to).sort((a, b) => a[0] - b[0]);
  const merged: [number, number][] = [];
  for (const [from, to] of sorted) {
    const last = merged[merged.length - 1];
    if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], to);
    else merged.push([from, to]);
  }
  return merged;
}

/** Whether the position lies in one of the ranges. */
export function inRanges(ranges: readonly Range[], index: number): boolean {
  return ranges.some(([from, to]) => from <= index && index < to);
}

/** The exception of a step, if it has one. */
export function exceptionOf(progress: Progress, delivery: number, index: number): Exception | undefined {
  return progress.exceptions.find((exception) => exception.delivery === delivery && exception.index === index);
}

/** Where every participant of the plan is now. Those that share a place share the object. */
export function statesAfter(progress: Progress): ReadonlyMap<string, ParticipantState> {
  const { plan, cursor, exceptions } = progress;
  const isWhole = exceptions.length === 0 && cursor >= plan.deliveries.length;
  return isWhole && plan.origins.length === 1 ? statesAfterAll(progress) : statesAfterEach(progress);
}

/** The ordinary case: everybody has set out from one place, and was told everything, so that all are where the first one is. */
function statesAfterAll(progress: Progress): ReadonlyMap<string, ParticipantState> {
  const { participants } = progress.plan.origins[0] as PlanStart;
  const state = stateAfter(progress, participants[0] as string) as ParticipantState;
  return new Map(participants.map((name) => [name, state]));
}

function statesAfterEach(progress: Progress): ReadonlyMap<string, ParticipantState> {
  const states = new Map<string, ParticipantState>();
  const deliveriesOf = new Map<string, Delivery[]>();
  for (const delivery of progress.plan.deliveries) {
    const own = deliveriesOf.get(delivery.participant);
    if (own === undefined) deliveriesOf.set(delivery.participant, [delivery]);
    else own.push(delivery);
  }
  for (const origin of progress.plan.origins) {
    const shared = new Map<number, ParticipantState>();
    for (const name of origin.participants) {
      states.set(name, stateOf(progress, { origin, deliveries: deliveriesOf.get(name) ?? [], shared }));
    }
  }
  return states;
}

/** Where one participant of the plan is now; undefined: it takes no part. */
export function stateAfter(progress: Progress, name: string): ParticipantState | undefined {
  const origin = progress.plan.origins.find(({ participants }) => participants.includes(name));
  if (origin === undefined) return undefined;
  const deliveries = progress.plan.deliveries.filter(({ participant }) => participant === name);
  return stateOf(progress, { origin, deliveries, shared: new Map() });
}

interface ParticipantInPlan {
  readonly origin: PlanStart;
  readonly deliveries: readonly Delivery[];
  /** By number of whole deliveries, the states of this origin's participants that have nothing of their own. */
  readonly shared: Map<number, ParticipantState>;
}

function stateOf(progress: Progress, { origin, deliveries, shared }: ParticipantInPlan): ParticipantState {
  const { cursor, applied, exceptions } = progress;
  let whole = 0;
  let alone = false;
  for (const { index } of deliveries) {
    if (index < cursor) whole++;
    if (index === cursor && applied.length > 0) alone = true;
    if (exceptions.length > 0 && exceptions.some((exception) => exception.delivery === index)) alone = true;
  }
  const known = alone ? undefined : shared.get(whole);
  if (known !== undefined) return known;
  const arrived = progress.plan.arrives && !alone && whole === deliveries.length;
  const state = arrived
    ? arrivedState(progress, origin, deliveries)
    : afterEvents(origin.state, appliedOf(progress, deliveries), underOf(progress));
  if (!alone) shared.set(whole, state);
  return state;
}

function underOf(progress: Progress): ToldUnder {
  return { confMap: progress.confMap, target: progress.plan.target };
}

/** Who has everything of the plan is settled at its target: no maps, one reference. */
function arrivedState(progress: Progress, origin: PlanStart, deliveries: readonly Delivery[]): ParticipantState {
  const { state } = origin;
  const { target } = progress.plan;
  if (deliveries.length === 0) return state;
  if (target === undefined) return UNTOLD;
  const { confMap } = progress;
  const told = knowsNothing(state.known)
    ? toldAll(confMap)
    : tell(toldOfKnown(state.known, target), confMap, touchedBy(deliveries, progress.plan));
  return {
    up: true,
    quiesced: false,
    known: { kind: "settled", topology: target, told },
    lastConfMap: confMap ?? state.lastConfMap,
  };
}

/** The subjects that the deliveries tell of and that the target still has. */
function touchedBy(deliveries: readonly Delivery[], plan: Plan): { groups: Set<string>; volumes: Set<string> } {
  const groups = new Set<string>();
  const volumes = new Set<string>();
  const leaving = new Set<string>();
  for (const { callback, events } of deliveries) {
    if (callback !== "VolumeDestroyed" && callback !== "VolumeGroupDestroyed") continue;
    const kind = CALLBACKS[callback].subject;
    for (let i = 0; i < events.length; i++) leaving.add(`${kind} ${events.subject(i)}`);
  }
  for (const { callback, events } of deliveries) {
    const kind = CALLBACKS[callback].subject;
    if (kind === "none") continue;
    const touched = kind === "volume" ? volumes : groups;
    for (let i = 0; i < events.length; i++) {
      const subject = events.subject(i);
      if (!leaving.has(`${kind} ${subject}`)) touched.add(subject);
    }
  }
  return plan.target === undefined ? { groups: new Set(), volumes: new Set() } : { groups, volumes };
}

/** What took effect, delivery by delivery. */
function* appliedOf(progress: Progress, deliveries: readonly Delivery[]): IterableIterator<AppliedEvents> {
  for (const delivery of deliveries) {
    if (delivery.index > progress.cursor) return;
    const passedOver = new Set(
      progress.exceptions
        .filter((exception) => exception.delivery === delivery.index)
        .map((exception) => exception.index),
    );
    const ranges: readonly Range[] =
      delivery.index < progress.cursor ? [[0, delivery.events.length]] : progress.applied;
    const events = [...eventsIn(delivery.events, ranges, passedOver)];
    if (events.length > 0) yield { callback: delivery.callback, events };
  }
}

function* eventsIn(
  events: EventList,
  ranges: readonly Range[],
  passedOver: ReadonlySet<number>,
): IterableIterator<LifecycleEvent> {
  for (const [from, to] of ranges) {
    for (let i = from; i < to; i++) if (!passedOver.has(i)) yield events.at(i);
  }
}
