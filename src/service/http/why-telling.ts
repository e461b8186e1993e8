/**
 * Why an event came about, as an answer: searched for from the end of the history.
 */

import type { Secrets } from "../../inspect/secrets.ts";
import type { FactOutlines } from "../../journal/fact-outline.ts";
import type { Journal } from "../../journal/journal.ts";
import type { CallbackName } from "../../plan/lifecycle-event.ts";
import { hasEvent, type Occurrence, occurrencesIn } from "../occurrence.ts";
import type { Why } from "./answers.ts";
import type { HttpParts } from "./http-parts.ts";
import { HttpRefusal } from "./http-refusal.ts";
import { maskedReason } from "./posted-conf.ts";
import { failureAnswer, maskedCause } from "./told-text.ts";

export interface WhyQuery {
  readonly event: CallbackName;
  readonly subject: string;
  readonly seq?: number | undefined;
}

/** @throws HttpRefusal NOT_FOUND when it never came about */
export async function whyAnswer(
  { view, outlines, chapters }: Pick<HttpParts, "view" | "outlines" | "chapters">,
  query: WhyQuery,
): Promise<Why> {
  const { journal, secrets } = view;
  const question = { callback: query.event, subject: query.subject };
  const near = query.seq ?? (await planWith(journal, outlines, question));
  const begins = near && (await beginningOf(journal, near));
  if (begins === undefined) throw neverHappened(query);
  const found = occurrencesIn(await chapters.beginningAt(begins), question);
  if (found.length === 0) throw neverHappened(query);
  return { occurrences: found.map((each) => occurrenceAnswer(each, secrets)) };
}

function neverHappened({ event, subject, seq }: WhyQuery): HttpRefusal {
  const where = seq === undefined ? "the journal" : `the transition with fact ${seq}`;
  return new HttpRefusal("NOT_FOUND", `${where} has no ${`${event} ${subject}`.trim()}`);
}

async function planWith(
  journal: Journal,
  outlines: FactOutlines,
  question: Parameters<typeof hasEvent>[1],
): Promise<number | undefined> {
  for await (const record of journal.select({ types: ["PlanMade"], order: "newest-first" })) {
    const fact = await outlines.of(record);
    if (fact.type === "PlanMade" && hasEvent(fact.plan, question)) return record.seq;
  }
  return undefined;
}

async function beginningOf(journal: Journal, seq: number): Promise<number | undefined> {
  const selection = { types: ["TransitionStarted"], to: seq, order: "newest-first" } as const;
  for await (const record of journal.select(selection)) return record.seq;
  return undefined;
}

function occurrenceAnswer(
  { chapter, event, explanation, told }: Occurrence,
  secrets: Secrets,
): Why["occurrences"][number] {
  const { cause, time, transitionId, kind, outcome, seq, failures } = chapter;
  const subject = "volumeName" in event ? event.volumeName : "volumeGroupName" in event ? event.volumeGroupName : "";
  return {
    event: `${event.type} ${subject}`.trim(),
    reason: explanation === undefined ? "no reason is known" : maskedReason(explanation, secrets),
    cause: maskedCause(cause, secrets),
    time: new Date(time).toISOString(),
    ...{ transitionId, kind, outcome, seq },
    told: told.map((each) => ({ ...each })),
    failures: failures.map((failure) => failureAnswer(failure, secrets)),
  };
}
