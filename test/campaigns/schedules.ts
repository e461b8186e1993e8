/**
 * The schedule campaign: reloads, terminations, operator commands, failures and deadlines in any order.
 *
 * Whatever comes when, every promise settles with an outcome that its documentation names, nothing interleaves, and what is
 * left in the end goes on from where it is.
 */
import fc from "fast-check";
import { TransitionError } from "../../src/error.ts";
import type { Fact } from "../../src/journal/fact.ts";
import { idempotencyKeyOf } from "../../src/journal/fact.ts";
import { type Ledger, lifecycleStateOf } from "../../src/journal/ledger.ts";
import type { subjectOf } from "../../src/plan/lifecycle-event.ts";
import { allTopologies } from "../../src/testing/exhaustive.ts";
import type { TopologyLike } from "../../src/testing/topology-like.ts";
import { confOf } from "./conf-of.ts";
import { topologyText } from "./convergence.ts";
import { BEHAVIOURS, type Behaviour, ScheduleWorld } from "./schedule-world.ts";

const TOPOLOGIES = [...allTopologies({ groups: 2, volumes: 2, peers: 2 })];

/** What is asked for in the course of a schedule: at any time, or only once everything before has settled, or is paused. */
type Command = { readonly atRest: boolean } & CommandBody;
type CommandBody =
  | { readonly do: "up" | "signaled"; readonly to: TopologyLike }
  | { readonly do: "down" | "forced down" | "retry" | "rollback" | "skip" | "pause" | "resume" | "close" }
  | { readonly do: "wait"; readonly milliseconds: number };

export interface Schedule {
  readonly order: "documented" | "proxyfs";
  readonly policy: "hold" | "rollback";
  readonly concurrency: number;
  readonly commands: readonly Command[];
  readonly behaviours: ReadonlyMap<number, Behaviour>;
  readonly last: TopologyLike;
  readonly scheduler: fc.Scheduler;
}

const topology = fc.constantFrom(...TOPOLOGIES);

const body = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant("signaled" as const), to: topology }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("up" as const), to: topology }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constantFrom("down", "forced down", "retry", "retry", "rollback", "skip", "skip", "pause", "resume"),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("wait" as const), milliseconds: fc.constantFrom(60, 120) }) },
) as fc.Arbitrary<CommandBody>;

const command: fc.Arbitrary<Command> = fc.tuple(body, fc.boolean()).map(([given, atRest]) => ({ ...given, atRest }));

/** Up to six calls that go otherwise than well, among the first ones. */
const behaviours = fc.array(fc.tuple(fc.nat(120), fc.constantFrom(...BEHAVIOURS)), { maxLength: 6 });

export const schedule: fc.Arbitrary<Schedule> = fc.record({
  order: fc.constantFrom("documented", "proxyfs"),
  policy: fc.constantFrom("hold", "hold", "rollback"),
  concurrency: fc.constantFrom(1, 2),
  commands: fc
    .tuple(topology, fc.array(command, { minLength: 1, maxLength: 10 }), fc.boolean(), fc.nat(10))
    .map(([to, commands, closes, at]) => {
      const all: Command[] = [{ do: "up", to, atRest: false }, ...commands];
      // An instance that is closed has nothing more to tell, so only some are.
      if (closes && at < 4) all.splice(1 + Math.floor((at * commands.length) / 4), 0, { do: "close", atRest: false });
      return all;
    }),
  behaviours: behaviours.map((pairs) => new Map(pairs)),
  last: topology,
  scheduler: fc.scheduler(),
});

/** Codes that each request may end with; CLOSED may come to all. */
const FAILED = ["CALLBACK_FAILED", "IN_DOUBT", "DEADLINE", "ROLLED_BACK", "ROLLBACK_FAILED"];
const REFUSALS: Readonly<Record<string, readonly string[]>> = {
  up: [...FAILED, "ALREADY_UP"],
  signaled: [...FAILED, "NOT_UP"],
  down: [...FAILED, "NOT_UP", "CONTINUED"],
  "forced down": ["NOT_UP", "CONTINUED"],
  retry: [...FAILED, "NOTHING_HELD"],
  rollback: [...FAILED, "NOTHING_HELD", "BUSY"],
  skip: [...FAILED, "NOTHING_HELD"],
};

interface Asked {
  readonly what: string;
  outcome: string | undefined;
  transitionId: string;
}

/** What was wrong, and how each request ended: `signaled superseded`. */
export interface Played {
  readonly problems: readonly string[];
  readonly endings: readonly string[];
}

/** Plays a schedule to its end. */
export async function play(given: Schedule): Promise<Played> {
  const world = new ScheduleWorld(given);
  const run = new Run(world, given);
  await run.play();
  return { problems: world.problems, endings: run.endings };
}

class Run {
  readonly #world: ScheduleWorld;
  readonly #given: Schedule;
  readonly #asked: Asked[] = [];
  #closed = false;
  #allGiven = false;
  /** Gives the command that waits until everything before it has settled. */
  #atRest: (() => void) | undefined;

  constructor(world: ScheduleWorld, given: Schedule) {
    this.#world = world;
    this.#given = given;
  }

  get endings(): readonly string[] {
    return this.#asked.map(({ what, outcome }) => `${what} ${outcome}`);
  }

  async play(): Promise<void> {
    const { commands, last } = this.#given;
    this.#giveFrom(commands, 0);
    await this.#comeToRest();
    await this.#world.checkLedger();
    this.#checkSettled();
    if (!this.#closed) await this.#goTo(last);
    await this.#world.t.close();
  }

  /** The scheduler puts each command anywhere between the answers, after the one before it. */
  #giveFrom(commands: readonly Command[], index: number): void {
    const given = commands[index];
    if (given === undefined) return;
    this.#give(given, this.#world.ledger);
    const next = commands[index + 1];
    if (next === undefined) this.#allGiven = true;
    else if (next.atRest) this.#atRest = () => this.#giveFrom(commands, index + 1);
    else
      void this.#given.scheduler.schedule(Promise.resolve(), next.do).then(() => this.#giveFrom(commands, index + 1));
  }

  /** From wherever things are, everybody reaches the last conf, and goes down. */
  async #goTo(last: TopologyLike): Promise<void> {
    const world = this.#world;
    world.calm = true;
    const isDown = lifecycleStateOf(world.ledger) === "down";
    const { t } = world;
    await this.#attempt(isDown ? t.up(confOf(last)) : t.signaled(confOf(last)));
    world.checkArrived(last);
    await world.checkLedger();
    await this.#attempt(t.down());
    world.checkArrived(undefined);
  }

  async #attempt(request: Promise<unknown>): Promise<void> {
    let over = false;
    request.then(
      () => {
        over = true;
      },
      (error: unknown) => {
        over = true;
        this.#world.problems.push(`in the end it failed without a fault: ${error}`);
      },
    );
    for (let i = 0; i < 30 && !over; i++) await this.#rest();
    if (!over) this.#world.problems.push("in the end it did not come to an end");
  }

  /** Lets everything answer, then time pass, until nothing is under way any more. */
  async #comeToRest(): Promise<void> {
    for (let i = 0; i < 200; i++) {
      await this.#rest();
      const settled = this.#asked.every(({ outcome }) => outcome !== undefined);
      const paused = this.#world.t.status().transition?.paused === true;
      const give = this.#atRest;
      if (give !== undefined && (settled || paused)) {
        this.#atRest = undefined;
        give();
      } else if (settled && this.#allGiven) return;
      else if (paused) this.#command("resume", () => this.#world.t.resume());
    }
  }

  async #rest(): Promise<void> {
    const { scheduler } = this.#given;
    await turn();
    while (scheduler.count() > 0) {
      await scheduler.waitNext(1);
      await turn();
      this.#world.checkComplaints();
    }
    this.#world.clock.advance(60);
    await turn();
  }

  #give(given: Command, ledger: Ledger): void {
    const { t, clock } = this.#world;
    switch (given.do) {
      case "up":
        this.#ask("up", t.up(confOf(given.to)));
        break;
      case "signaled":
        this.#ask("signaled", t.signaled(confOf(given.to)));
        break;
      case "down":
        this.#ask("down", t.down());
        break;
      case "forced down":
        // It takes what may have been set up for set up, and goes on past what it cannot take down.
        this.#world.pardon(/./);
        this.#ask("forced down", t.down(undefined, { force: true }));
        break;
      case "retry":
        this.#ask("retry", t.retry());
        break;
      case "rollback":
        this.#ask("rollback", t.rollback());
        break;
      case "skip":
        this.#skip(ledger);
        break;
      case "pause":
        this.#command("pause", () => t.pause());
        break;
      case "resume":
        this.#command("resume", () => t.resume());
        break;
      case "wait":
        clock.advance(given.milliseconds);
        break;
      case "close":
        this.#closed = true;
        this.#ask(
          "close",
          t.close().then(() => ({ outcome: "finished", transitionId: "" })),
        );
        this.#world.closing();
        break;
    }
  }

  /** An operator looks what has become of the step that is held, and says so. */
  #skip(ledger: Ledger): void {
    const world = this.#world;
    const held = heldStep(ledger);
    if (held === undefined || ledger.transition?.held === undefined) {
      this.#ask("skip", world.t.skip("not-applied", "nothing is held"));
      return;
    }
    const took = world.tookEffect(held.key);
    if (took === undefined) return;
    if (took) world.settleByHand(held.participant, held.event, held.key);
    else world.pardon(/was announced to be unserved and never was|it was not announced|^Down/);
    this.#ask("skip", world.t.skip(took ? "applied" : "not-applied", "looked it up"));
  }

  #ask(what: string, request: Promise<{ readonly outcome: string; readonly transitionId: string }>): void {
    const asked: Asked = { what, outcome: undefined, transitionId: "" };
    this.#asked.push(asked);
    request.then(
      ({ outcome, transitionId }) => {
        asked.outcome = outcome;
        asked.transitionId = transitionId;
      },
      (error: unknown) => {
        asked.outcome = error instanceof TransitionError ? error.code : String(error);
      },
    );
  }

  #command(what: string, run: () => void): void {
    try {
      run();
    } catch (error) {
      const code = error instanceof TransitionError ? error.code : String(error);
      if (code !== (this.#closed ? "CLOSED" : "NOTHING_HELD")) this.#world.problems.push(`${what} gave ${code}`);
    }
  }

  /** Every promise has settled as documented, and as the facts say. */
  #checkSettled(): void {
    const { facts, problems } = this.#world;
    for (const { what, outcome, transitionId } of this.#asked) {
      if (outcome === undefined) problems.push(`${what} never settled`);
      else if (outcome === "finished" || outcome === "unchanged") {
        if (what !== "close" && !ended(facts, transitionId, "TransitionFinished"))
          problems.push(`${what} is ${outcome}, but there is no such fact of ${transitionId}`);
      } else if (outcome === "superseded") {
        if (transitionId !== "" && !ended(facts, transitionId, "TransitionAbandoned"))
          problems.push(`${what} is superseded, but ${transitionId} was not abandoned`);
      } else if (outcome !== "CLOSED" && REFUSALS[what]?.includes(outcome) !== true)
        problems.push(`${what} ended with ${outcome}`);
      if (outcome === "CLOSED" && !this.#closed) problems.push(`${what} ended with CLOSED`);
    }
    const open = facts.findLast(({ type }) => type === "TransitionStarted");
    if (open === undefined) problems.push("nothing ever began");
  }
}

/** Whether the transition ended with a fact of this type: the last one of its kind before the next began. */
function ended(facts: readonly Fact[], transitionId: string, type: Fact["type"]): boolean {
  const begun = facts.findIndex((fact) => fact.type === "TransitionStarted" && fact.transitionId === transitionId);
  if (begun < 0) return false;
  const next = facts.findIndex((fact, i) => i > begun && fact.type === "TransitionStarted");
  return facts.slice(begun, next < 0 ? undefined : next).some((fact) => fact.type === type);
}

function heldStep(
  ledger: Ledger,
): { readonly participant: string; readonly event: Parameters<typeof subjectOf>[0]; readonly key: string } | undefined {
  const { transition, inDoubt } = ledger;
  const failed = transition?.failed;
  const delivery = failed === undefined ? undefined : transition?.progress?.plan.deliveries[failed.delivery];
  if (transition === undefined) return undefined;
  if (failed !== undefined && delivery !== undefined) {
    const { participant, callback, events } = delivery;
    const key = idempotencyKeyOf(transition.id, participant, callback, events.subject(failed.index));
    return { participant, event: events.at(failed.index), key };
  }
  const doubt = inDoubt[0];
  return doubt === undefined
    ? undefined
    : { participant: doubt.participant, event: doubt.event, key: doubt.idempotencyKey };
}

/** One turn of the event loop: everything that waits for nothing else has run after it. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

export function scheduleText({ commands, behaviours, last, ...rest }: Schedule): string {
  const given = commands.map((each) => ("to" in each ? `${each.do} ${topologyText(each.to)}` : each.do));
  return `${rest.order}, ${rest.policy}, ${rest.concurrency} at once: ${given.join("; ")}; then ${topologyText(last)}; ${[...behaviours].map(([call, how]) => `call ${call} ${how}`).join(", ")}`;
}
