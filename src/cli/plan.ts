/**
 * `signaled plan`: the dry run, which shows exactly what a change would tell whom, and in which order.
 */
import { loadConf } from "../conf/conf-file.ts";
import type { ConfMap } from "../conf/conf-map.ts";
import { upgradeConfMapIfNeeded } from "../conf/upgrade.ts";
import { plannedOf } from "../effects/registry.ts";
import { TransitionError } from "../error.ts";
import type { OrderName } from "../plan/order.ts";
import { settledAt } from "../plan/participant-state.ts";
import { type Plan, type PlannedParticipant, planTransition } from "../plan/plan.ts";
import { EXIT_CODES } from "../service/exit-code.ts";
import { planJson } from "../service/plan-json.ts";
import { assembleRoster } from "../service/roster.ts";
import { readTopologyWithWarnings } from "../topology/read-topology.ts";
import type { Topology } from "../topology/topology.ts";
import { problemLine } from "./check.ts";
import type { Command, Invocation } from "./command.ts";
import { confsAndOverrides, orderOf, usageError } from "./command-line.ts";
import { reasonsOf } from "./explanation.ts";
import { HELP, ORDER, PARTICIPANTS } from "./options.ts";
import { planMermaid, planTable } from "./plan-text.ts";

export const plan: Command = {
  name: "plan",
  arguments: "[OLD] NEW [Section.Option=value ...]",
  summary: "Show the ordered events of a change, and who is told of them. Nothing is dispatched.",
  details: [
    "With OLD and NEW: the reload from one to the other. With NEW alone: the start. With --down: the end. Overrides are laid\nover both. ↑ walks the participants in registration order, ↓ in reverse.",
  ],
  options: {
    participants: PARTICIPANTS,
    order: ORDER,
    down: { help: "The plan of going down from the one configuration given." },
    explain: {
      help: "Say of every event which setting changed, where it stands, and which rule made the event of it.",
    },
    json: { help: "Print {order, command, hash, phases: [{callback, direction, events, participants}]}." },
    mermaid: { help: "Print a Mermaid sequence diagram." },
    help: HELP,
  },
  examples: [
    ["signaled plan running.conf edited.conf", "What a reload would do."],
    ["signaled plan running.conf edited.conf --explain", "The same, with the reason of every event."],
    ["signaled plan cluster.conf Cluster.WhoAmI=Peer1", "What Peer1 does when it starts."],
  ],
  run: runPlan,
};

/** A configuration as a plan sees it. */
interface Side {
  readonly confMap: ConfMap;
  readonly topology: Topology;
}

async function runPlan(invocation: Invocation): Promise<number> {
  const { terminal } = invocation;
  const { from, to } = await sidesOf(invocation);
  const registry = await assembleRoster({
    modules: invocation.texts("participants"),
    confs: [from, to].flatMap((side) => (side === undefined ? [] : [side.confMap])),
  });
  const made = planBetween(from, to, {
    order: orderOf(invocation),
    participants: plannedOf(registry.participants),
  });
  if (invocation.flag("json")) terminal.out(JSON.stringify(planJson(made), undefined, 2));
  else if (invocation.flag("mermaid")) for (const line of planMermaid(made)) terminal.out(line);
  else {
    const reasons = invocation.flag("explain") ? reasonsOf({ plan: made, from, to }) : undefined;
    for (const line of planTable(planJson(made), terminal, reasons)) terminal.out(line);
    terminal.err(terminal.dim(`${made.command}, ${made.order} order, ${stepsOf(made)} steps, plan ${made.hash}`));
  }
  return EXIT_CODES.ok.code;
}

async function sidesOf(invocation: Invocation): Promise<{ from: Side | undefined; to: Side | undefined }> {
  const { confs, overrides } = confsAndOverrides(invocation.positionals);
  const down = invocation.flag("down");
  const most = down ? 1 : 2;
  if (confs.length === 0 || confs.length > most) {
    const wanted = down ? "one configuration" : "one configuration, or an old and a new one";
    throw usageError(`plan takes ${wanted}, and got ${confs.length}: signaled plan [OLD] NEW`);
  }
  const sides: Side[] = [];
  for (const conf of confs) sides.push(await readSide(conf, overrides, invocation));
  const [first, second] = sides;
  if (down) return { from: first, to: undefined };
  if (second === undefined) return { from: undefined, to: first };
  if (first !== undefined) requireOneWhoAmI(first, second);
  return { from: first, to: second };
}

async function readSide(conf: string, overrides: readonly string[], { terminal }: Invocation): Promise<Side> {
  const confMap = upgradeConfMapIfNeeded(await loadConf(conf, { overrides }));
  const { topology, warnings } = readTopologyWithWarnings(confMap);
  for (const warning of warnings) terminal.err(problemLine(warning, terminal.yellow("warning"), terminal));
  return { confMap, topology };
}

function requireOneWhoAmI(from: Side, to: Side): void {
  if (from.topology.whoAmI === to.topology.whoAmI) return;
  throw new TransitionError(
    "WHOAMI_CHANGED",
    `the old configuration is ${from.topology.whoAmI}'s and the new one ${to.topology.whoAmI}'s: a reload cannot change ` +
      "[Cluster] WhoAmI. Compare them as one peer with Cluster.WhoAmI=NAME",
    { section: "Cluster", option: "WhoAmI", ...to.confMap.origin("Cluster", "WhoAmI") },
  );
}

function planBetween(
  from: Side | undefined,
  to: Side | undefined,
  { order, participants }: { readonly order: OrderName; readonly participants: readonly PlannedParticipant[] },
): Plan {
  const settled = from === undefined ? undefined : settledAt(from.topology, from.confMap);
  return planTransition({
    command: to === undefined ? "down" : from === undefined ? "up" : "signaled",
    from: settled && new Map(participants.map(({ name }) => [name, settled])),
    to: to?.topology,
    confMap: to?.confMap,
    order,
    participants,
  });
}

function stepsOf({ deliveries }: Plan): number {
  return deliveries.reduce((sum, { events, implemented }) => sum + (implemented ? events.length : 0), 0);
}
