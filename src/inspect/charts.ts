/**
 * The charts of what is shown as an actor and is no machine: enough for an inspector to draw where it is and what can follow.
 *
 * Their events are the facts that move them, and for a participant the callbacks.
 */
import { CALLBACK_NAMES } from "../plan/lifecycle-event.ts";

/** How a thing that is shown as an actor stands. */
export type TransitionState = "planning" | "running" | "paused" | "held" | "finished" | "left" | "cutOff";
export type PhaseState = "waiting" | "running" | "failed" | "done" | "left";

type Chart<State extends string> = {
  readonly initial: State;
  readonly states: Readonly<
    Record<State, { readonly type?: "final"; readonly on?: Readonly<Record<string, State | undefined>> }>
  >;
};

const TRANSITION: Chart<TransitionState> = {
  initial: "planning",
  states: {
    planning: { on: { PlanMade: "running", TransitionHeld: "held", TransitionFinished: "finished" } },
    running: {
      on: {
        TransitionPaused: "paused",
        TransitionHeld: "held",
        TransitionFinished: "finished",
        TransitionAbandoned: "held",
        ProcessStarted: "cutOff",
      },
    },
    paused: { on: { TransitionResumed: "running", ProcessStarted: "cutOff" } },
    held: { on: { TransitionResumed: "running", TransitionStarted: "left", ProcessStarted: "cutOff" } },
    finished: { type: "final" },
    left: { type: "final" },
    cutOff: { type: "final" },
  },
};

const PHASE: Chart<PhaseState> = {
  initial: "waiting",
  states: {
    waiting: { on: { phaseStarted: "running", phaseFinished: "done" } },
    running: { on: { StepFailed: "failed", phaseFinished: "done", TransitionStarted: "left" } },
    failed: { on: { TransitionResumed: "running", TransitionStarted: "left" } },
    done: { type: "final" },
    left: { type: "final" },
  },
};

/** Within each standing a participant is idle, is being told something, or has failed. */
const ACTIVITY = {
  initial: "idle",
  states: {
    idle: { on: Object.fromEntries(CALLBACK_NAMES.map((callback) => [callback, "beingTold"])) },
    beingTold: { on: { StepsApplied: "idle", StepFailed: "failed" } },
    failed: { on: { TransitionResumed: "beingTold" } },
  },
};

const PARTICIPANT = {
  initial: "down",
  states: {
    down: { ...ACTIVITY, on: { Up: "quiesced" } },
    quiesced: { ...ACTIVITY, on: { SignaledFinish: "up", Down: "down" } },
    up: { ...ACTIVITY, on: { SignaledStart: "quiesced", Down: "down" } },
  },
};

/** The definitions that inspectors draw, under the name of the one that is shown. */
export function transitionChart(name: string): object {
  return { id: name, ...TRANSITION };
}
export function phaseChart(name: string): object {
  return { id: name, ...PHASE };
}
export function participantChart(name: string): object {
  return { id: name, ...PARTICIPANT };
}
