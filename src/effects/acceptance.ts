/**
 * Acceptance: everything that is checked before anything moves.
 *
 * The original replaced its configuration first and met a typo half way. Here a conf is upgraded, read, compared with the
 * current one and shown to every participant, and all objections come back together, before the first fact of a
 * transition.
 */
import { z } from "zod";
import type { ConfMap } from "../conf/conf-map.ts";
import { upgradeConfMapIfNeeded } from "../conf/upgrade.ts";
import { type Problem, TransitionError, thrownText } from "../error.ts";
import type { Ledger } from "../journal/ledger.ts";
import type { Stretches } from "../stretches.ts";
import { flatDelta, isEmptyDelta } from "../topology/delta.ts";
import { placeOf, readingTopology } from "../topology/read-topology.ts";
import type { Topology } from "../topology/topology.ts";
import type { Clock } from "./clock.ts";
import { insideCallback } from "./inside-callback.ts";
import { type Log, labelledLog } from "./log.ts";
import type { Registered } from "./registry.ts";

/** A conf that was read, upgraded where needed, and found consistent. */
export interface AcceptedConf {
  readonly confMap: ConfMap;
  readonly topology: Topology;
  readonly warnings: readonly Problem[];
}

/** Reads a conf against the current one. @throws TransitionError UPGRADE_REFUSED, CONF_INVALID, WHOAMI_CHANGED, JOURNAL_IDENTITY */
export function* acceptingConf(given: ConfMap, ledger: Ledger): Stretches<AcceptedConf> {
  const confMap = upgradeConfMapIfNeeded(given);
  const previous = ledger.transition?.target ?? ledger.current?.topology;
  const { topology, warnings } = yield* readingTopology(confMap, previous);
  if (ledger.whoAmI !== undefined && topology.whoAmI !== ledger.whoAmI) {
    const origin = confMap.origin("Cluster", "WhoAmI");
    const came = ledger.current !== undefined || ledger.transition !== undefined;
    throw new TransitionError(
      came ? "WHOAMI_CHANGED" : "JOURNAL_IDENTITY",
      came
        ? `[Cluster] WhoAmI is '${topology.whoAmI}', but this process came up as '${ledger.whoAmI}': go down first, or put the name back`
        : `the journal belongs to '${ledger.whoAmI}', which has not ended down, and [Cluster] WhoAmI is '${topology.whoAmI}': use another journal, or put the name back`,
      { section: "Cluster", option: "WhoAmI", file: origin?.file, line: origin?.line },
    );
  }
  return { confMap, topology, warnings };
}

/** Whether down may be given this conf: groups, active peers and volumes must be the current ones. @throws TransitionError CONF_CHANGED */
export function checkUnchanged(accepted: AcceptedConf, ledger: Ledger): void {
  const current = ledger.current?.topology;
  if (current === undefined) return;
  const delta = flatDelta(current, accepted.topology);
  if (isEmptyDelta(delta)) return;
  const changes = Object.entries(delta)
    .filter(([, list]: [string, { readonly length: number }]) => list.length > 0)
    .map(([name, list]: [string, { readonly length: number }]) => `${name}: ${list.length}`);
  throw new TransitionError(
    "CONF_CHANGED",
    `down was given a configuration that differs from the current one (${changes.join(", ")}): reload it with signaled first, or call down without one`,
  );
}

/** Asks every participant's schemas and `validate`, and collects all objections. @throws TransitionError VALIDATION_REFUSED */
export async function askParticipants(request: {
  readonly participants: readonly Registered[];
  readonly next: ConfMap;
  readonly previous: ConfMap | undefined;
  readonly clock: Clock;
  readonly deadline: number;
  /** Aborted when the answers are not wanted any more: nothing is going to move. */
  readonly stopSignal: AbortSignal;
  readonly log: (participant: string) => Log;
}): Promise<void> {
  const problems: Problem[] = [];
  for (const participant of request.participants) {
    if (request.stopSignal.aborted) return;
    if (participant.options.schemas === undefined && participant.options.validate === undefined) continue;
    problems.push(...(await schemaProblems(participant, request.next)));
    problems.push(...(await objectionsOf(participant, request)));
  }
  const first = problems[0];
  if (first === undefined) return;
  const lines = problems.map((problem) => `${problem.participant}: ${placeOf(problem)}${problem.message}`);
  throw new TransitionError(
    "VALIDATION_REFUSED",
    `the configuration is refused by participants:\n  ${lines.join("\n  ")}`,
    {
      problems,
      participant: first.participant,
      file: first.file,
      line: first.line,
    },
  );
}

async function schemaProblems({ name, options }: Registered, confMap: ConfMap): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const [pattern, schema] of Object.entries(options.schemas ?? {})) {
    const sections = pattern.endsWith("*")
      ? confMap.sections().filter((section) => section.startsWith(pattern.slice(0, -1)))
      : [pattern];
    for (const section of sections) {
      const values: Record<string, readonly string[]> = {};
      for (const option of confMap.has(section) ? confMap.options(section) : [])
        values[option] = confMap.strings(section, option);
      for (const issue of await issuesOf(schema, values)) {
        const option = issue.path.length > 0 ? String(issue.path[0]) : undefined;
        const origin = (option === undefined ? undefined : confMap.origin(section, option)) ?? confMap.origin(section);
        const message = `[${section}]${option === undefined ? "" : ` ${option}`}: ${issue.message}`;
        problems.push({
          rule: "schema",
          participant: name,
          section,
          option,
          message,
          file: origin?.file,
          line: origin?.line,
        });
      }
    }
  }
  return problems;
}

/** A schema may ask asynchronously, and the functions in it may throw. */
async function issuesOf(
  schema: z.ZodType,
  values: object,
): Promise<readonly { readonly path: readonly PropertyKey[]; readonly message: string }[]> {
  try {
    const checked = await insideCallback(() => z.safeParseAsync(schema, values));
    return checked.success ? [] : checked.error.issues;
  } catch (error) {
    return [{ path: [], message: thrownText(error) }];
  }
}

async function objectionsOf(
  participant: Registered,
  request: Parameters<typeof askParticipants>[0],
): Promise<Problem[]> {
  const { name, options } = participant;
  if (options.validate === undefined) return [];
  const controller = new AbortController();
  let timer: unknown;
  let stop = (): void => {};
  const late = new Promise<string | undefined>((resolve) => {
    stop = () => resolve(undefined);
    request.stopSignal.addEventListener("abort", stop);
    timer = request.clock.setTimeout(
      () => resolve(`validate gave no answer within ${request.deadline} ms`),
      request.deadline,
    );
  });
  try {
    const context = { signal: controller.signal, log: labelledLog(request.log(name), { participant: name }) };
    const { validate } = options;
    const asked = insideCallback(() => validate(request.next, request.previous, context));
    const objection = await Promise.race([asked, late]);
    return listOf(objection).map((each) => ({ ...problemOf(each), participant: name }));
  } catch (error) {
    return [{ rule: "validate", participant: name, message: thrownText(error) }];
  } finally {
    controller.abort();
    request.stopSignal.removeEventListener("abort", stop);
    request.clock.clearTimeout(timer);
  }
}

/** JavaScript knows more ways of having nothing to say than the type does. */
function listOf(objection: unknown): readonly unknown[] {
  if (objection === undefined || objection === null || objection === true) return [];
  return Array.isArray(objection) ? objection : [objection];
}

function problemOf(objection: unknown): Problem {
  if (objection === false) return { rule: "validate", message: "validate said no, and not why" };
  if (objection instanceof Error || typeof objection !== "object" || objection === null)
    return { rule: "validate", message: thrownText(objection) };
  const { rule, message, ...place } = objection as Partial<Problem>;
  return { ...place, rule: rule ?? "validate", message: message ?? "validate gave an objection without a message" };
}
