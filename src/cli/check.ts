/**
 * `signaled check`: everything that is wrong with a configuration, with its place, before anybody sends a SIGHUP.
 */
import { loadConf } from "../conf/conf-file.ts";
import type { Problem } from "../error.ts";
import { askingOf, checkConf } from "../service/conf-check.ts";
import { problemsOf } from "../service/error-problems.ts";
import { EXIT_CODES } from "../service/exit-code.ts";
import { assembleRoster } from "../service/roster.ts";
import { placeOf } from "../topology/read-topology.ts";
import { isServedHere, type Topology } from "../topology/topology.ts";
import type { Command, Invocation } from "./command.ts";
import { oneConf } from "./command-line.ts";
import { HELP, JSON_OUTPUT, PARTICIPANTS } from "./options.ts";
import type { Terminal } from "./terminal.ts";

export const check: Command = {
  name: "check",
  arguments: "CONF [Section.Option=value ...]",
  summary: "Find everything that is wrong with a configuration.",
  details: [
    "Each problem is a line `file:line: what is wrong, and what to do`. `-` reads standard input. Nothing is started and\nnothing is changed.",
  ],
  options: { participants: PARTICIPANTS, json: JSON_OUTPUT, help: HELP },
  examples: [
    ["signaled check cluster.conf", "Exits 0 when the service would accept it, and 3 otherwise."],
    ["signaled check cluster.conf Cluster.WhoAmI=Peer1", "The same, as another peer sees it."],
  ],
  run: runCheck,
};

async function runCheck(invocation: Invocation): Promise<number> {
  const { terminal } = invocation;
  const { conf, overrides } = oneConf(check, invocation.positionals);
  const found = await examine(conf, overrides, invocation.texts("participants"));
  const { problems, warnings, topology } = found;
  if (invocation.flag("json")) {
    terminal.out(JSON.stringify({ ok: problems.length === 0, problems, warnings }, undefined, 2));
  } else {
    for (const problem of problems) terminal.out(problemLine(problem, terminal.red("error"), terminal));
    for (const warning of warnings) terminal.out(problemLine(warning, terminal.yellow("warning"), terminal));
    if (topology !== undefined && problems.length === 0)
      terminal.out(`${terminal.green("ok")}  ${summaryOf(topology)}`);
  }
  return problems.length === 0 ? EXIT_CODES.ok.code : EXIT_CODES.conf.code;
}

async function examine(conf: string, overrides: readonly string[], modules: readonly string[]) {
  const loaded = await loadConf(conf, { overrides }).catch((error: unknown) => problemsOf(error));
  if (Array.isArray(loaded)) return { problems: loaded as readonly Problem[], warnings: [], topology: undefined };
  const confMap = loaded as Awaited<ReturnType<typeof loadConf>>;
  const registry = await assembleRoster({ modules, confs: [confMap] });
  return checkConf(confMap, askingOf(registry.participants));
}

/** `file:line: error: message`, as compilers write it and editors read it. */
export function problemLine(problem: Problem, severity: string, terminal: Terminal): string {
  const by = problem.participant === undefined ? "" : `${problem.participant}: `;
  return `${terminal.bold(placeOf(problem))}${severity}: ${by}${problem.message}`;
}

const NAMED_AT_MOST = 6;

function summaryOf(topology: Topology): string {
  const volumes = topology.groups.reduce((sum, group) => sum + group.volumes.length, 0);
  const served = topology.groups.filter((group) => isServedHere(topology, group));
  const names = served.slice(0, NAMED_AT_MOST).map(({ name }) => name);
  if (served.length > names.length) names.push(`and ${served.length - names.length} more`);
  const here = names.length === 0 ? "nothing" : names.join(", ");
  const groups = `${topology.groups.length} volume group${topology.groups.length === 1 ? "" : "s"}`;
  return `${topology.whoAmI}: ${groups}, ${volumes} volume${volumes === 1 ? "" : "s"}; serves ${here}`;
}
