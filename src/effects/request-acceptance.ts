/**
 * RequestAcceptance: where a request would lead, or why it is refused, before anything moves.
 */
import { type LifecycleStateName, requestRefusal } from "../../machines/index.ts";
import type { ConfMap } from "../conf/conf-map.ts";
import { invariant, type Problem, TransitionError } from "../error.ts";
import type { DeclaredParticipant } from "../journal/fact.ts";
import type { Ledger } from "../journal/ledger.ts";
import { inStretches } from "../stretches.ts";
import type { Topology } from "../topology/topology.ts";
import { type AcceptedConf, acceptingConf, checkUnchanged } from "./acceptance.ts";
import { declaredOf, type Registered, type Registry } from "./registry.ts";
import type { Request } from "./request.ts";

/** Where a transition shall lead. */
export interface Accepted {
  readonly confMap: ConfMap;
  /** Undefined: down. */
  readonly target: Topology | undefined;
  readonly declared?: DeclaredParticipant | undefined;
  /** The one participant that is told; undefined: everybody. */
  readonly participant?: string | undefined;
}

/** What is looked at, and who is asked. */
export interface Asking {
  readonly ledger: Ledger;
  readonly state: LifecycleStateName;
  readonly registry: Registry;
  /** Who takes part. */
  readonly participants: readonly Registered[];
  /** Collects the participants' objections. @throws TransitionError VALIDATION_REFUSED */
  ask(participants: readonly Registered[], next: ConfMap, previous: ConfMap | undefined): Promise<void>;
  warn(problem: Problem): void;
}

/** @throws TransitionError the refusal */
export async function acceptRequest(request: Request, asking: Asking): Promise<Accepted> {
  const { ledger, state, registry } = asking;
  const refusal = requestRefusal(state, request.kind);
  if (refusal !== undefined) throw refusal;
  switch (request.kind) {
    case "up":
    case "signaled":
      return acceptAsked(request, asking);
    case "down": {
      const accepted = request.confMap === undefined ? undefined : await read(request.confMap, asking);
      if (accepted !== undefined && state === "up") checkUnchanged(accepted, ledger);
      const confMap = accepted?.confMap ?? ledger.current?.confMap ?? ledger.transition?.confMap;
      invariant(confMap !== undefined, "who is not down has a conf");
      return { confMap, target: undefined };
    }
    case "rollback":
      return rollbackGoal(ledger);
    case "admit": {
      const place = ledger.current;
      invariant(place !== undefined, "who is up has a place");
      const newcomer = registry.get(request.participant ?? "");
      if (newcomer === undefined || ledger.participants.some(({ name }) => name === newcomer.name)) {
        throw new TransitionError(
          "PARTICIPANT_UNKNOWN",
          `no newcomer '${request.participant}' waits to be admitted: register it first`,
        );
      }
      await asking.ask([newcomer], place.confMap, undefined);
      return { confMap: place.confMap, target: place.topology, declared: declaredOf(newcomer) };
    }
    case "unregister": {
      const place = ledger.current;
      invariant(place !== undefined, "who is up has a place");
      registry.checkRemovable(request.participant ?? "");
      return { confMap: place.confMap, target: undefined, participant: request.participant };
    }
  }
}

async function read(given: ConfMap, { ledger, warn }: Asking): Promise<AcceptedConf> {
  const accepted = await inStretches(acceptingConf(given, ledger));
  await inStretches(accepted.confMap.hashing());
  for (const warning of accepted.warnings) warn(warning);
  return accepted;
}

/** A conf that everybody has agreed to. */
async function acceptAsked(request: Request, asking: Asking): Promise<Accepted> {
  invariant(request.confMap !== undefined, `${request.kind} has a ConfMap`);
  const { confMap, topology } = await read(request.confMap, asking);
  await asking.ask(asking.participants, confMap, asking.ledger.current?.confMap);
  return { confMap, target: topology };
}

/** The state after the last finished transition: of everybody, or of the one that the held transition is about. */
export function rollbackGoal({ current, transition }: Ledger): Accepted {
  invariant(transition !== undefined, "a rollback follows a transition");
  if (current === undefined) return { confMap: transition.confMap, target: undefined };
  const { participant, kind } = transition;
  // A newcomer was not there after the last finished transition; nor is it after a rollback of its rollback.
  const goes =
    kind === "admit" || (participant !== undefined && kind === "rollback" && transition.target === undefined);
  return { confMap: current.confMap, target: goes ? undefined : current.topology, participant };
}
