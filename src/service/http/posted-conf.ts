/**
 * A posted configuration: checked, planned and gone to as if it stood in the file.
 */
import { copyFile } from "node:fs/promises";
import { setImmediate as otherWork } from "node:timers/promises";
import { type ConfForm, formOfPath } from "../../conf/conf-file.ts";
import type { ConfMap } from "../../conf/conf-map.ts";
import { upgradeConfMapIfNeeded } from "../../conf/upgrade.ts";
import type { Problem } from "../../error.ts";
import { TransitionError } from "../../error.ts";
import { MASK, type Secrets } from "../../inspect/secrets.ts";
import { type Explanation, explain, explanationText } from "../../plan/explain.ts";
import { subjectOf } from "../../plan/lifecycle-event.ts";
import type { Plan } from "../../plan/plan.ts";
import { problemsOf } from "../error-problems.ts";
import { replaceFile } from "../file-replacement.ts";
import { stepsOfPlan } from "../plan-concern.ts";
import { phaseJson } from "../plan-json.ts";
import type { CheckAnswer, PlanAnswer } from "./answers.ts";
import type { LiveView } from "./live-view.ts";
import { inTurns } from "./turns.ts";

/** Events of one phase that a plan is shown with. */
const EVENTS_AT_MOST = 10_000;
const EXPLAINED_AT_ONCE = 100;

export interface PostedText {
  readonly text: string;
  readonly format: ConfForm;
}

export async function checkAnswer({ service, secrets }: LiveView, { text, format }: PostedText): Promise<CheckAnswer> {
  let confMap: ConfMap;
  try {
    confMap = await service.readPosted(text, format);
  } catch (error) {
    return { ok: false, problems: masked(problemsOf(error), secrets), warnings: [] };
  }
  secrets.learn(confMap);
  const { problems, warnings } = await service.check(confMap);
  return { ok: problems.length === 0, problems: masked(problems, secrets), warnings: masked(warnings, secrets) };
}

/** Messages quote lines and values. */
function masked(problems: readonly Problem[], secrets: Secrets): CheckAnswer["problems"] {
  return problems.map(({ rule, message, file, line, section, option, participant }) => ({
    ...{ rule, message: secrets.freeText(message) },
    ...(file === undefined ? {} : { file }),
    ...(line === undefined ? {} : { line }),
    ...(section === undefined ? {} : { section }),
    ...(option === undefined ? {} : { option }),
    ...(participant === undefined ? {} : { participant }),
  }));
}

/** Without a text: what a reload of the file would do now. */
export async function planAnswer(view: LiveView, posted: PostedText | undefined): Promise<PlanAnswer> {
  const { service, secrets } = view;
  const given = posted === undefined ? await service.readConf() : await service.readPosted(posted.text, posted.format);
  await view.transitions.validate(given);
  await otherWork();
  secrets.learn(given);
  const plan = await service.plan(given);
  await otherWork();
  // One long thing at a time.
  for await (const _ of inTurns(plan.hashing()));
  await otherWork();
  const { order, command, hash } = plan;
  const phases: PlanAnswer["plan"]["phases"] = [];
  const explanation: PlanAnswer["explanation"] = [];
  const to = plan.target && { confMap: upgradeConfMapIfNeeded(given), topology: plan.target };
  for await (const { phase, from, events } of inTurns(stretchesOf(plan))) {
    if (from === 0) phases.push(phaseJson(phase, phase.events.slice(0, EVENTS_AT_MOST)));
    const shown = { phases: [{ ...phase, events }] } as unknown as Plan;
    for (const each of explain({ plan: shown, from: view.ledger.current, to }))
      explanation.push({
        callback: each.event.type,
        subject: subjectOf(each.event),
        text: maskedReason(each, secrets),
      });
  }
  return {
    hash,
    plan: { order, command, hash, phases },
    explanation,
    steps: stepsOfPlan(plan),
    cut: plan.phases.some(({ events }) => events.length > EVENTS_AT_MOST),
  };
}

/** The events that are shown, a few at a time: explaining ten thousand takes a while. */
function* stretchesOf({ phases }: Plan) {
  for (const phase of phases) {
    const shown = Math.min(phase.events.length, EVENTS_AT_MOST);
    for (let from = 0; from < shown; from += EXPLAINED_AT_ONCE)
      yield { phase, from, events: phase.events.slice(from, Math.min(shown, from + EXPLAINED_AT_ONCE)) };
  }
}

/** A reason as it may be shown. */
export function maskedReason(explanation: Explanation, secrets: Secrets): string {
  const { option, before, after } = explanation;
  if (option === undefined || !secrets.hides(option)) return secrets.freeText(explanationText(explanation));
  return explanationText({ ...explanation, before: before && [MASK], after: after && [MASK] });
}

/**
 * The way to write a text into the configuration file, with what was there kept beside it.
 * @throws TransitionError USAGE for a text of another form than the file's
 */
export function savingOf(path: string, { text, format }: PostedText): () => Promise<void> {
  if (formOfPath(path) !== format) {
    const message = `the configuration file ${path} is of the form ${formOfPath(path)}, and the text of the form ${format}: it cannot be saved there`;
    throw new TransitionError("USAGE", message, { file: path });
  }
  return async () => {
    try {
      await copyFile(path, `${path}.before`);
      await replaceFile(path, text);
    } catch (error) {
      const message = `the configuration file ${path} cannot be written (${String(error)}): nothing was gone to`;
      throw new TransitionError("CONF_UNREADABLE", message, { file: path, cause: error });
    }
  };
}
