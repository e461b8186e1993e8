/**
 * Rounds: the batches in which a delivery is announced, delivered and recorded.
 */
import type { Fact } from "../journal/fact.ts";
import { CALLBACKS } from "../plan/lifecycle-event.ts";
import type { Delivery } from "../plan/plan.ts";
import type { Range } from "../plan/progress.ts";
import type { BatchListener, BatchOutcome } from "./batch-request.ts";
import type { Dispatch } from "./dispatch.ts";
import type { Round } from "./dispatched-batch.ts";
import type { ExecutionPorts } from "./execution-ports.ts";
import type { Outbox } from "./outbox.ts";
import { optionFor, type Registered } from "./registry.ts";

export class Rounds {
  readonly #ports: ExecutionPorts;
  readonly #dispatch: Dispatch;
  readonly #outbox: Outbox;
  /** When the present one began, in milliseconds of the instance's clock. */
  #began = 0;

  constructor(ports: ExecutionPorts, dispatch: Dispatch, outbox: Outbox) {
    this.#ports = ports;
    this.#dispatch = dispatch;
    this.#outbox = outbox;
  }

  /** The first steps of the range, as many as are announced at once. */
  first(participant: Registered, delivery: Delivery, [from, to]: Range): Round {
    const { options } = participant;
    const concurrency = optionFor(options.concurrency, CALLBACKS[delivery.callback].method, 1);
    const size = options.durableSteps === true ? concurrency : this.#ports.sizes.next(paceOf(participant, delivery));
    return { participant, delivery, range: [from, Math.min(to, from + Math.max(size, concurrency))] };
  }

  /** Announces the steps, and delivers them. Gives the outcome itself where nothing had to be waited for; otherwise the listener is told. */
  run(round: Round, listener: BatchListener): BatchOutcome | undefined {
    const { participant, delivery, range } = round;
    this.#outbox.put({ type: "StepsAnnounced", delivery: delivery.index, range });
    const now = this.#dispatch.pace.look();
    if (this.#announcedByPlan(participant, range, now)) return this.#deliver(round, now, listener);
    const announced = this.#outbox.flush();
    const deliver = () => this.#deliver(round, this.#dispatch.pace.look(), listener);
    if (announced === undefined) return deliver();
    announced
      .then(deliver)
      .then((outcome) => outcome && listener.ended(outcome))
      .catch((error) => listener.crashed(error));
    return undefined;
  }

  #deliver(round: Round, now: number, listener: BatchListener): BatchOutcome | undefined {
    this.#began = now;
    return this.#dispatch.run(round, listener);
  }

  /**
   * Whether the plan, which is durable and names every step, is announcement enough: for who does nothing that outlives the
   * process, a crash leaves no doubt to be settled. Not where the batch will take long, so that the journal says who is
   * waited for; one that turns out to is written while it runs.
   */
  #announcedByPlan({ name, options }: Registered, [from, to]: Range, now: number): boolean {
    if (options.durable === true || options.durableSteps === true) return false;
    return this.#outbox.mayWaitAt(now) && !this.#ports.sizes.takesLong(name, to - from);
  }

  /** What has taken effect waits for the next durable write. Says how many steps of the round have. */
  take({ participant, delivery }: Round, { applied }: BatchOutcome): number {
    const done = countOf(applied);
    this.#ports.sizes.learn(paceOf(participant, delivery), done, this.#dispatch.pace.look() - this.#began);
    const fact: Fact = { type: "StepsApplied", delivery: delivery.index, ranges: applied };
    if (done > 0) this.#outbox.put(fact);
    return done;
  }
}

/**
 * Whose pace it is. A durable participant has one for each callback: one that is quick says nothing of one that is not, and all
 * that is announced of that one would be in doubt after a crash.
 */
function paceOf({ name, options }: Registered, { callback }: Delivery): string {
  return options.durable === true ? `${name} ${callback}` : name;
}

function countOf(ranges: readonly Range[]): number {
  let count = 0;
  for (const [from, to] of ranges) count += to - from;
  return count;
}
