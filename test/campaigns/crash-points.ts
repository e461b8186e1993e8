/**
 * The crash campaign: wherever a process stops, the next one goes on without losing or repeating anything.
 *
 * A transition is run once past all points at which its process can stop, and what would be left at each, in each way, is
 * kept; from there the next process goes on, with a conf that is unchanged, changed or changed back. Many crashes leave the
 * same, and what has been left once need not be recovered from again. Some are really stopped, to see that the same is
 * left; some recoveries are stopped again.
 */
import { EMPTY_LEDGER, type Ledger } from "../../src/journal/ledger.ts";
import { afterProcessStart } from "../../src/journal/process-restart.ts";
import { Replay } from "../../src/journal/replay.ts";
import type { OrderName } from "../../src/plan/order.ts";
import type { TopologyLike } from "../../src/testing/topology-like.ts";
import { eventText } from "../../src/testing/trace.ts";
import { confOf } from "./conf-of.ts";
import { topologyText } from "./convergence.ts";
import {
  type Crash,
  type CrashParticipant,
  CrashRig,
  crashesAt,
  crashText,
  type Point,
  type Remains,
} from "./crash-rig.ts";
import { stateText, type TakenWays } from "./held-state.ts";
import { FAULTS } from "./rig.ts";

export interface CrashRoute {
  readonly from: TopologyLike | undefined;
  readonly to: TopologyLike | undefined;
  readonly third: TopologyLike;
}

export interface CrashOptions {
  readonly order: OrderName;
  readonly participants: readonly CrashParticipant[];
  /** Of the cases with one crash, every so many; of those with a second one, every so many. */
  readonly caseEvery: number;
  readonly secondEvery: number;
  /** What other routes with the same participants and the same order have tried. */
  readonly taken: TakenWays;
}

export interface CrashReport {
  /** Those that ran. */
  cases: number;
  /** Those left out because a case that ran recovered from the same remains to the same conf. */
  equal: number;
  secondCrashes: number;
  firstSeen: number;
  secondSeen: number;
  readonly problems: string[];
}

export function emptyCrashReport(): CrashReport {
  return { cases: 0, equal: 0, secondCrashes: 0, firstSeen: 0, secondSeen: 0, problems: [] };
}

/** Really stopping costs what all the rest of a case does. */
const STOP_EVERY = 97;

/** All crashes in one transition, each followed by each conf. */
export async function crashAlong(route: CrashRoute, options: CrashOptions, report: CrashReport): Promise<void> {
  const rig = await rigAt(route.from, options);
  const left = await rig.runPast((t) => go(t, route));
  collect(report, describeRoute(route), rig.problems);
  const ledgers = await ledgersOf(left);
  for (const remains of left) {
    const text = remainsText(remains, ledgers[remains.records.length] ?? EMPTY_LEDGER, options.participants);
    for (const goal of goalsOf(route)) {
      if (report.firstSeen++ % options.caseEvery !== 0 || !isNew({ options, report, goal }, text)) continue;
      const one = { route, options, report, points: rig.points, remains, goal };
      if (report.cases % STOP_EVERY === 0) await reallyStop(one, text);
      await crashTwice(one);
    }
  }
}

/** By number of facts, the ledger after them. */
async function ledgersOf(left: readonly Remains[]): Promise<readonly Ledger[]> {
  const ledgers: Ledger[] = [EMPTY_LEDGER];
  const replay = new Replay(undefined);
  for (const record of left.at(-1)?.records ?? []) ledgers.push(replay.next(record).ledger);
  return ledgers;
}

/** Equal texts are equal remains: what the next process makes of the facts, and what outlived the last one. */
function remainsText({ models }: Remains, ledger: Ledger, participants: readonly CrashParticipant[]): string {
  const { states, inDoubt, whoAmI } = afterProcessStart(ledger, { streamId: "s", epoch: 1 });
  const believed = [...states].map(([name, state]) => [name, stateText(state)]);
  const doubts = inDoubt.map(({ participant, event, attempts }) => [participant, eventText(event), attempts]);
  const did = participants
    .filter(({ durable }) => durable)
    .map(({ name }) => {
      const { groups, volumes, served, noticed } = models.get(name)?.standing ?? NOTHING;
      return [name, [...groups], [...volumes], [...served], [...noticed]];
    });
  return JSON.stringify([whoAmI, believed, doubts, did]);
}

async function textOf(remains: Remains, participants: readonly CrashParticipant[]): Promise<string> {
  return remainsText(remains, (await ledgersOf([remains])).at(-1) ?? EMPTY_LEDGER, participants);
}

/** The same crash, in earnest: it must leave the same. */
async function reallyStop({ route, options, report, remains, points }: CrashCase, text: string): Promise<void> {
  const rig = await rigAt(route.from, options);
  rig.arm(remains.crash);
  if (!(await rig.run((t) => go(t, route)))) rig.problems.push("it did not stop");
  const stopped = rig.remains(remains.crash);
  const really = await textOf(stopped, options.participants);
  if (really !== text) rig.problems.push(`it left ${really}, and not ${text}`);
  collect(report, `${describeRoute(route)}, stopped at ${crashText(remains.crash, points)}`, rig.problems);
}

/** A transition that is held at each of its steps, and whose process is killed then. */
export async function killHeld(route: CrashRoute, options: CrashOptions, report: CrashReport): Promise<void> {
  const calls = (await pointsOf(route, options)).filter(({ kind }) => kind === "start").length;
  for (let call = 0; call < calls; call++) {
    for (const fault of FAULTS) {
      const goals = goalsOf(route).filter(() => report.firstSeen++ % options.caseEvery === 0);
      if (goals.length === 0) continue;
      const rig = await rigAt(route.from, options);
      rig.fail(call, fault);
      await rig.run((t) => go(t, route));
      if (!rig.failed) rig.problems.push("it did not fail");
      const what = `${describeRoute(route)}, ${fault} in step ${call}, killed`;
      collect(report, what, rig.problems);
      const remains = rig.remains({ point: 0, kept: 0 });
      const text = await textOf(remains, options.participants);
      for (const goal of goals) {
        if (!isNew({ options, report, goal }, text)) continue;
        report.cases++;
        const next = new CrashRig(options.order, options.participants, remains);
        collect(report, `${what}, up ${topologyText(goal)}`, await recover(next, goal));
      }
    }
  }
}

function goalsOf({ from, to, third }: CrashRoute): readonly TopologyLike[] {
  return [...new Set([to, from, third])].filter((goal) => goal !== undefined);
}

function isNew({ options, report, goal }: Pick<CrashCase, "options" | "report" | "goal">, text: string): boolean {
  const isNew = options.taken.take(text, topologyText(goal));
  if (!isNew) report.equal++;
  return isNew;
}

function collect(report: CrashReport, what: string, problems: readonly string[]): void {
  if (problems.length > 0) report.problems.push(`${what}\n    ${problems.join("\n    ")}`);
}

/** Up in the next process, and down again; gives what was wrong. */
async function recover(rig: CrashRig, goal: TopologyLike): Promise<readonly string[]> {
  await rig.run((t) => t.up(confOf(goal)));
  await rig.checkArrived(goal);
  await rig.run((t) => t.down());
  await rig.checkArrived(undefined);
  return rig.problems;
}

interface CrashCase {
  readonly route: CrashRoute;
  readonly options: CrashOptions;
  readonly report: CrashReport;
  readonly points: readonly Point[];
  readonly remains: Remains;
  readonly goal: TopologyLike;
}

/** One crash; then the same with a second one in the recovery. */
async function crashTwice(one: CrashCase): Promise<void> {
  const { options, report } = one;
  const recovery = await runCase(one, undefined);
  for (const [index, point] of recovery.entries()) {
    for (const second of crashesAt(index, point)) {
      if (report.secondSeen++ % options.secondEvery === 0) await runCase(one, second);
    }
  }
}

/** Gives the points of the recovery. */
async function runCase(one: CrashCase, second: Crash | undefined): Promise<readonly Point[]> {
  const { options, report, remains, goal } = one;
  const rig = new CrashRig(options.order, options.participants, remains);
  rig.arm(second);
  let points: readonly Point[] = [];
  if (second === undefined) {
    await rig.run((t) => t.up(confOf(goal)));
    points = [...rig.points];
  } else {
    if (!(await rig.run((t) => t.up(confOf(goal))))) rig.problems.push("the recovery did not stop");
    rig.crash();
  }
  if (second === undefined) await rig.checkArrived(goal);
  else await recover(rig, goal);
  report.cases++;
  if (second !== undefined) report.secondCrashes++;
  collect(report, describe(one, second), rig.problems);
  return points;
}

async function pointsOf(route: CrashRoute, options: CrashOptions): Promise<readonly Point[]> {
  const rig = await rigAt(route.from, options);
  rig.arm(undefined);
  await rig.run((t) => go(t, route));
  return rig.points;
}

const NOTHING = { groups: new Map(), volumes: new Map(), served: new Set(), noticed: new Set() };

async function rigAt(from: TopologyLike | undefined, { order, participants }: CrashOptions): Promise<CrashRig> {
  const rig = new CrashRig(order, participants);
  if (from !== undefined) await rig.run((t) => t.up(confOf(from)));
  return rig;
}

function go(t: CrashRig["t"], { from, to }: CrashRoute): Promise<unknown> {
  if (to === undefined) return t.down();
  return from === undefined ? t.up(confOf(to)) : t.signaled(confOf(to));
}

function describe({ route, points, remains, goal }: CrashCase, second: Crash | undefined): string {
  const then = second === undefined ? "" : `, then at point ${second.point} (${second.kept} facts kept)`;
  return `${describeRoute(route)}, stopped at ${crashText(remains.crash, points)}, up ${topologyText(goal)}${then}`;
}

function describeRoute({ from, to }: CrashRoute): string {
  return `${topologyText(from)} → ${topologyText(to)}`;
}
