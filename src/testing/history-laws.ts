/**
 * History laws: the ordering laws for several transitions of one instance, one after the other.
 *
 * After a transition that failed, participants stand at different places, and what the next one owes each of them depends
 * on what it was told. That is followed here from the trace itself, so a test states only what it asked for.
 */
import type { Command, OrderName } from "../plan/order.ts";
import { nameOf, type TracedParticipant } from "./contract-model.ts";
import { orderingLaws, type Violation } from "./ordering-laws.ts";
import type { Standing } from "./standing.ts";
import { type StrictParticipant, strictParticipant } from "./strict-participant.ts";
import type { TopologyLike } from "./topology-like.ts";
import type { TracePart } from "./trace.ts";
import { heardAndUnheard, type LawOptions, viewOf } from "./trace-view.ts";

/** What was asked for: said at the recorder's mark, and amended when it is known how it ended. */
export interface TransitionInfo {
  readonly command: Command;
  /** Where up and signaled go. */
  readonly to?: TopologyLike | undefined;
  /** Default `finished`. */
  ended?: "finished" | "failed" | undefined;
  /** The process ended before this transition and is a new one: volatile participants have forgotten everything. */
  readonly restarted?: boolean | undefined;
}

export interface HistoryOptions {
  /** In registration order. */
  readonly participants: readonly TracedParticipant[];
  /** Names of those that keep what they did when the process ends. */
  readonly durable?: readonly string[] | undefined;
  readonly subjects?: LawOptions["subjects"];
}

/** A violation with the transition in which it is; `index` counts within that part. */
export interface HistoryViolation extends Violation {
  readonly part: number;
}

/** Every way in which the transitions break the contract. The instance is taken to begin down. */
export function historyLaws(
  parts: readonly TracePart<TransitionInfo>[],
  order: OrderName,
  options: HistoryOptions,
): readonly HistoryViolation[] {
  const everyone = new Map<string, StrictParticipant>();
  for (const participant of options.participants) everyone.set(nameOf(participant), strictParticipant());
  const violations: HistoryViolation[] = [];
  let settledAt: TopologyLike | undefined;
  parts.forEach(({ info, deliveries }, part) => {
    if (info.restarted === true) restart(everyone, options.durable ?? []);
    const from = startOf(everyone, settledAt);
    const { command, to, ended } = info;
    const known: LawOptions = {
      participants: options.participants,
      command,
      from,
      to,
      ended,
      subjects: options.subjects,
    };
    for (const violation of orderingLaws(deliveries, order, known)) violations.push({ ...violation, part });
    const view = viewOf(deliveries, order, known);
    for (const { participant, event, outcome } of [...view.redelivered, ...heardAndUnheard(view)]) {
      // A throw asserts that nothing of the step is in effect.
      if (outcome !== "threw") everyone.get(participant)?.apply(event, `${part}`);
    }
    settledAt = command === "down" ? undefined : to;
  });
  return violations;
}

function restart(everyone: Map<string, StrictParticipant>, durable: readonly string[]): void {
  for (const [name, participant] of everyone) {
    everyone.set(name, participant.restarted(durable.includes(name) ? "durable" : "volatile"));
  }
}

/** One topology when all have arrived there, so that the exact order can be asked for; else each one's own place. */
function startOf(
  everyone: ReadonlyMap<string, StrictParticipant>,
  topology: TopologyLike | undefined,
): TopologyLike | ReadonlyMap<string, Standing> {
  const arrived = [...everyone.values()].every((participant) => participant.endsAt(topology) === undefined);
  if (arrived && topology !== undefined) return topology;
  return new Map([...everyone].map(([name, participant]) => [name, participant.fork().standing]));
}
