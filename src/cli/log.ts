/**
 * `signaled log`: what was asked of the service, by whom, and what became of it.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Journal } from "../journal/journal.ts";
import { EXIT_CODES } from "../service/exit-code.ts";
import { type Chapter, HistoryReader, remarkText, type TransitionChapter } from "../service/history.ts";
import { timeOf } from "../service/moment.ts";
import { KIND_WORDS } from "../service/narration.ts";
import { planConcerns } from "../service/plan-concern.ts";
import { planJson } from "../service/plan-json.ts";
import type { Command, Invocation } from "./command.ts";
import { JOURNAL_OPTIONS, requirePositionals, shownDuration, shownTime, withJournal } from "./journal-options.ts";
import { planTable } from "./plan-text.ts";
import type { Terminal } from "./terminal.ts";

export const log: Command = {
  name: "log",
  arguments: "",
  summary: "List the transitions and refusals that the journal holds.",
  details: [
    "Reads beside a running service. Each line begins with the sequence number that replay, why and diff take.",
  ],
  options: {
    volume: { value: "NAME", help: "Only transitions with an event about this volume or volume group." },
    participant: { value: "NAME", help: "Only transitions in which this participant was told something." },
    since: { value: "TIME", help: "Only from this time on: 2026-01-31T18:00, or how long ago, such as 90m." },
    until: { value: "TIME", help: "Only up to this time." },
    events: { help: "Show the events of each transition." },
    follow: { short: "f", help: "Go on, and list what is added." },
    ...JOURNAL_OPTIONS,
    json: { help: "Print one JSON object a line." },
  },
  examples: [
    ["signaled log --volume alpha --events", "Everything that ever happened to alpha."],
    ["signaled log --since 1h --follow", "The last hour, and what comes."],
  ],
  run: (invocation) => withJournal(invocation, (journal) => runLog(journal, invocation)),
};

/** Milliseconds between two looks at the journal. */
const FOLLOW_EVERY = 250;

async function runLog(journal: Journal, invocation: Invocation): Promise<number> {
  requirePositionals(log, invocation, 0, 0);
  const wanted = chapterFilter(invocation);
  const show = chapterPrinter(invocation);
  const reader = new HistoryReader({ journal });
  for await (const chapter of reader.read()) if (wanted(chapter)) show(chapter);
  if (!invocation.flag("follow")) {
    const open = reader.flush();
    if (open !== undefined && wanted(open)) show(open);
    return EXIT_CODES.ok.code;
  }
  for (;;) {
    await delay(FOLLOW_EVERY);
    for await (const chapter of reader.read()) if (wanted(chapter)) show(chapter);
  }
}

function chapterFilter(invocation: Invocation): (chapter: Chapter) => boolean {
  const now = Date.now();
  const bound = (option: string, otherwise: number): number => {
    const text = invocation.text(option);
    return text === undefined ? otherwise : timeOf(text, now);
  };
  const [since, until] = [bound("since", 0), bound("until", Number.POSITIVE_INFINITY)];
  const subject = invocation.text("volume");
  const participant = invocation.text("participant");
  return (chapter) => {
    if (chapter.time < since || chapter.time > until) return false;
    if (subject === undefined && participant === undefined) return true;
    return (
      chapter.chapter === "transition" &&
      chapter.courses.some(({ plan }) => planConcerns(plan, { subject, participant }))
    );
  };
}

function chapterPrinter(invocation: Invocation): (chapter: Chapter) => void {
  const { terminal } = invocation;
  const events = invocation.flag("events");
  if (invocation.flag("json")) return (chapter) => terminal.out(JSON.stringify(chapterJson(chapter, events)));
  return (chapter) => {
    for (const line of chapterText(chapter, events, terminal)) terminal.out(line);
  };
}

function chapterText(chapter: Chapter, events: boolean, terminal: Terminal): readonly string[] {
  const head = `${String(chapter.seq).padStart(6)}  ${shownTime(chapter.time)}`;
  switch (chapter.chapter) {
    case "process":
      return [
        terminal.dim(`${head}  process ${chapter.pid} on ${chapter.host} (${chapter.program}, epoch ${chapter.epoch})`),
      ];
    case "refusal":
      return [
        `${head}  ${KIND_WORDS[chapter.kind].padEnd(9)} ${terminal.red("refused".padEnd(11))} ${causeText(chapter)}`,
        indented(`${chapter.code}: ${chapter.message}`),
      ];
    case "transition":
      return transitionText(head, chapter, events, terminal);
  }
}

function transitionText(
  head: string,
  chapter: TransitionChapter,
  events: boolean,
  terminal: Terminal,
): readonly string[] {
  const { kind, outcome, time, ended, transitionId, failures, remarks, courses } = chapter;
  const well = outcome === "finished" || outcome === "unchanged";
  const paint = well ? terminal.green : outcome === "running" ? terminal.yellow : terminal.red;
  const what = `${KIND_WORDS[kind].padEnd(9)} ${paint(outcome.padEnd(11))}`;
  const lines = [
    `${head}  ${what} ${causeText(chapter)}  ${terminal.dim(`${transitionId}, ${shownDuration(ended - time)}`)}`,
  ];
  if (events) for (const { plan } of courses) lines.push(...planTable(planJson(plan), terminal).map(indented));
  for (const { message } of failures) lines.push(indented(terminal.red(message)));
  for (const remark of remarks) lines.push(indented(remarkText(remark)));
  return lines;
}

function indented(text: string): string {
  return text.replace(/^/gm, "          ");
}

/** Who asked, and why; a rollback's reason is the failure that stands right above it. */
export function causeText({ kind, cause: { how, who, reason } }: Pick<TransitionChapter, "kind" | "cause">): string {
  const by = who === undefined ? how : `${how} ${who}`;
  return reason === undefined || (kind === "rollback" && how === "policy") ? by : `${by} (${reason})`;
}

function chapterJson(chapter: Chapter, events: boolean): object {
  const time = new Date(chapter.time).toISOString();
  if (chapter.chapter !== "transition") return { ...chapter, time };
  const { from, to, courses, ended, ...rest } = chapter;
  return {
    ...rest,
    time,
    ended: new Date(ended).toISOString(),
    conf: to.confMap.hash,
    ...(events ? { plans: courses.map(({ plan }) => planJson(plan)) } : {}),
  };
}
