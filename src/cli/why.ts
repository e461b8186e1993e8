/**
 * `signaled why`: the setting, the rule and the person behind an event that was delivered.
 */
import type { Journal } from "../journal/journal.ts";
import { explain } from "../plan/explain.ts";
import { CALLBACK_NAMES, CALLBACKS, type CallbackName, subjectOf } from "../plan/lifecycle-event.ts";
import { EXIT_CODES } from "../service/exit-code.ts";
import { type Course, HistoryReader, stepOutcome, type TransitionChapter } from "../service/history.ts";
import { KIND_WORDS } from "../service/narration.ts";
import type { Command, Invocation } from "./command.ts";
import { countOf, nearest, usageError } from "./command-line.ts";
import { reasonText } from "./explanation.ts";
import { JOURNAL_OPTIONS, requirePositionals, shownTime, withJournal } from "./journal-options.ts";
import { causeText } from "./log.ts";
import { subjectText } from "./plan-text.ts";

export const why: Command = {
  name: "why",
  arguments: "EVENT [VOLUME|GROUP]",
  summary: "Say why an event came about: which setting in which file, which rule, who asked, and who was told.",
  options: {
    at: { value: "SEQ", help: "In the transition with this fact. Default: the latest with the event." },
    all: { help: "Every time it came about, the latest last." },
    ...JOURNAL_OPTIONS,
  },
  examples: [
    ["signaled why ServeVolume alpha", "Why alpha is served here."],
    ["signaled why VolumeGroupMoved projects --all", "Every move of the group."],
  ],
  run: (invocation) => withJournal(invocation, (journal) => runWhy(journal, invocation)),
};

/** One time that the event came about. */
interface Occurrence {
  readonly chapter: TransitionChapter;
  readonly course: Course;
  readonly reason: string;
  readonly event: string;
  readonly told: readonly { readonly participant: string; readonly outcome: string }[];
}

async function runWhy(journal: Journal, invocation: Invocation): Promise<number> {
  requirePositionals(why, invocation, 1, 2);
  const { terminal } = invocation;
  const callback = callbackOf(invocation.positionals[0] ?? "");
  const subject = subjectFor(callback, invocation.positionals[1]);
  const found = await occurrences(journal, callback, subject, countOf(invocation, "at"));
  if (found.length === 0) {
    terminal.err(`the journal has no ${`${callback} ${subject}`.trim()}`);
    return EXIT_CODES.failed.code;
  }
  const shown = invocation.flag("all") ? found : found.slice(-1);
  if (invocation.flag("json")) terminal.out(JSON.stringify(shown.map(occurrenceJson), undefined, 2));
  else terminal.out(shown.map((each) => occurrenceText(each).join("\n")).join("\n\n"));
  return EXIT_CODES.ok.code;
}

function callbackOf(text: string): CallbackName {
  const name = CALLBACK_NAMES.find((each) => each.toLowerCase() === text.toLowerCase());
  if (name !== undefined) return name;
  const near = nearest(text, CALLBACK_NAMES);
  throw usageError(
    near === undefined
      ? `there is no event ${text}: the events are ${CALLBACK_NAMES.join(", ")}`
      : `there is no event ${text}: did you mean ${near}?`,
  );
}

function subjectFor(callback: CallbackName, given: string | undefined): string {
  const kind = CALLBACKS[callback].subject;
  if (kind !== "none" && given === undefined)
    throw usageError(`${callback} is about a ${kind}: name it, as in why ${callback} NAME`);
  if (kind === "none" && given !== undefined)
    throw usageError(`${callback} is about nobody in particular: leave '${given}' out`);
  return given ?? "";
}

async function occurrences(journal: Journal, callback: CallbackName, subject: string, at: number | undefined) {
  const found: Occurrence[] = [];
  const look = (chapter: TransitionChapter): void => {
    if (at !== undefined && (at < chapter.seq || at > chapter.lastSeq)) return;
    for (const course of chapter.courses) {
      const occurrence = occurrenceIn(chapter, course, callback, subject);
      if (occurrence !== undefined) found.push(occurrence);
    }
  };
  const reader = new HistoryReader({ journal });
  for await (const chapter of reader.read()) if (chapter.chapter === "transition") look(chapter);
  const open = reader.flush();
  if (open?.chapter === "transition") look(open);
  return found;
}

function occurrenceIn(
  chapter: TransitionChapter,
  course: Course,
  callback: CallbackName,
  subject: string,
): Occurrence | undefined {
  const { plan } = course;
  const events = plan.phases.find((phase) => phase.callback === callback)?.events;
  const event = events?.find((each) => subjectOf(each) === subject);
  if (event === undefined) return undefined;
  const { from, to } = chapter;
  const target = to.topology && { confMap: to.confMap, topology: to.topology };
  const explanation = explain({ plan, from, to: target }).find(
    (each) => each.event.type === callback && subjectOf(each.event) === subject,
  );
  const told = plan.deliveries
    .filter((delivery) => delivery.callback === callback && delivery.implemented)
    .flatMap((delivery) => {
      const index = [...delivery.events].findIndex((each) => subjectOf(each) === subject);
      return index < 0 ? [] : [{ participant: delivery.participant, outcome: stepOutcome(course, delivery, index) }];
    });
  const reason = explanation === undefined ? "no reason is known" : reasonText(explanation);
  return { chapter, course, reason, event: `${callback} ${subjectText(event)}`.trim(), told };
}

function occurrenceText({ chapter, reason, event, told }: Occurrence): readonly string[] {
  const { kind, outcome, transitionId, seq, time, failures } = chapter;
  return [
    event,
    `  why   ${reason}`,
    `  who   ${causeText(chapter)}`,
    `  when  ${shownTime(time)}, in ${KIND_WORDS[kind]} ${transitionId} (${outcome}), fact ${seq}`,
    `  told  ${told.map(({ participant, outcome: step }) => (step === "applied" ? participant : `${participant} (${step})`)).join(", ")}`,
    ...failures.map(({ message }) => `  but   ${message}`),
  ];
}

function occurrenceJson({ chapter, reason, event, told }: Occurrence): object {
  const { kind, outcome, transitionId, seq, time, cause, failures } = chapter;
  return { event, reason, cause, time: new Date(time).toISOString(), transitionId, kind, outcome, seq, told, failures };
}
