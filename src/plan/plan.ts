/**
 * Plan: the ordered phases of one transition, which expand into ordered steps.
 *
 * It is made of every participant's distance to the goal, put into the rows of an order table. In the ordinary case all
 * participants are at one place and the plan is the contract's; where they are not, each gets exactly what it lacks, in
 * the same phases. A plan is data: it can be read beforehand, hashed, journaled and replayed.
 */
import type { ConfMap } from "../conf/conf-map.ts";
import { atOnce, type Stretches } from "../stretches.ts";
import { emptyTopology, type Topology } from "../topology/topology.ts";
import { type Distance, distanceTo } from "./distance.ts";
import { EventList, type Subjects } from "./event-list.ts";
import { type CallbackName, CONTRACT_CALLBACKS, type LifecycleEvent } from "./lifecycle-event.ts";
import { type Command, type Direction, type OrderName, type OrderRow, rowsOf } from "./order.ts";
import { type ParticipantState, settledAt, UNTOLD } from "./participant-state.ts";
import { hashingPlan } from "./plan-hash.ts";

/** A participant as the planner sees it. A bare name is taken to implement the contract's 13 callbacks. */
export interface PlannedParticipant {
  readonly name: string;
  readonly callbacks?: readonly CallbackName[] | undefined;
}

/** Where everybody is: one state each, or one Topology meaning that all are up and settled there; undefined: nobody is up. */
export type PlanOrigin = Topology | ReadonlyMap<string, ParticipantState> | undefined;

export interface PlanRequest {
  readonly command: Command;
  readonly from?: PlanOrigin;
  /** The topology to go to. Not looked at for `down`. */
  readonly to?: Topology | undefined;
  /** Default `documented`. */
  readonly order?: OrderName | undefined;
  /** In registration order. */
  readonly participants: readonly (string | PlannedParticipant)[];
  /** The ConfMap of `to`: needed only to see changed options. */
  readonly confMap?: ConfMap | undefined;
  /** Only these take part; default all. Used when one is admitted or removed. */
  readonly only?: readonly string[] | undefined;
  /** Only the Up phase: who has steps in doubt from before a crash is brought up before they are redelivered. */
  readonly upOnly?: boolean | undefined;
}

/** Participants that are at one place, and so need the same. */
export interface Cohort {
  /** Position of the cohort in {@link Plan.origins}. */
  readonly origin: number;
  /** In registration order. */
  readonly participants: readonly string[];
  readonly events: EventList;
}

/** All events of one callback in a transition, with its direction. */
export interface Phase {
  readonly callback: CallbackName;
  readonly direction: Direction;
  readonly cohorts: readonly Cohort[];
  /** The events of all cohorts, each once, in dispatch order. Made when asked for. */
  readonly events: readonly LifecycleEvent[];
  /** Who takes part and implements the callback, in dispatch order. */
  readonly participants: readonly string[];
  /** Everybody who takes part, in dispatch order, implementing it or not. */
  readonly deliveries: readonly Delivery[];
}

/** All events of one phase for one participant: the unit of dispatch, within which order may be given up for concurrency. */
export interface Delivery {
  /** Position in {@link Plan.deliveries}. */
  readonly index: number;
  readonly phase: number;
  readonly callback: CallbackName;
  readonly participant: string;
  readonly events: EventList;
  /** Whether the participant implements the callback. Where not, its state advances and nothing is called. */
  readonly implemented: boolean;
}

/** One event delivered to one participant. */
export interface Step {
  readonly callback: CallbackName;
  readonly participant: string;
  readonly event: LifecycleEvent;
}

/** A place from which participants set out. */
export interface PlanStart {
  readonly state: ParticipantState;
  /** In registration order. */
  readonly participants: readonly string[];
}

export interface Plan {
  readonly command: Command;
  readonly order: OrderName;
  /** Undefined: down. */
  readonly target: Topology | undefined;
  readonly participants: readonly PlannedParticipant[];
  /** The distinct places that the participants set out from. */
  readonly origins: readonly PlanStart[];
  /** Whether who has got all of it is at the target; a plan of the Up phase alone leads nowhere yet. */
  readonly arrives: boolean;
  /** Only phases with at least one event. */
  readonly phases: readonly Phase[];
  /** Every (phase × participant), in dispatch order. */
  readonly deliveries: readonly Delivery[];
  /** Hex; covers command, order, origins, target, participants with their callbacks, and events. Computed when asked for. */
  readonly hash: string;
  /** The hash, worked out in stretches; then it is there for the asking. */
  hashing(): Stretches<string>;
  /** The steps in dispatch order; those whose participant does not implement the callback are left out. */
  steps(): IterableIterator<Step>;
}

/** The plan of one transition. Pure: the same request gives the same plan. */
export function planTransition(request: PlanRequest): Plan {
  const order = request.order ?? "documented";
  const participants = request.participants.map((each) => (typeof each === "string" ? { name: each } : each));
  const target = request.command === "down" ? undefined : (request.to ?? emptyTopology(""));
  const origins = originsOf(participants, request);
  const distances = origins.map(({ state, hears }) =>
    distanceTo(state, { topology: target, confMap: request.confMap }, hears),
  );
  const phases: PhaseInDraft[] = [];
  const rows = rowsOf(order, request.command);
  for (const row of request.upOnly ? rows.filter(({ callback }) => callback === "Up") : rows) {
    const phase = phaseOf(row, origins, distances);
    if (phase.cohorts.length > 0) phases.push(phase);
  }
  return assemblePlan({
    command: request.command,
    order,
    target,
    participants,
    origins,
    phases,
    arrives: !request.upOnly,
  });
}

/** What a phase consists of before it is put into a plan; the form in which a recorded plan comes back. */
export interface PhaseInDraft {
  readonly callback: CallbackName;
  readonly direction: Direction;
  readonly cohorts: readonly Cohort[];
}

/** Puts phases together to a plan; also for plans that come from a journal and not from the planner. */
export function assemblePlan(parts: {
  readonly command: Command;
  readonly order: OrderName;
  readonly target: Topology | undefined;
  readonly participants: readonly PlannedParticipant[];
  readonly origins: readonly PlanStart[];
  readonly phases: readonly PhaseInDraft[];
  readonly arrives: boolean;
}): Plan {
  return new AssembledPlan(parts);
}

class AssembledPlan implements Plan {
  readonly command: Command;
  readonly order: OrderName;
  readonly target: Topology | undefined;
  readonly participants: readonly PlannedParticipant[];
  readonly origins: readonly PlanStart[];
  readonly arrives: boolean;
  readonly phases: readonly Phase[];
  readonly deliveries: readonly Delivery[];
  #hash: string | undefined;

  constructor(parts: Parameters<typeof assemblePlan>[0]) {
    this.command = parts.command;
    this.order = parts.order;
    this.target = parts.target;
    this.participants = parts.participants;
    this.arrives = parts.arrives;
    this.origins = parts.origins.map(({ state, participants }) => ({ state, participants }));
    const deliveries: Delivery[] = [];
    this.phases = parts.phases.map((draft, index) => {
      const own = deliveriesOf(draft, index, { first: deliveries.length, participants: parts.participants });
      for (const delivery of own) deliveries.push(delivery);
      return new PlannedPhase(draft, own);
    });
    this.deliveries = deliveries;
  }

  get hash(): string {
    return atOnce(this.hashing());
  }

  *hashing(): Stretches<string> {
    this.#hash ??= yield* hashingPlan(this);
    return this.#hash;
  }

  *steps(): IterableIterator<Step> {
    for (const { callback, participant, events, implemented } of this.deliveries) {
      if (!implemented) continue;
      for (let i = 0; i < events.length; i++) yield { callback, participant, event: events.at(i) };
    }
  }
}

class PlannedPhase implements Phase {
  readonly callback: CallbackName;
  readonly direction: Direction;
  readonly cohorts: readonly Cohort[];
  readonly deliveries: readonly Delivery[];
  #events: readonly LifecycleEvent[] | undefined;

  constructor(draft: PhaseInDraft, deliveries: readonly Delivery[]) {
    this.deliveries = deliveries;
    this.callback = draft.callback;
    this.direction = draft.direction;
    this.cohorts = draft.cohorts;
  }

  get participants(): readonly string[] {
    return this.deliveries.filter(({ implemented }) => implemented).map(({ participant }) => participant);
  }

  get events(): readonly LifecycleEvent[] {
    if (this.#events === undefined) this.#events = mergedEvents(this.cohorts);
    return this.#events;
  }
}

interface Origin extends PlanStart {
  readonly hears: { readonly volumes: boolean; readonly groups: boolean };
}

/** Participants at one place (the same state object) that hear the same further callbacks set out together. */
function originsOf(participants: readonly PlannedParticipant[], request: PlanRequest): readonly Origin[] {
  const { from } = request;
  const everybody = from === undefined || from instanceof Map ? undefined : settledAt(from as Topology);
  const stateOf = (name: string): ParticipantState =>
    everybody ?? (from as ReadonlyMap<string, ParticipantState> | undefined)?.get(name) ?? UNTOLD;
  const only = request.only && new Set(request.only);
  const origins: (Origin & { readonly participants: string[] })[] = [];
  let here: (typeof origins)[number] | undefined;
  for (const { name, callbacks } of participants) {
    if (only !== undefined && !only.has(name)) continue;
    const state = stateOf(name);
    const volumes = callbacks?.includes("VolumeChanged") ?? false;
    const groups = callbacks?.includes("VolumeGroupChanged") ?? false;
    const isHere = (origin: Origin): boolean =>
      origin.state === state && origin.hears.volumes === volumes && origin.hears.groups === groups;
    // Nearly always that of the participant before.
    if (here === undefined || !isHere(here)) here = origins.find(isHere);
    if (here === undefined) {
      here = { state, participants: [], hears: { volumes, groups } };
      origins.push(here);
    }
    here.participants.push(name);
  }
  return origins;
}

function phaseOf(row: OrderRow, origins: readonly Origin[], distances: readonly Distance[]): PhaseInDraft {
  const cohorts: Cohort[] = [];
  distances.forEach((distance, origin) => {
    const subjects = subjectsIn(row, distance);
    if (subjects === undefined) return;
    const { participants } = origins[origin] as Origin;
    cohorts.push({ origin, participants, events: new EventList(row.callback, subjects, row.direction) });
  });
  return { callback: row.callback, direction: row.direction, cohorts };
}

/** The subjects of a row for one distance; undefined: the row has nothing for it. */
function subjectsIn(row: OrderRow, distance: Distance): Subjects | undefined {
  switch (row.callback) {
    case "Up":
      return distance.up ? [] : undefined;
    case "SignaledStart":
      return distance.start ? [] : undefined;
    case "SignaledFinish":
      return distance.finish ? [] : undefined;
    case "Down":
      return distance.down ? [] : undefined;
    default: {
      const subjects = distance.subjects[row.callback];
      return subjects === undefined || subjects.length === 0 ? undefined : subjects;
    }
  }
}

/** Participant outer, subject inner: one delivery per participant, in the direction of the phase. */
function deliveriesOf(
  draft: PhaseInDraft,
  phase: number,
  among: {
    /** Index of the first delivery. */
    readonly first: number;
    readonly participants: readonly PlannedParticipant[];
  },
): readonly Delivery[] {
  const { first, participants } = among;
  const eventsOf = eventsByParticipant(draft.cohorts, participants.length);
  const deliveries: Delivery[] = [];
  const inOrder = draft.direction === "reverse" ? [...participants].reverse() : participants;
  const { callback } = draft;
  for (const { name, callbacks = CONTRACT_CALLBACKS } of inOrder) {
    const events = eventsOf(name);
    if (events === undefined) continue;
    const implemented = callbacks.includes(callback);
    const index = first + deliveries.length;
    deliveries.push({ index, phase, callback, participant: name, events, implemented });
  }
  return deliveries;
}

/** Who gets which events of a phase. In the ordinary case everybody gets the same. */
function eventsByParticipant(
  cohorts: readonly Cohort[],
  participants: number,
): (name: string) => EventList | undefined {
  const [first] = cohorts;
  if (first !== undefined && first.participants.length === participants) return () => first.events;
  const eventsOf = new Map<string, EventList>();
  for (const { participants: names, events } of cohorts) for (const name of names) eventsOf.set(name, events);
  return (name) => eventsOf.get(name);
}

function mergedEvents(cohorts: readonly Cohort[]): readonly LifecycleEvent[] {
  if (cohorts.length === 1) return [...(cohorts[0] as Cohort).events];
  const seen = new Set<string>();
  const events: LifecycleEvent[] = [];
  for (const cohort of cohorts) {
    for (let i = 0; i < cohort.events.length; i++) {
      const subject = cohort.events.subject(i);
      if (seen.has(subject)) continue;
      seen.add(subject);
      events.push(cohort.events.at(i));
    }
  }
  return events;
}
