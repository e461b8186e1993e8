/**
 * The convergence campaign: wherever a transition stops, every way on leads where it says.
 *
 * For a pair of topologies a transition from one to the other is made to fail at each of its steps in turn; then each of
 * the ways on is taken, alone and with a second failure in each of its steps. Nobody may complain on the way, and at the end
 * everybody stands where the conf says. One rig serves all cases of a pair: each ends in down, so that what one case left
 * behind would show in the next.
 */
import { TransitionError } from "../../src/error.ts";
import { lifecycleStateOf } from "../../src/journal/ledger.ts";
import type { CallbackName } from "../../src/plan/lifecycle-event.ts";
import type { TopologyLike } from "../../src/testing/topology-like.ts";
import { confOf } from "./conf-of.ts";
import { type HeldState, heldState, type TakenWays } from "./held-state.ts";
import { type Call, type Fault, NO_FAULTS, Rig, type RigOptions } from "./rig.ts";

/** What is done after a failure. `same`, `old` and `third` are reloads. */
export const WAYS_ON = [
  "same",
  "old",
  "third",
  "down",
  "forced down",
  "retry",
  "rollback",
  "skip applied",
  "skip not-applied",
] as const;
export type WayOn = (typeof WAYS_ON)[number];

/** Where a case goes. Undefined: down. */
export interface Route {
  readonly from: TopologyLike | undefined;
  readonly to: TopologyLike | undefined;
  readonly third: TopologyLike;
}

export interface CampaignOptions extends RigOptions {
  readonly faults: readonly Fault[];
  /** The step after the failing one fails too: with concurrency, one that is under way. Default false. */
  readonly sibling?: boolean | undefined;
  /** Of the cases with one failure, every so many. */
  readonly caseEvery: number;
  /** Of the cases with a second failure, every so many. */
  readonly secondEvery: number;
  /** What other routes with the same participants and the same order have tried. */
  readonly taken: TakenWays;
}

/** What ran, and what was wrong. */
export interface CampaignReport {
  /** Those that ran. */
  cases: number;
  /** Those left out because a case that ran went on from the same state in the same way. */
  equal: number;
  secondFailures: number;
  /** Counts that thin the cases: they go on from route to route, so that which cases are tried differs. */
  firstSeen: number;
  secondSeen: number;
  readonly byWay: Record<string, number>;
  readonly problems: string[];
}

export function emptyReport(): CampaignReport {
  return { cases: 0, equal: 0, secondFailures: 0, firstSeen: 0, secondSeen: 0, byWay: {}, problems: [] };
}

/** All failures of one transition, and all ways on from each. */
export async function convergeFrom(route: Route, options: CampaignOptions, report: CampaignReport): Promise<void> {
  const pair = new PairOfConfs(route, options, report);
  await pair.run();
}

/** What an operator who skips a step has coming: what rests on it is left undone. */
const PARDONED: Partial<Record<WayOn, RegExp>> = {
  "skip not-applied": /was announced to be unserved and never was|it was not announced|^Down/,
};

const SETS_UP: ReadonlySet<CallbackName> = new Set([
  "Up",
  "VolumeGroupCreated",
  "VolumeGroupMoved",
  "VolumeGroupChanged",
  "VolumeCreated",
  "VolumeMoved",
  "VolumeChanged",
  "ServeVolume",
]);

/** Reading all facts back costs more than a case; each pair's are read at its end in any case. */
const FOLD_EVERY = 499;

class PairOfConfs {
  readonly #route: Route;
  readonly #options: CampaignOptions;
  readonly #report: CampaignReport;
  #rig: Rig;
  /** A step of a forced down has failed, and somebody still has what it should have let go of, for want of Down or of its end. */
  #leavesRemains = false;

  constructor(route: Route, options: CampaignOptions, report: CampaignReport) {
    this.#route = route;
    this.#options = options;
    this.#report = report;
    this.#rig = new Rig(options);
  }

  async run(): Promise<void> {
    const steps = await this.#stepsOfTransition();
    for (let step = 0; step < steps; step++) {
      for (const fault of this.#options.faults) await this.#waysFrom({ fault, step }, this.#waysToTake(fault));
    }
    await this.#rig.t.close();
  }

  /** How many steps the transition has when nothing fails. */
  async #stepsOfTransition(): Promise<number> {
    const { from, to } = this.#route;
    await this.#begin(from);
    this.#rig.arm(NO_FAULTS);
    await this.#attemptWell(() => this.#go(to));
    const steps = this.#rig.calls.length;
    this.#rig.checkArrived(to);
    this.#collect(`${topologyText(from)} → ${topologyText(to)}`);
    return steps;
  }

  #waysToTake(fault: Fault): readonly WayOn[] {
    // An operator who says that it is not there must be right.
    const possible = WAYS_ON.filter((way) => way !== "skip not-applied" || fault !== "doubt-applied");
    return possible.filter(() => this.#report.firstSeen++ % this.#options.caseEvery === 0);
  }

  /** One failure, and each way on from it that is new, alone and with a second failure in each step of the way. */
  async #waysFrom(failure: Failure, ways: readonly WayOn[]): Promise<void> {
    let held: HeldState | undefined;
    for (const way of ways) {
      if (held !== undefined && !this.#isNew(way, held)) continue;
      const failures = await this.#fail(failure);
      if (held === undefined) {
        held = await this.#heldState(failures);
        if (!this.#isNew(way, held)) {
          this.#collect(describe(this.#route, failure));
          continue;
        }
      }
      const calls = await this.#goOn({ ...failure, way }, failures, undefined);
      await this.#secondFailures({ ...failure, way }, calls);
    }
  }

  async #heldState(failures: readonly Call[]): Promise<HeldState> {
    const isToldCounted = this.#options.participants.some(({ callbacks }) => callbacks?.includes("VolumeChanged"));
    return heldState(await this.#rig.ledger, failures, isToldCounted);
  }

  #isNew(way: WayOn, { text, rest }: HeldState): boolean {
    const { to, third } = this.#route;
    const goals = this.#goals();
    const isNew =
      way in goals
        ? this.#options.taken.take(
            way === "forced down" || way === "rollback" ? way : "go",
            topologyText(goals[way]),
            text,
          )
        : this.#options.taken.take(way, rest, topologyText(to), topologyText(to ?? third), text);
    if (!isNew) this.#report.equal++;
    return isNew;
  }

  async #secondFailures(first: FirstFailure, way: readonly Call[]): Promise<void> {
    const { secondEvery, faults } = this.#options;
    for (let step = 0; step < way.length; step++) {
      for (const fault of faults) {
        // What has taken effect, and is delivered again, cannot answer that nothing is in effect.
        if (fault === "throw" && first.fault === "doubt-applied" && way[step]?.again) continue;
        if (this.#report.secondSeen++ % secondEvery !== 0) continue;
        await this.#goOn(first, await this.#fail(first), { fault, step });
      }
    }
  }

  /** Gives the calls that went wrong in the transition. */
  async #fail({ fault, step }: Failure): Promise<readonly Call[]> {
    const rig = this.#rig;
    const { from, to } = this.#route;
    rig.arm(NO_FAULTS);
    await this.#begin(from);
    const strikes: [number, Fault][] = [[step, fault]];
    if (this.#options.sibling === true) strikes.push([step + 1, fault]);
    rig.arm(new Map(strikes));
    const error = await this.#attempt(() => this.#go(to));
    const { failures } = rig;
    if (failures.length === 0) rig.problems.push(`there was no step ${step} to fail`);
    else await this.#checkHeld(error, failures);
    return failures;
  }

  #isDownUnheard(): boolean {
    return this.#options.participants.some(({ callbacks }) => callbacks?.includes("Down") === false);
  }

  /** Gives the calls on the way on. */
  async #goOn(first: FirstFailure, failures: readonly Call[], second: Failure | undefined): Promise<readonly Call[]> {
    const rig = this.#rig;
    let calls: readonly Call[] = [];
    if (failures.length > 0) {
      rig.arm(second === undefined ? NO_FAULTS : new Map([[second.step, second.fault]]));
      calls = await this.#wayOn(first, failures, second);
    }
    this.#count(first.way, second !== undefined);
    if (this.#report.cases % FOLD_EVERY === 0) await rig.checkFold();
    this.#collect(describe(this.#route, first, second));
    return calls;
  }

  #count(way: WayOn, again: boolean): void {
    this.#report.cases++;
    if (again) this.#report.secondFailures++;
    const { byWay } = this.#report;
    byWay[way] = (byWay[way] ?? 0) + 1;
  }

  async #wayOn(
    { fault, way }: FirstFailure,
    failures: readonly Call[],
    second: Failure | undefined,
  ): Promise<readonly Call[]> {
    const rig = this.#rig;
    // An operator's word is about the step that the error names. A forced down takes what may have been set up for set up.
    if (way === "skip applied") rig.settleByHand(failures[0] as Call);
    const assumed = way === "forced down" && fault === "doubt-not-applied" ? failures : [];
    for (const failed of assumed) if (SETS_UP.has(failed.event.type)) rig.settleByHand(failed);
    const error = await this.#attempt(() => this.#take(way));
    if (way === "skip not-applied") {
      rig.checkComplaints(PARDONED[way]);
      await rig.keepNotices();
    }
    const calls = [...rig.calls];
    // A redelivery that throws settles the doubt, and the way goes on; only who goes on with the very plan is held at it.
    const struck = rig.failures[0];
    const isSamePlan = way === "retry" || way === "skip applied" || way === "skip not-applied";
    const settled = second?.fault === "throw" && fault !== "throw" && struck?.again === true && !isSamePlan;
    if (second === undefined || settled) {
      if (error !== undefined) rig.problems.push(`it failed without a fault: ${error}`);
      await this.#checkEnd(way);
    } else if (struck === undefined) rig.problems.push(`there was no step ${second.step} to fail on the way`);
    else if (way === "forced down") {
      await this.#checkContinued(error, struck);
      this.#leavesRemains = struck.event.type === "Down" || this.#isDownUnheard();
    } else {
      await this.#checkHeld(error, [struck]);
      await this.#finale(second.step, PARDONED[way]);
    }
    return calls;
  }

  /** Everybody is where the way leads. */
  async #checkEnd(way: WayOn): Promise<void> {
    const rig = this.#rig;
    const { to, third } = this.#route;
    await rig.checkBelief();
    if (way === "skip not-applied") {
      await this.#attemptWell(() => this.#go(to ?? third));
      rig.checkArrived(to ?? third);
      return;
    }
    const goals = this.#goals();
    rig.checkArrived(way in goals ? goals[way] : to);
  }

  /** Where the ways lead that make a plan of their own. */
  #goals(): Partial<Record<WayOn, TopologyLike | undefined>> {
    const { from, to, third } = this.#route;
    return { same: to, old: from, third, rollback: from, down: undefined, "forced down": undefined };
  }

  #take(way: WayOn): Promise<unknown> {
    const { t } = this.#rig;
    const { from, to, third } = this.#route;
    switch (way) {
      case "same":
        return this.#go(to);
      case "old":
        return this.#go(from);
      case "third":
        return this.#go(third);
      case "down":
        return t.down();
      case "forced down":
        return t.down(undefined, { force: true });
      case "retry":
        return t.retry();
      case "rollback":
        return t.rollback();
      case "skip applied":
        return t.skip("applied", "campaign");
      case "skip not-applied":
        return t.skip("not-applied", "campaign");
    }
  }

  /** After two failures, one of the ways on that need no operator's word. */
  async #finale(choice: number, pardoned: RegExp | undefined): Promise<void> {
    const rig = this.#rig;
    rig.arm(NO_FAULTS);
    const { from, to, third } = this.#route;
    const goals = [to, from, third, undefined, "retry"] as const;
    const goal = goals[choice % goals.length];
    if (goal === "retry") {
      await this.#attemptWell(() => rig.t.retry());
      rig.checkComplaints(pardoned);
      if (pardoned !== undefined) await rig.keepNotices();
    } else {
      await this.#attemptWell(() => this.#go(goal));
      rig.checkArrived(goal, pardoned);
    }
    await rig.checkBelief();
  }

  async #go(to: TopologyLike | undefined): Promise<unknown> {
    const { t } = this.#rig;
    if (to === undefined) return t.down();
    const state = lifecycleStateOf(await this.#rig.ledger);
    return state === "down" ? t.up(confOf(to)) : t.signaled(confOf(to));
  }

  async #attempt(run: () => Promise<unknown>): Promise<unknown> {
    try {
      await run();
      return undefined;
    } catch (error) {
      return error;
    }
  }

  async #attemptWell(run: () => Promise<unknown>): Promise<void> {
    const error = await this.#attempt(run);
    if (error !== undefined) this.#rig.problems.push(`it failed without a fault: ${error}`);
  }

  async #checkHeld(error: unknown, failures: readonly Call[]): Promise<void> {
    const rig = this.#rig;
    const [first] = failures;
    if (!(error instanceof TransitionError)) rig.problems.push(`a fault gave ${String(error)}`);
    else if (first !== undefined && (error.callback !== first.event.type || error.participant !== first.participant))
      rig.problems.push(`${first.participant} failed in ${first.event.type}, but the error is ${error.message}`);
    const state = lifecycleStateOf(await rig.ledger);
    if (state !== "failed") rig.problems.push(`after a fault it is ${state}`);
    rig.checkComplaints();
    await rig.checkBelief();
  }

  async #checkContinued(error: unknown, failed: Call): Promise<void> {
    const rig = this.#rig;
    if (!(error instanceof TransitionError) || error.code !== "CONTINUED")
      rig.problems.push(`a forced down with a failure gave ${String(error)}`);
    const state = lifecycleStateOf(await rig.ledger);
    if (state !== "down") rig.problems.push(`after a forced down it is ${state}`);
    // It goes on although a gate could not be closed; and Down comes although a volume could not be let go of.
    rig.checkComplaints(failed.event.type.startsWith("Signaled") ? /gate is open|^Down/ : /^Down/);
    await rig.checkBelief();
  }

  /** From wherever the case before has ended. */
  async #begin(at: TopologyLike | undefined): Promise<void> {
    const rig = this.#rig;
    const isDown = lifecycleStateOf(await rig.ledger) === "down";
    if (at === undefined && isDown) return;
    await this.#attemptWell(() => this.#go(at));
    rig.checkArrived(at);
  }

  /** Hands problems to the report, and begins with a fresh rig, since this one may be anywhere. */
  #collect(what: string): void {
    const { problems } = this.#rig;
    if (problems.length === 0 && !this.#leavesRemains) return;
    if (problems.length > 0) this.#report.problems.push(`${what}\n    ${[...new Set(problems)].join("\n    ")}`);
    this.#leavesRemains = false;
    this.#rig = new Rig(this.#options);
  }
}

interface Failure {
  readonly fault: Fault;
  readonly step: number;
}

interface FirstFailure extends Failure {
  readonly way: WayOn;
}

function describe(route: Route, first: Failure & { readonly way?: WayOn }, second?: Failure): string {
  const { from, to, third } = route;
  const way = first.way === undefined ? "" : `, ${first.way}`;
  const then = second === undefined ? "" : `, then ${second.fault} in step ${second.step}`;
  return `${topologyText(from)} → ${topologyText(to)}: ${first.fault} in step ${first.step}${way}${then} (third: ${topologyText(third)})`;
}

/** A topology in one line. */
export function topologyText(topology: TopologyLike | undefined): string {
  if (topology === undefined) return "down";
  return `{${topology.groups.map(({ name, activePeer, volumes }) => `${name}@${activePeer || "nobody"}[${volumes}]`).join(" ")}}`;
}
