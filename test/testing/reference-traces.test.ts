/**
 * Every trace of the original code keeps the ordering laws under its own order and, put into the documented order of
 * phases, under that one too. What the laws refuse there would be a law that the contract does not have.
 */
import { describe, expect, it } from "vitest";
import { parseConf } from "../../src/conf/conf-text.ts";
import { upgradeConfMapIfNeeded } from "../../src/conf/upgrade.ts";
import type { CallbackName, LifecycleEvent } from "../../src/plan/lifecycle-event.ts";
import { CALLBACKS } from "../../src/plan/lifecycle-event.ts";
import { type Command, type OrderName, rowsOf } from "../../src/plan/order.ts";
import { explainViolations, orderingLaws } from "../../src/testing/ordering-laws.ts";
import { nothing, type TopologyLike } from "../../src/testing/topology-like.ts";
import type { Trace } from "../../src/testing/trace.ts";
import { readReference } from "../reference/read-reference.ts";

interface ReferenceCase {
  readonly id: string;
  readonly participants: readonly string[];
  readonly ops: readonly ReferenceOp[];
}
interface ReferenceOp {
  readonly op: Command;
  readonly conf: string;
  readonly ok: boolean;
  readonly trace: readonly ReferenceGroup[];
  readonly failedCall?: ReferenceGroup;
}
interface ReferenceGroup {
  readonly callback: CallbackName;
  readonly participant: string;
  readonly args: readonly (readonly string[])[];
}

/** A transition with what the original was seen to do, and the topologies that it was measured between. */
interface Transition {
  readonly name: string;
  readonly command: Command;
  readonly participants: readonly string[];
  readonly from: TopologyLike;
  readonly to: TopologyLike;
  readonly ended: "finished" | "failed";
  readonly trace: Trace;
}

/** Read here and not by our reader, which refuses some of what the original accepted. */
function topologyOf(text: string): TopologyLike {
  const conf = upgradeConfMapIfNeeded(parseConf(text));
  const only = (section: string, option: string): string => conf.strings(section, option)[0] ?? "";
  return {
    whoAmI: only("Cluster", "WhoAmI"),
    groups: conf.strings("FSGlobals", "VolumeGroupList").map((name) => ({
      name,
      activePeer: only(`VolumeGroup:${name}`, "PrimaryPeer"),
      virtualIPAddr: only(`VolumeGroup:${name}`, "VirtualIPAddr"),
      volumes: conf.strings(`VolumeGroup:${name}`, "VolumeList"),
    })),
  };
}

function eventOf(callback: CallbackName, args: readonly string[]): LifecycleEvent {
  const [first = "", second = "", third = ""] = args;
  const kind = CALLBACKS[callback].subject;
  const isPlaced = callback === "VolumeCreated" || callback === "VolumeMoved";
  const isTold = callback === "VolumeGroupCreated" || callback === "VolumeGroupMoved";
  const given = {
    type: callback,
    ...(kind === "volume" ? { volumeName: first, ...(isPlaced ? { volumeGroupName: second } : {}) } : {}),
    ...(kind === "group"
      ? { volumeGroupName: first, ...(isTold ? { activePeer: second, virtualIPAddr: third } : {}) }
      : {}),
  };
  return given as LifecycleEvent;
}

/** The transitions of a case. The original takes the new configuration as its current one before it calls anybody. */
function transitionsOf({ id, participants, ops }: ReferenceCase): readonly Transition[] {
  let current: TopologyLike = nothing("");
  return ops.flatMap((op, i) => {
    const refused = !op.ok && op.trace.length === 0 && op.failedCall === undefined;
    if (refused) return [];
    const conf = topologyOf(op.conf);
    const trace = op.trace.flatMap(({ callback, participant, args }) =>
      args.map((each) => ({ participant, event: eventOf(callback, each) })),
    );
    const { from, to } = { from: current, to: conf };
    current = conf;
    const ended = op.ok ? ("finished" as const) : ("failed" as const);
    return [{ name: `${id} op ${i}`, command: op.op, participants, from, to, ended, trace }];
  });
}

/** The same deliveries with the phases in another table's order. */
function inOrder(trace: Trace, order: OrderName, command: Command): Trace {
  const rows = rowsOf(order, command).map(({ callback }) => callback);
  const rowOf = ({ event }: Trace[number]): number => rows.indexOf(event.type);
  return [...trace].sort((a, b) => rowOf(a) - rowOf(b));
}

describe("the original's traces", () => {
  const transitions = readReference<ReferenceCase>("traces").flatMap(transitionsOf);
  const finished = transitions.filter(({ ended }) => ended === "finished");

  function violationsIn(order: OrderName, given: readonly Transition[]): readonly string[] {
    return given.flatMap(({ name, trace, ...options }) => {
      const judged = order === "proxyfs" ? trace : inOrder(trace, order, options.command);
      const violations = orderingLaws(judged, order, { ...options, subjects: "any" });
      return violations.length === 0 ? [] : [`${name}: ${explainViolations(violations, judged)}`];
    });
  }

  it("are as many as expected, failed ones among them", () => {
    expect([transitions.length, finished.length]).toEqual([1592, 1520]);
  });

  it("keep every law under proxyfs", () => {
    expect(violationsIn("proxyfs", transitions)).toEqual([]);
  });

  it("keep every law under documented, with their phases in that order", () => {
    // A failed transition stops at another place in the other order, so only whole ones can be put into it.
    expect(violationsIn("documented", finished)).toEqual([]);
  });

  it("keep every law that needs nothing but the trace", () => {
    for (const { name, trace, command, ended } of transitions) {
      const violations = orderingLaws(trace, "proxyfs", { command, ended, subjects: "any" });
      expect(explainViolations(violations, trace), name).toBe("");
    }
  });

  it("are refused under the order that is not theirs, as soon as the orders differ in them", () => {
    const differing = finished.filter(
      ({ trace, command }) => JSON.stringify(inOrder(trace, "documented", command)) !== JSON.stringify(trace),
    );
    expect(differing.length).toBeGreaterThan(100);
    for (const { trace, command } of differing) {
      expect(orderingLaws(trace, "documented", { command, subjects: "any" }).map(({ law }) => law)).toContain(
        "phase-order",
      );
    }
  });
});
