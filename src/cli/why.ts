/**
 * `signaled why`: the setting, the rule and the person behind an event that was delivered.
 */
import type { Journal } from "../journal/journal.ts";
import type { Explanation } from "../plan/explain.ts";
import { CALLBACK_NAMES, CALLBACKS, type CallbackName, type LifecycleEvent } from "../plan/lifecycle-event.ts";
import { EXIT_CODES } from "../service/exit-code.ts";
import { HistoryReader, type TransitionChapter } from "../service/history.ts";
import { KIND_WORDS } from "../service/narration.ts";
import { type EventInQuestion, type Occurrence, occurrencesIn } from "../service/occurrence.ts";
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

async function runWhy(journal: Journal, invocation: Invocation): Promise<number> {
  requirePositionals(why, invocation, 1, 2);
  const { terminal } = invocation;
  const callback = callbackOf(invocation.positionals[0] ?? "");
  const subject = subjectFor(callback, invocation.positionals[1]);
  const found = await occurrences(journal, { callback, subject }, countOf(invocation, "at"));
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

async function occurrences(journal: Journal, question: EventInQuestion, at: number | undefined) {
  const found: Occurrence[] = [];
  const look = (chapter: TransitionChapter): void => {
    if (at !== undefined && (at < chapter.seq || at > chapter.lastSeq)) return;
    found.push(...occurrencesIn(chapter, question));
  };
  const reader = new HistoryReader({ journal });
  for await (const chapter of reader.read()) if (chapter.chapter === "transition") look(chapter);
  const open = reader.flush();
  if (open !== undefined) look(open);
  return found;
}

function occurrenceText({ chapter, explanation, event, told }: Occurrence): readonly string[] {
  const { kind, outcome, transitionId, seq, time, failures } = chapter;
  return [
    eventText(event),
    `  why   ${whyText(explanation)}`,
    `  who   ${causeText(chapter)}`,
    `  when  ${shownTime(time)}, in ${KIND_WORDS[kind]} ${transitionId} (${outcome}), fact ${seq}`,
    `  told  ${told.map(({ participant, outcome: step }) => (step === "applied" ? participant : `${participant} (${step})`)).join(", ")}`,
    ...failures.map(({ message }) => `  but   ${message}`),
  ];
}

function occurrenceJson({ chapter, explanation, event, told }: Occurrence): object {
  const { kind, outcome, transitionId, seq, time, cause, failures } = chapter;
  const said = { event: eventText(event), reason: whyText(explanation) };
  return { ...said, cause, time: new Date(time).toISOString(), transitionId, kind, outcome, seq, told, failures };
}

function eventText(event: LifecycleEvent): string {
  return `${event.type} ${subjectText(event)}`.trim();
}

function whyText(explanation: Explanation | undefined): string {
  return explanation === undefined ? "no reason is known" : reasonText(explanation);
}
