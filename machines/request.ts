/**
 * What a request comes to: where it leads, and the plan, where it does not bring one.
 */
import { upgradeConfMapIfNeeded } from "../src/conf/upgrade.ts";
import type { Command } from "../src/plan/order.ts";
import { settledAt, UNTOLD } from "../src/plan/participant-state.ts";
import { type Plan, type PlannedParticipant, planTransition } from "../src/plan/plan.ts";
import { readTopology } from "../src/topology/read-topology.ts";
import type { LifecycleContext, LifecycleEventIn, LifecycleTransition, RequestEvent } from "./vocabulary.ts";

/** What a request comes to: worked out once for each event, since guards and actions both ask. */
interface Request {
  readonly transition: LifecycleTransition;
  readonly plan: Plan | undefined;
}

const requests = new WeakMap<LifecycleEventIn, Request | Error>();

export function requestOf(context: LifecycleContext, event: LifecycleEventIn): Request | Error {
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

export function nameOf(participant: string | PlannedParticipant): string {
  return typeof participant === "string" ? participant : participant.name;
}
