/**
 * The lifecycle statechart: down, signaling, finishing, up, and failed for a transition that is held.
 *
 * It says what may follow what, and emits each phase of a plan when its turn has come; it delivers nothing, reads no clock
 * and keeps no participant's state. Fed with the same events it goes the same way, so replaying the facts of a journal
 * brings it where it was. Alone it plans by itself, taking everybody to be at its current topology; the effects layer
 * puts the plan that it made from the participants' own states on the event.
 */
import { type ActorRefFrom, assign, emit, enqueueActions, setup } from "xstate";
import type { ConfMap } from "../src/conf/conf-map.ts";
import { upgradeConfMapIfNeeded } from "../src/conf/upgrade.ts";
import type { Command, OrderName } from "../src/plan/order.ts";
import { settledAt, UNTOLD } from "../src/plan/participant-state.ts";
import { type Phase, type Plan, type PlannedParticipant, planTransition } from "../src/plan/plan.ts";
import { readTopology } from "../src/topology/read-topology.ts";
import type { Topology } from "../src/topology/topology.ts";

/** What a lifecycle begins with. */
export interface LifecycleInput {
  /** Default `documented`. */
  readonly order?: OrderName | undefined;
  /** In registration order. Default: one called `logger`. */
  readonly participants?: readonly (string | PlannedParticipant)[] | undefined;
}

/** A conf and the topology that was read from it. */
export interface LifecyclePlace {
  readonly confMap: ConfMap;
  readonly topology: Topology;
}

/** The transition that is under way or held. */
export interface LifecycleTransition {
  readonly transitionId: string;
  readonly kind: RequestEvent["type"];
  readonly confMap: ConfMap | undefined;
  /** Undefined: down. */
  readonly target: Topology | undefined;
  /** The participant that ADMIT brings up or UNREGISTER takes down. */
  readonly participant: string | undefined;
}

/** Why a transition is held. */
export interface LifecycleFailure {
  readonly code: string;
  readonly message: string;
  readonly participant?: string | undefined;
  readonly callback?: string | undefined;
  readonly subject?: string | undefined;
}

export interface LifecycleContext {
  readonly order: OrderName;
  readonly participants: readonly (string | PlannedParticipant)[];
  /** Where the last finished transition led; undefined: down. */
  readonly current: LifecyclePlace | undefined;
  readonly transition: LifecycleTransition | undefined;
  readonly plan: Plan | undefined;
  /** Position of the present phase in the plan. */
  readonly phase: number;
  /** Raised by everything that makes reports of earlier dispatches stale. */
  readonly attempt: number;
  readonly failure: LifecycleFailure | undefined;
  /** Number of transitions begun. */
  readonly transitions: number;
}

interface RequestFields {
  /** The plan, made from the participants' own states. Default: planned here. */
  readonly plan?: Plan | undefined;
  /** Steps in doubt have to be settled first: the plan comes with PLANNED. */
  readonly planFollows?: boolean | undefined;
  /** The topology of `confMap`, where it has been read already. */
  readonly target?: Topology | undefined;
  /** Default: counted. */
  readonly transitionId?: string | undefined;
}

/** A transition is asked for. */
export type RequestEvent =
  | ({ readonly type: "UP" | "SIGNALED"; readonly confMap: ConfMap } & RequestFields)
  | ({ readonly type: "DOWN"; readonly confMap?: ConfMap | undefined } & RequestFields)
  | ({ readonly type: "ROLLBACK" } & RequestFields)
  | ({ readonly type: "ADMIT" | "UNREGISTER"; readonly participant: string } & RequestFields);

/** What the lifecycle hears. Reports name the attempt that they belong to; those of an earlier one are ignored. */
export type LifecycleEventIn =
  | RequestEvent
  | { readonly type: "PLANNED"; readonly plan: Plan }
  | { readonly type: "PHASE_FINISHED"; readonly phase: number; readonly attempt: number }
  | ({ readonly type: "STEP_FAILED"; readonly attempt: number } & LifecycleFailure)
  | { readonly type: "RETRY" }
  | { readonly type: "SKIP"; readonly as: "applied" | "not-applied"; readonly reason?: string | undefined }
  | { readonly type: "PAUSE" }
  | { readonly type: "RESUME" };

/** What the lifecycle emits, in order. */
export type LifecycleEmitted =
  /** A request was taken. `kind` is the type of its event. */
  | { readonly type: "transitionStarted"; readonly transitionId: string; readonly kind: RequestEvent["type"] }
  /** A phase is due. A duty: whoever dispatches delivers it and reports its end, or the step that failed, with the attempt. */
  | {
      readonly type: "phaseStarted";
      readonly transitionId: string;
      readonly attempt: number;
      /** Position of the phase in the plan. */
      readonly index: number;
      readonly phase: Phase;
      readonly confMap: ConfMap | undefined;
      /** The phase is gone on with, where it stopped: the failed step is tried again, or passed over. */
      readonly goesOn?: "retry" | "skip" | undefined;
    }
  /** A step failed. The lifecycle is in `failed` until RETRY, SKIP or another request. */
  | { readonly type: "transitionHeld"; readonly transitionId: string; readonly failure: LifecycleFailure }
  /** Everybody is there, and the lifecycle is up or down. */
  | { readonly type: "transitionFinished"; readonly transitionId: string; readonly state: "up" | "down" };

/** What a request comes to: worked out once for each event, since guards and actions both ask. */
interface Request {
  readonly transition: LifecycleTransition;
  readonly plan: Plan | undefined;
}

const requests = new WeakMap<LifecycleEventIn, Request | Error>();

function requestOf(context: LifecycleContext, event: LifecycleEventIn): Request | Error {
  const known = requests.get(event);
  if (known !== undefined) return known;
  let request: Request | Error;
  try {
    request = workOut(context, event as RequestEvent);
  } catch (error) {
    request = error instanceof Error ? error : new Error(String(error));
  }
  requests.set(event, request);
  return request;
}

function workOut(context: LifecycleContext, event: RequestEvent): Request {
  const place = placeOf(context, event);
  const participant = "participant" in event ? event.participant : undefined;
  const transition: LifecycleTransition = {
    transitionId: event.transitionId ?? String(context.transitions + 1),
    kind: event.type,
    confMap: place.confMap,
    target: place.target,
    participant,
  };
  if (event.planFollows === true || event.plan !== undefined) return { transition, plan: event.plan };
  return { transition, plan: planAlone(context, transition) };
}

function placeOf(context: LifecycleContext, event: RequestEvent): Pick<LifecycleTransition, "confMap" | "target"> {
  switch (event.type) {
    case "UP":
    case "SIGNALED": {
      if (event.target !== undefined) return { confMap: event.confMap, target: event.target };
      const confMap = upgradeConfMapIfNeeded(event.confMap);
      return { confMap, target: readTopology(confMap) };
    }
    case "ROLLBACK":
    case "ADMIT":
      return { confMap: context.current?.confMap, target: context.current?.topology };
    case "DOWN":
      return { confMap: event.confMap ?? context.current?.confMap ?? context.transition?.confMap, target: undefined };
    case "UNREGISTER":
      return { confMap: context.current?.confMap, target: undefined };
  }
}

/** Alone, the lifecycle knows of nobody's own state: everybody is taken to be where the last finished transition led. */
function planAlone(context: LifecycleContext, transition: LifecycleTransition): Plan {
  const { order, current } = context;
  const { kind, participant, target, confMap } = transition;
  const command: Command = target === undefined ? "down" : kind === "UP" ? "up" : "signaled";
  const only = participant === undefined ? undefined : [participant];
  const participants =
    kind === "ADMIT" && participant !== undefined ? [...context.participants, participant] : context.participants;
  const settled = current === undefined ? UNTOLD : settledAt(current.topology, current.confMap);
  const states = new Map(
    participants.map((each) => [nameOf(each), each === participant && kind === "ADMIT" ? UNTOLD : settled]),
  );
  return planTransition({ command, order, from: states, to: target, participants, confMap, only });
}

function nameOf(participant: string | PlannedParticipant): string {
  return typeof participant === "string" ? participant : participant.name;
}

function isClosing(plan: Plan | undefined, phase: number): boolean {
  if (plan === undefined || !plan.arrives) return false;
  return phase === plan.phases.length - 1;
}

const lifecycle = setup({
  types: {
    context: {} as LifecycleContext,
    events: {} as LifecycleEventIn,
    emitted: {} as LifecycleEmitted,
    input: {} as LifecycleInput | undefined,
  },
  guards: {
    /** The request's conf can be read and planned for. Why not: `requestRefusal`. */
    isAcceptable: ({ context, event }) => !(requestOf(context, event) instanceof Error),
    /** Nobody has anything to be told: the transition is over as it begins. */
    isOverAtOnceDown: ({ context, event }) => {
      const request = requestOf(context, event);
      return !(request instanceof Error) && request.plan?.phases.length === 0 && leadsDown(request.transition);
    },
    isOverAtOnce: ({ context, event }) => {
      const request = requestOf(context, event);
      return !(request instanceof Error) && request.plan?.phases.length === 0;
    },
    beginsWithClosing: ({ context, event }) => {
      const request = requestOf(context, event);
      return !(request instanceof Error) && isClosing(request.plan, 0);
    },
    planIsEmptyDown: ({ context, event }) =>
      event.type === "PLANNED" && event.plan.arrives && event.plan.phases.length === 0 && leadsDown(context.transition),
    planIsEmpty: ({ event }) => event.type === "PLANNED" && event.plan.arrives && event.plan.phases.length === 0,
    planBeginsWithClosing: ({ event }) => event.type === "PLANNED" && isClosing(event.plan, 0),
    isCurrentReport: ({ context, event }) => isCurrentReport(context, event),
    closingFollows: ({ context, event }) =>
      isCurrentReport(context, event) && isClosing(context.plan, context.phase + 1),
    phaseFollows: ({ context, event }) =>
      isCurrentReport(context, event) && context.phase + 1 < (context.plan?.phases.length ?? 0),
    isCurrentAttempt: ({ context, event }) => event.type === "STEP_FAILED" && event.attempt === context.attempt,
    leadsDown: ({ context, event }) => isCurrentReport(context, event) && leadsDown(context.transition),
    wasClosing: ({ context }) => isClosing(context.plan, context.phase),
  },
  actions: {
    begin: assign(({ context, event }) => {
      const request = requestOf(context, event);
      if (request instanceof Error) return {};
      const { transition, plan } = request;
      return {
        transition,
        plan,
        phase: 0,
        attempt: context.attempt + 1,
        failure: undefined,
        transitions: context.transitions + 1,
      };
    }),
    takePlan: assign(({ context, event }) =>
      event.type === "PLANNED" ? { plan: event.plan, phase: 0, attempt: context.attempt + 1, failure: undefined } : {},
    ),
    nextPhase: assign(({ context }) => ({ phase: context.phase + 1 })),
    nextAttempt: assign(({ context }) => ({ attempt: context.attempt + 1, failure: undefined })),
    fail: assign(({ event }) => {
      if (event.type !== "STEP_FAILED") return {};
      const { code, message, participant, callback, subject } = event;
      return { failure: { code, message, participant, callback, subject } };
    }),
    arrive: assign(({ context }) => arrivedContext(context)),
    tellStarted: emit(({ context }) => ({
      type: "transitionStarted" as const,
      transitionId: context.transition?.transitionId ?? "",
      kind: context.transition?.kind ?? ("UP" as const),
    })),
    tellPhase: enqueueActions(({ context, event, enqueue }) => {
      const phase = context.plan?.phases[context.phase];
      if (phase === undefined) return;
      const goesOn =
        event.type === "RETRY" ? ("retry" as const) : event.type === "SKIP" ? ("skip" as const) : undefined;
      enqueue.emit({
        type: "phaseStarted",
        transitionId: context.transition?.transitionId ?? "",
        attempt: context.attempt,
        index: context.phase,
        phase,
        confMap: context.transition?.confMap,
        ...(goesOn === undefined ? {} : { goesOn }),
      });
    }),
    tellHeld: emit(({ context }) => ({
      type: "transitionHeld" as const,
      transitionId: context.transition?.transitionId ?? "",
      failure: context.failure ?? { code: "INTERNAL", message: "" },
    })),
    tellFinished: emit(({ context }) => ({
      type: "transitionFinished" as const,
      transitionId: context.transition?.transitionId ?? "",
      state: leadsDown(context.transition) ? ("down" as const) : ("up" as const),
    })),
  },
});

function isCurrentReport(context: LifecycleContext, event: LifecycleEventIn): boolean {
  return event.type === "PHASE_FINISHED" && event.attempt === context.attempt && event.phase === context.phase;
}

function leadsDown(transition: LifecycleTransition | undefined): boolean {
  return transition !== undefined && transition.target === undefined && transition.kind !== "UNREGISTER";
}

/** The target becomes current only here. Who comes and goes alone changes who takes part, not where everybody is. */
function arrivedContext(context: LifecycleContext): Partial<LifecycleContext> {
  const { transition, participants, current } = context;
  const over = { transition: undefined, plan: undefined, phase: 0, failure: undefined };
  if (transition === undefined) return over;
  const { kind, participant, confMap, target } = transition;
  if (kind === "ADMIT" && participant !== undefined) return { ...over, participants: [...participants, participant] };
  if (kind === "UNREGISTER")
    return { ...over, participants: participants.filter((each) => nameOf(each) !== participant) };
  const arrived = target === undefined || confMap === undefined ? undefined : { confMap, topology: target };
  return { ...over, current: kind === "ROLLBACK" ? current : arrived };
}

const begin = ["begin", "tellStarted", "tellPhase"] as const;
const beginOver = ["begin", "tellStarted", "tellFinished", "arrive"] as const;
const finish = ["tellFinished", "arrive"] as const;

/** Where a request leads in the ordinary case: into signaling, or, where nothing comes before the closing phase, into finishing. */
const ordinary = [
  { guard: "beginsWithClosing", target: "#lifecycle.finishing", reenter: true, actions: begin },
  { guard: "isAcceptable", target: "#lifecycle.signaling", reenter: true, actions: begin },
] as const;
const overDown = { guard: "isOverAtOnceDown", target: "#lifecycle.down", actions: beginOver } as const;
const overUp = { guard: "isOverAtOnce", target: "#lifecycle.up", actions: beginOver } as const;

/** Requests that end up. */
const towards = [overUp, ...ordinary] as const;
/** Requests that end down. */
const downwards = [overDown, ...ordinary] as const;
/** A rollback ends wherever the last finished transition led. */
const back = [overDown, overUp, ...ordinary] as const;

/** Within signaling and finishing a transition runs or is paused; a pause changes nothing but that no step begins. */
const pausable = {
  initial: "running",
  states: {
    running: { on: { PAUSE: "paused" } },
    paused: { on: { RESUME: "running" } },
  },
} as const;

/** The lifecycle. Opens in the Stately editor as it is. */
export const lifecycleMachine = lifecycle.createMachine({
  id: "lifecycle",
  initial: "down",
  context: ({ input }) => ({
    order: input?.order ?? "documented",
    participants: input?.participants ?? ["logger"],
    current: undefined,
    transition: undefined,
    plan: undefined,
    phase: 0,
    attempt: 0,
    failure: undefined,
    transitions: 0,
  }),
  states: {
    down: {
      description: "Nobody is up.",
      on: { UP: towards },
    },
    signaling: {
      description: "The phases of the plan are delivered, up to the closing one.",
      ...pausable,
      on: {
        PLANNED: [
          { guard: "planIsEmptyDown", target: "down", actions: ["takePlan", ...finish] },
          { guard: "planIsEmpty", target: "up", actions: ["takePlan", ...finish] },
          { guard: "planBeginsWithClosing", target: "finishing", actions: ["takePlan", "tellPhase"] },
          { actions: ["takePlan", "tellPhase"] },
        ],
        PHASE_FINISHED: [
          { guard: "closingFollows", target: "finishing", actions: ["nextPhase", "tellPhase"] },
          { guard: "phaseFollows", actions: ["nextPhase", "tellPhase"] },
        ],
        STEP_FAILED: { guard: "isCurrentAttempt", target: "failed", actions: ["fail", "tellHeld"] },
        DOWN: downwards,
      },
    },
    finishing: {
      description: "The closing phase: SignaledFinish opens the gates, or Down ends everything.",
      ...pausable,
      on: {
        PHASE_FINISHED: [
          { guard: "leadsDown", target: "down", actions: finish },
          { guard: "isCurrentReport", target: "up", actions: finish },
        ],
        STEP_FAILED: { guard: "isCurrentAttempt", target: "failed", actions: ["fail", "tellHeld"] },
        DOWN: downwards,
      },
    },
    up: {
      description: "Everybody is where the current conf says.",
      on: { SIGNALED: towards, DOWN: downwards, ADMIT: towards, UNREGISTER: towards },
    },
    failed: {
      description: "A transition is held where it stopped, until somebody goes on or elsewhere.",
      on: {
        RETRY: [
          { guard: "wasClosing", target: "finishing", actions: ["nextAttempt", "tellPhase"] },
          { target: "signaling", actions: ["nextAttempt", "tellPhase"] },
        ],
        SKIP: [
          { guard: "wasClosing", target: "finishing", actions: ["nextAttempt", "tellPhase"] },
          { target: "signaling", actions: ["nextAttempt", "tellPhase"] },
        ],
        ROLLBACK: back,
        UP: towards,
        SIGNALED: towards,
        DOWN: downwards,
      },
    },
  },
});

/** A running lifecycle: what `createActor(lifecycleMachine)` gives, and what invoking or spawning it gives its parent. */
export interface LifecycleActorRef extends ActorRefFrom<typeof lifecycleMachine> {}
