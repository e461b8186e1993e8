/**
 * The lifecycle statechart: down, signaling, finishing, up, and failed for a transition that is held.
 *
 * It says what may follow what, and emits each phase of a plan when its turn has come; it delivers nothing, reads no clock
 * and keeps no participant's state. Fed with the same events it goes the same way, so replaying the facts of a journal
 * brings it where it was. Alone it plans by itself, taking everybody to be at its current topology; the effects layer
 * puts the plan that it made from the participants' own states on the event.
 */
import { type ActorRefFrom, assign, emit, enqueueActions, setup } from "xstate";
import type { Plan } from "../src/plan/plan.ts";
import { nameOf, requestOf } from "./request.ts";
import type {
  LifecycleContext,
  LifecycleEmitted,
  LifecycleEventIn,
  LifecycleInput,
  LifecycleTransition,
} from "./vocabulary.ts";

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

/**
 * The lifecycle.
 *
 * Its configuration is written out, without a constant or a function but for the context: Stately's editor reads the file
 * without running it, and would leave out what it cannot see. Requests that end up try `isOverAtOnce` first, and those
 * that end down `isOverAtOnceDown`; a rollback ends wherever the last finished transition led. A pause changes nothing but
 * that no step begins.
 */
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
      on: {
        UP: [
          { guard: "isOverAtOnce", target: "up", actions: ["begin", "tellStarted", "tellFinished", "arrive"] },
          {
            guard: "beginsWithClosing",
            target: "finishing",
            actions: ["begin", "tellStarted", "tellPhase"],
          },
          { guard: "isAcceptable", target: "signaling", actions: ["begin", "tellStarted", "tellPhase"] },
        ],
      },
    },
    signaling: {
      description: "The phases of the plan are delivered, up to the closing one.",
      initial: "running",
      states: { running: { on: { PAUSE: "paused" } }, paused: { on: { RESUME: "running" } } },
      on: {
        PLANNED: [
          { guard: "planIsEmptyDown", target: "down", actions: ["takePlan", "tellFinished", "arrive"] },
          { guard: "planIsEmpty", target: "up", actions: ["takePlan", "tellFinished", "arrive"] },
          { guard: "planBeginsWithClosing", target: "finishing", actions: ["takePlan", "tellPhase"] },
          { actions: ["takePlan", "tellPhase"] },
        ],
        PHASE_FINISHED: [
          { guard: "closingFollows", target: "finishing", actions: ["nextPhase", "tellPhase"] },
          { guard: "phaseFollows", actions: ["nextPhase", "tellPhase"] },
        ],
        STEP_FAILED: { guard: "isCurrentAttempt", target: "failed", actions: ["fail", "tellHeld"] },
        DOWN: [
          { guard: "isOverAtOnceDown", target: "down", actions: ["begin", "tellStarted", "tellFinished", "arrive"] },
          {
            guard: "beginsWithClosing",
            target: "finishing",
            actions: ["begin", "tellStarted", "tellPhase"],
          },
          { guard: "isAcceptable", target: "signaling", reenter: true, actions: ["begin", "tellStarted", "tellPhase"] },
        ],
      },
    },
    finishing: {
      description: "The closing phase: SignaledFinish opens the gates, or Down ends everything.",
      initial: "running",
      states: { running: { on: { PAUSE: "paused" } }, paused: { on: { RESUME: "running" } } },
      on: {
        PHASE_FINISHED: [
          { guard: "leadsDown", target: "down", actions: ["tellFinished", "arrive"] },
          { guard: "isCurrentReport", target: "up", actions: ["tellFinished", "arrive"] },
        ],
        STEP_FAILED: { guard: "isCurrentAttempt", target: "failed", actions: ["fail", "tellHeld"] },
        DOWN: [
          { guard: "isOverAtOnceDown", target: "down", actions: ["begin", "tellStarted", "tellFinished", "arrive"] },
          {
            guard: "beginsWithClosing",
            target: "finishing",
            reenter: true,
            actions: ["begin", "tellStarted", "tellPhase"],
          },
          { guard: "isAcceptable", target: "signaling", actions: ["begin", "tellStarted", "tellPhase"] },
        ],
      },
    },
    up: {
      description: "Everybody is where the current conf says.",
      on: {
        SIGNALED: [
          { guard: "isOverAtOnce", target: "up", actions: ["begin", "tellStarted", "tellFinished", "arrive"] },
          {
            guard: "beginsWithClosing",
            target: "finishing",
            actions: ["begin", "tellStarted", "tellPhase"],
          },
          { guard: "isAcceptable", target: "signaling", actions: ["begin", "tellStarted", "tellPhase"] },
        ],
        DOWN: [
          { guard: "isOverAtOnceDown", target: "down", actions: ["begin", "tellStarted", "tellFinished", "arrive"] },
          {
            guard: "beginsWithClosing",
            target: "finishing",
            actions: ["begin", "tellStarted", "tellPhase"],
          },
          { guard: "isAcceptable", target: "signaling", actions: ["begin", "tellStarted", "tellPhase"] },
        ],
        ADMIT: [
          { guard: "isOverAtOnce", target: "up", actions: ["begin", "tellStarted", "tellFinished", "arrive"] },
          {
            guard: "beginsWithClosing",
            target: "finishing",
            actions: ["begin", "tellStarted", "tellPhase"],
          },
          { guard: "isAcceptable", target: "signaling", actions: ["begin", "tellStarted", "tellPhase"] },
        ],
        UNREGISTER: [
          { guard: "isOverAtOnce", target: "up", actions: ["begin", "tellStarted", "tellFinished", "arrive"] },
          {
            guard: "beginsWithClosing",
            target: "finishing",
            actions: ["begin", "tellStarted", "tellPhase"],
          },
          { guard: "isAcceptable", target: "signaling", actions: ["begin", "tellStarted", "tellPhase"] },
        ],
      },
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
        ROLLBACK: [
          { guard: "isOverAtOnceDown", target: "down", actions: ["begin", "tellStarted", "tellFinished", "arrive"] },
          { guard: "isOverAtOnce", target: "up", actions: ["begin", "tellStarted", "tellFinished", "arrive"] },
          {
            guard: "beginsWithClosing",
            target: "finishing",
            actions: ["begin", "tellStarted", "tellPhase"],
          },
          { guard: "isAcceptable", target: "signaling", actions: ["begin", "tellStarted", "tellPhase"] },
        ],
        UP: [
          { guard: "isOverAtOnce", target: "up", actions: ["begin", "tellStarted", "tellFinished", "arrive"] },
          {
            guard: "beginsWithClosing",
            target: "finishing",
            actions: ["begin", "tellStarted", "tellPhase"],
          },
          { guard: "isAcceptable", target: "signaling", actions: ["begin", "tellStarted", "tellPhase"] },
        ],
        SIGNALED: [
          { guard: "isOverAtOnce", target: "up", actions: ["begin", "tellStarted", "tellFinished", "arrive"] },
          {
            guard: "beginsWithClosing",
            target: "finishing",
            actions: ["begin", "tellStarted", "tellPhase"],
          },
          { guard: "isAcceptable", target: "signaling", actions: ["begin", "tellStarted", "tellPhase"] },
        ],
        DOWN: [
          { guard: "isOverAtOnceDown", target: "down", actions: ["begin", "tellStarted", "tellFinished", "arrive"] },
          {
            guard: "beginsWithClosing",
            target: "finishing",
            actions: ["begin", "tellStarted", "tellPhase"],
          },
          { guard: "isAcceptable", target: "signaling", actions: ["begin", "tellStarted", "tellPhase"] },
        ],
      },
    },
  },
});

/** A running lifecycle: what `createActor(lifecycleMachine)` gives, and what invoking or spawning it gives its parent. */
export interface LifecycleActorRef extends ActorRefFrom<typeof lifecycleMachine> {}
