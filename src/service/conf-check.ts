/**
 * The check of a configuration as a whole: everything that would refuse it, found without touching anything.
 *
 * The service asks it before a reload and `signaled check` on a desk; both must find the same.
 */
import type { ConfMap } from "../conf/conf-map.ts";
import { upgradeConfMapIfNeeded } from "../conf/upgrade.ts";
import { askParticipants } from "../effects/acceptance.ts";
import { systemClock } from "../effects/clock.ts";
import { silentLog } from "../effects/log.ts";
import type { Registered } from "../effects/registry.ts";
import type { Problem } from "../error.ts";
import { VIRTUAL_IP } from "../participants/virtual-ip.ts";
import { wantedProblems } from "../participants/wanted-addresses.ts";
import { invalidConf, readTopologyWithWarnings } from "../topology/read-topology.ts";
import type { Topology } from "../topology/topology.ts";
import { problemsOf } from "./error-problems.ts";
import { hookProblems } from "./hooks-section.ts";
import { logSettingsProblems } from "./log-settings.ts";

export interface ConfCheck {
  /** As the lifecycle would see it: upgraded where it is of the form before volume groups. Undefined where it cannot be. */
  readonly confMap: ConfMap | undefined;
  readonly topology: Topology | undefined;
  /** Whatever refuses it. */
  readonly problems: readonly Problem[];
  /** What is accepted, and rarely meant. */
  readonly warnings: readonly Problem[];
}

/** Milliseconds that a participant's `validate` may take. */
const PATIENCE = 60_000;

/** Checks what the service itself reads, and asks the participants: `ask` throws their objections. */
export async function checkConf(given: ConfMap, ask: (confMap: ConfMap) => Promise<void>): Promise<ConfCheck> {
  const problems: Problem[] = [];
  const confMap = collect(problems, () => upgradeConfMapIfNeeded(given));
  const reading = confMap && collect(problems, () => readTopologyWithWarnings(confMap));
  problems.push(...ownProblems(given));
  if (confMap !== undefined && reading !== undefined) problems.push(...(await objections(confMap, ask)));
  return { confMap, topology: reading?.topology, problems, warnings: reading?.warnings ?? [] };
}

/** What is wrong with the sections that the service reads for itself: `[Logging]`, `[Hooks]` and `[VirtualIP]`. */
function ownProblems(confMap: ConfMap): readonly Problem[] {
  return [...logSettingsProblems(confMap), ...hookProblems(confMap), ...wantedProblems(confMap)];
}

/** Refuses a configuration with everything that is wrong with the service's own sections. @throws TransitionError CONF_INVALID */
export function requireOwnSections(confMap: ConfMap): void {
  const problems = ownProblems(confMap);
  if (problems.length > 0) throw invalidConf(problems);
}

/** Asks participants that are not at work. */
export function askingOf(participants: readonly Registered[]): (confMap: ConfMap) => Promise<void> {
  return (next) =>
    askParticipants({
      ...{ participants, next, previous: undefined, clock: systemClock, deadline: PATIENCE, log: () => silentLog },
      stopSignal: new AbortController().signal,
    });
}

async function objections(confMap: ConfMap, ask: (confMap: ConfMap) => Promise<void>): Promise<readonly Problem[]> {
  try {
    await ask(confMap);
    return [];
  } catch (error) {
    // What the built-in participants say of their sections has been said.
    return problemsOf(error).filter(({ rule }) => rule !== "hook" && rule !== VIRTUAL_IP);
  }
}

function collect<Value>(problems: Problem[], attempt: () => Value): Value | undefined {
  try {
    return attempt();
  } catch (error) {
    problems.push(...problemsOf(error));
    return undefined;
  }
}
