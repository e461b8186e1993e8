/**
 * The lifecycle machine of a running instance, moved by facts and by nothing else.
 *
 * Every fact that is recorded becomes the machine's event, so that the machine is in the same state while the service
 * runs, after a restart and in a replay; whoever inspects it sees what the journal holds.
 */
import { type Actor, createActor } from "xstate";
import {
  type LifecycleEventIn,
  type LifecycleStateName,
  lifecycleMachine,
  type RequestEvent,
} from "../../machines/index.ts";
import { harmless, type Inspect } from "../inspect/inspector.ts";
import type { Fact, StepSkipped, TransitionKind, TransitionStarted } from "../journal/fact.ts";
import type { OrderName } from "../plan/order.ts";
import type { PlannedParticipant } from "../plan/plan.ts";

/** The machine of one process. */
export class LifecycleActor {
  readonly #actor: Actor<typeof lifecycleMachine>;
  #skipped: StepSkipped | undefined;

  constructor(options: {
    readonly order: OrderName;
    readonly participants: readonly PlannedParticipant[];
    readonly inspect?: Inspect | undefined;
  }) {
    const { order, participants, inspect } = options;
    this.#actor = createActor(lifecycleMachine, {
      id: "lifecycle",
      input: { order, participants },
      ...(inspect === undefined ? {} : { inspect: harmless(inspect) }),
    });
    this.#actor.start();
  }

  /** The machine's top-level state. */
  get state(): LifecycleStateName {
    const { value } = this.#actor.getSnapshot();
    return (typeof value === "string" ? value : Object.keys(value)[0]) as LifecycleStateName;
  }

  get actor(): Actor<typeof lifecycleMachine> {
    return this.#actor;
  }

  /** Moves the machine by one recorded fact. */
  hear(fact: Fact): void {
    const actor = this.#actor;
    const { context } = actor.getSnapshot();
    switch (fact.type) {
      case "TransitionStarted":
        actor.send(requestOf(fact));
        break;
      case "PlanMade":
        actor.send({ type: "PLANNED", plan: fact.plan });
        break;
      case "StepsAnnounced":
      case "StepsApplied":
        this.#reach(context.plan?.deliveries[fact.delivery]?.phase ?? context.phase);
        break;
      case "PlanCarriedOut":
        this.#reach(context.plan?.phases.length ?? 0);
        break;
      case "TransitionFinished":
        this.#reach(context.plan?.phases.length ?? 0);
        break;
      case "TransitionHeld":
        actor.send({
          type: "STEP_FAILED",
          attempt: context.attempt,
          ...fact.failure,
          participant: fact.participant,
          callback: fact.callback,
          subject: fact.subject,
        });
        break;
      case "TransitionAbandoned":
        actor.send({ type: "STEP_FAILED", attempt: context.attempt, code: "SUPERSEDED", message: fact.reason });
        break;
      case "TransitionPaused":
        actor.send({ type: "PAUSE" });
        break;
      case "StepSkipped":
        this.#skipped = fact;
        break;
      case "TransitionResumed":
        actor.send(this.#resumption());
        this.#skipped = undefined;
        break;
      default:
    }
  }

  /** A skip settles the step; that the transition goes on is the fact after it. */
  #resumption(): LifecycleEventIn {
    if (this.state !== "failed") return { type: "RESUME" };
    if (this.#skipped === undefined) return { type: "RETRY" };
    return { type: "SKIP", as: this.#skipped.as, reason: this.#skipped.cause.reason };
  }

  stop(): void {
    this.#actor.stop();
  }

  /** Reports every phase before this one as finished. */
  #reach(phase: number): void {
    for (;;) {
      const { context } = this.#actor.getSnapshot();
      if (context.plan === undefined || context.phase >= phase) return;
      const before = context.phase;
      this.#actor.send({ type: "PHASE_FINISHED", phase: before, attempt: context.attempt });
      // The last phase of a plan that does not arrive leads nowhere: the next plan does.
      if (this.#actor.getSnapshot().context.phase === before) return;
    }
  }
}

const REQUESTS: Readonly<Record<TransitionKind, RequestEvent["type"]>> = {
  up: "UP",
  signaled: "SIGNALED",
  down: "DOWN",
  rollback: "ROLLBACK",
  admit: "ADMIT",
  unregister: "UNREGISTER",
};

function requestOf(fact: TransitionStarted): RequestEvent {
  const { transitionId, confMap, target } = fact;
  return {
    type: REQUESTS[fact.kind],
    transitionId,
    confMap,
    target,
    planFollows: true,
    participant: fact.declared?.name ?? fact.participant,
  } as RequestEvent;
}
