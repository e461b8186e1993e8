/**
 * TraceView: a trace prepared for the laws, with everything that is known beside it.
 *
 * What is stated, what can be read off the trace and what the contract then asks for are put together once here, so that a
 * law is a few lines about one thing.
 */
import { type CallbackName, CONTRACT_CALLBACKS, type LifecycleEvent } from "../plan/lifecycle-event.ts";
import { type Command, type Direction, type OrderName, rowsOf } from "../plan/order.ts";
import {
  type ContractEvents,
  callbacksOf,
  contractEvents,
  nameOf,
  type TracedParticipant,
  UNTOLD_STANDING,
} from "./contract-model.ts";
import { type Standing, standingAt } from "./standing.ts";
import { strictParticipant } from "./strict-participant.ts";
import type { TopologyLike } from "./topology-like.ts";
import { type DeliveryOutcome, eventText, type Trace } from "./trace.ts";

/** What is known beside the trace. The more there is, the more is checked. */
export interface LawOptions {
  /** In registration order. Default: as read off the trace, so that only disagreement between phases shows. */
  readonly participants?: readonly TracedParticipant[] | undefined;
  /** Default: as Up and Down in the trace tell. */
  readonly command?: Command | undefined;
  /**
   * Where everyone is at the start, idle; or each participant's own standing, after a failure. `up` begins with nothing
   * where this is a topology or left out.
   */
  readonly from?: TopologyLike | ReadonlyMap<string, Standing> | undefined;
  /** Where up and signaled go. */
  readonly to?: TopologyLike | undefined;
  /** A failed transition stops anywhere, and owes nothing from there on. Default `finished`. */
  readonly ended?: "finished" | "failed" | undefined;
  /** `any` where the trace does not keep the order of subjects within one callback of one participant. Default `kept`. */
  readonly subjects?: "kept" | "any" | undefined;
}

/** A trace prepared for the laws. */
export interface TraceView {
  readonly order: OrderName;
  readonly command: Command;
  /** What was delivered, without repeated attempts and without redelivered steps. */
  readonly told: readonly Told[];
  /** Steps redelivered, which were first delivered before the trace begins. */
  readonly redelivered: readonly Told[];
  /** By row of the order table, in the table's order; rows without deliveries are left out. */
  readonly phases: readonly TracedPhase[];
  /** In registration order. */
  readonly participants: readonly TracedParticipant[];
  /** Where each participant stands when the transition's own steps begin, where that is known. */
  readonly standings: ReadonlyMap<string, Standing> | undefined;
  /** Whether all begin at one place, idle, as in an ordinary transition. */
  readonly ordinary: boolean;
  /** What each participant is to be told, where both ends are known. */
  readonly expected: ReadonlyMap<string, ContractEvents> | undefined;
  readonly whoAmI: string | undefined;
  /** Whether the transition came to its end; a failed one stops anywhere. */
  readonly finished: boolean;
  /** Whether the trace keeps the order of subjects within a group. */
  readonly subjectsInOrder: boolean;
}

/** A delivery with its places. */
export interface Told {
  readonly participant: string;
  readonly event: LifecycleEvent;
  /** Position in the trace. */
  readonly index: number;
  /** Position of its callback in the order table; -1: it does not belong there. */
  readonly row: number;
  /** Of the last attempt. */
  readonly outcome: DeliveryOutcome | undefined;
}

export interface TracedPhase {
  readonly row: number;
  readonly callback: CallbackName;
  readonly direction: Direction;
  readonly told: readonly Told[];
}

/** The view of one transition's trace. */
export function viewOf(trace: Trace, order: OrderName, options: LawOptions): TraceView {
  const command = options.command ?? commandOf(trace);
  const { told, redelivered } = deliveriesOf(
    trace,
    rowsOf(order, command).map(({ callback }) => callback),
  );
  const phases = phasesOf(told, order, command);
  const participants = options.participants ?? registrationIn(phases);
  const to = command === "down" ? undefined : options.to;
  const standings = standingsOf(command, options, participants.map(nameOf));
  if (standings !== undefined) settleDoubts(standings, redelivered);
  const from = options.from;
  return {
    order,
    command,
    told,
    redelivered,
    phases,
    participants,
    standings,
    ordinary: !isEach(from),
    expected:
      standings === undefined || (to === undefined && command !== "down") ? undefined : expectedOf(standings, to),
    whoAmI: to?.whoAmI ?? (from === undefined || isEach(from) ? undefined : from.whoAmI),
    finished: options.ended !== "failed",
    subjectsInOrder: options.subjects !== "any",
  };
}

function commandOf(trace: Trace): Command {
  if (trace.some(({ event }) => event.type === "Up")) return "up";
  return trace.some(({ event }) => event.type === "Down") ? "down" : "signaled";
}

/**
 * Repeated attempts are one delivery. What belongs to another transition than the last delivery, or was attempted before
 * the trace begins, was in doubt before.
 */
function deliveriesOf(trace: Trace, callbacks: readonly string[]): Pick<TraceView, "told" | "redelivered"> {
  const current = trace.at(-1)?.transitionId;
  const told: Told[] = [];
  const redelivered: Told[] = [];
  const byKey = new Map<string, { outcome: DeliveryOutcome | undefined }>();
  trace.forEach(({ participant, event, idempotencyKey, transitionId, outcome, attempt = 1 }, index) => {
    const again = attempt > 1 && idempotencyKey !== undefined;
    const before = again ? byKey.get(idempotencyKey) : undefined;
    if (before !== undefined) {
      before.outcome = outcome;
      return;
    }
    const each = { participant, event, index, row: callbacks.indexOf(event.type), outcome };
    if (idempotencyKey !== undefined) byKey.set(idempotencyKey, each);
    if (transitionId === current && !again) told.push(each);
    else redelivered.push(each);
  });
  return { told, redelivered };
}

function phasesOf(told: readonly Told[], order: OrderName, command: Command): readonly TracedPhase[] {
  const byRow = groupedBy(told, ({ row }) => row);
  return rowsOf(order, command).flatMap(({ callback, direction }, row) => {
    const own = byRow.get(row);
    return own === undefined ? [] : [{ row, callback, direction, told: own }];
  });
}

/** The registration order as the phase with the most participants shows it. */
function registrationIn(phases: readonly TracedPhase[]): readonly string[] {
  let best: readonly string[] = [];
  const everyone = new Set<string>();
  for (const { direction, told } of phases) {
    const names = [...new Set(told.map(({ participant }) => participant))];
    for (const name of names) everyone.add(name);
    if (names.length > best.length) best = direction === "reverse" ? names.reverse() : names;
  }
  return [...new Set([...best, ...everyone])];
}

function isEach(from: LawOptions["from"]): from is ReadonlyMap<string, Standing> {
  return from instanceof Map;
}

function standingsOf(
  command: Command,
  { from }: LawOptions,
  names: readonly string[],
): Map<string, Standing> | undefined {
  if (isEach(from)) return new Map(names.map((name) => [name, from.get(name) ?? UNTOLD_STANDING]));
  if (command === "up") return new Map(names.map((name) => [name, UNTOLD_STANDING]));
  if (from === undefined) return undefined;
  const standing = standingAt(from);
  return new Map(names.map((name) => [name, standing]));
}

/**
 * What is redelivered takes effect now, if it had not then: either way it is in effect when the rest begins, but for a throw,
 * which says that it is not.
 */
function settleDoubts(standings: Map<string, Standing>, redelivered: readonly Told[]): void {
  for (const { participant, event, outcome } of redelivered) {
    const standing = standings.get(participant);
    if (standing === undefined || outcome === "threw") continue;
    const strict = strictParticipant({ from: standing });
    strict.apply(event);
    standings.set(participant, strict.standing);
  }
}

/** Participants that stand at one place are asked about once: most often that is all of them. */
function expectedOf(
  standings: ReadonlyMap<string, Standing>,
  to: TopologyLike | undefined,
): ReadonlyMap<string, ContractEvents> {
  const known = new Map<Standing, ContractEvents>();
  return new Map(
    [...standings].map(([name, standing]) => {
      const events = known.get(standing) ?? contractEvents(standing, to);
      known.set(standing, events);
      return [name, events];
    }),
  );
}
/** A delivery as it is named in sentences: `ServeVolume A for fs`. */
export function toldText({ participant, event }: Pick<Told, "participant" | "event">): string {
  return `${eventText(event)} for ${participant}`;
}

/** Who implements the callback, in dispatch order. */
export function audience(view: TraceView, callback: CallbackName, direction: Direction): readonly string[] {
  const names = view.participants.filter((each) => callbacksOf(each).includes(callback)).map(nameOf);
  return direction === "reverse" ? names.reverse() : names;
}

/**
 * What the participants take in of the transition's own steps, in order: what they were told, and in its place what they were not, because they do not
 * implement the callback; their state advances there as well. Unheard events have the index of the delivery that they
 * come before, and only those that the transition got to are there.
 */
export function heardAndUnheard(view: TraceView): readonly Told[] {
  const heard = view.told;
  if (view.expected === undefined || view.participants.every(implementsAll)) return heard;
  const last = view.told.at(-1);
  const unheard: Told[] = [];
  for (const [row, { callback, direction }] of rowsOf(view.order, view.command).entries()) {
    const inOrder = direction === "reverse" ? [...view.participants].reverse() : view.participants;
    for (const participant of inOrder) {
      const name = nameOf(participant);
      if (!view.finished && row === last?.row && name === last.participant) break;
      if (callbacksOf(participant).includes(callback)) continue;
      const index = view.told.find((each) => each.row > row)?.index ?? (last?.index ?? -1) + 1;
      for (const event of view.expected.get(name)?.get(callback) ?? [])
        unheard.push({ participant: name, event, index, row, outcome: undefined });
    }
    if (!view.finished && row >= (last?.row ?? 0)) break;
  }
  return [...unheard, ...heard].sort((a, b) => a.index - b.index);
}

function implementsAll(participant: TracedParticipant): boolean {
  const callbacks = callbacksOf(participant);
  return CONTRACT_CALLBACKS.every((callback) => callbacks.includes(callback));
}

/** The items by key, in the order in which the keys come. */
export function groupedBy<Item, Key>(items: Iterable<Item>, keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
