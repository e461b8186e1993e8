/**
 * The crash campaign: wherever a process stops, the next one goes on without losing or repeating anything.
 *
 * A transition is run once to count the points at which a process can stop; then it is stopped at each of them, in each
 * way, and restarted with a conf that is unchanged, changed or changed back. Some recoveries are stopped again.
 */
import type { OrderName } from "../../src/plan/order.ts";
import type { TopologyLike } from "../../src/testing/topology-like.ts";
import { confOf } from "./conf-of.ts";
import { topologyText } from "./convergence.ts";
import { type Crash, type CrashParticipant, CrashRig, crashesAt, crashText, type Point } from "./crash-rig.ts";
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
}

export interface CrashReport {
  cases: number;
  secondCrashes: number;
  firstSeen: number;
  secondSeen: number;
  readonly problems: string[];
}

export function emptyCrashReport(): CrashReport {
  return { cases: 0, secondCrashes: 0, firstSeen: 0, secondSeen: 0, problems: [] };
}

/** All crashes in one transition, each followed by each conf. */
export async function crashAlong(route: CrashRoute, options: CrashOptions, report: CrashReport): Promise<void> {
  const points = await pointsOf(route, options);
  for (const [index, point] of points.entries()) {
    for (const crash of crashesAt(index, point)) {
      for (const goal of new Set([route.to, route.from, route.third])) {
        if (goal === undefined || report.firstSeen++ % options.caseEvery !== 0) continue;
        await crashTwice({ route, options, report, points, crash, goal });
      }
    }
  }
}

/** A transition that is held at each of its steps, and whose process is killed then. */
export async function killHeld(route: CrashRoute, options: CrashOptions, report: CrashReport): Promise<void> {
  const calls = (await pointsOf(route, options)).filter(({ kind }) => kind === "start").length;
  for (let call = 0; call < calls; call++) {
    for (const fault of FAULTS) {
      for (const goal of new Set([route.to, route.from, route.third])) {
        if (goal === undefined || report.firstSeen++ % options.caseEvery !== 0) continue;
        const rig = await rigAt(route.from, options);
        rig.fail(call, fault);
        await rig.run((t) => go(t, route));
        if (!rig.failed) rig.problems.push("it did not fail");
        rig.crash();
        const recovery = await recover(rig, goal);
        const what = `${describeRoute(route)}, ${fault} in step ${call}, killed, up ${topologyText(goal)}`;
        if (recovery.length > 0) report.problems.push(`${what}\n    ${recovery.join("\n    ")}`);
        report.cases++;
      }
    }
  }
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
  readonly crash: Crash;
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
  const { route, options, report, crash, goal } = one;
  const rig = await rigAt(route.from, options);
  rig.arm(crash);
  if (!(await rig.run((t) => go(t, route)))) rig.problems.push("it did not stop");
  rig.crash();
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
  if (rig.problems.length > 0) report.problems.push(`${describe(one, second)}\n    ${rig.problems.join("\n    ")}`);
  return points;
}

async function pointsOf(route: CrashRoute, options: CrashOptions): Promise<readonly Point[]> {
  const rig = await rigAt(route.from, options);
  rig.arm(undefined);
  await rig.run((t) => go(t, route));
  return rig.points;
}

async function rigAt(from: TopologyLike | undefined, { order, participants }: CrashOptions): Promise<CrashRig> {
  const rig = new CrashRig(order, participants);
  if (from !== undefined) await rig.run((t) => t.up(confOf(from)));
  return rig;
}

function go(t: CrashRig["t"], { from, to }: CrashRoute): Promise<unknown> {
  if (to === undefined) return t.down();
  return from === undefined ? t.up(confOf(to)) : t.signaled(confOf(to));
}

function describe({ route, points, crash, goal }: CrashCase, second: Crash | undefined): string {
  const then = second === undefined ? "" : `, then at point ${second.point} (${second.kept} facts kept)`;
  return `${describeRoute(route)}, stopped at ${crashText(crash, points)}, up ${topologyText(goal)}${then}`;
}

function describeRoute({ from, to }: CrashRoute): string {
  return `${topologyText(from)} → ${topologyText(to)}`;
}
