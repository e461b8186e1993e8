/**
 * `signaled replay`: where everything was at any moment of the past, participant by participant.
 */
import { createInterface } from "node:readline/promises";
import type { Journal } from "../journal/journal.ts";
import { currentStates, lifecycleStateOf } from "../journal/ledger.ts";
import { summaryOf, UNTOLD } from "../plan/participant-state.ts";
import { EXIT_CODES } from "../service/exit-code.ts";
import { type Moment, momentAt, seqOf } from "../service/moment.ts";
import { KIND_WORDS } from "../service/narration.ts";
import type { Command, Invocation } from "./command.ts";
import { JOURNAL_OPTIONS, requirePositionals, shownTime, withJournal } from "./journal-options.ts";
import { alignColumns, type Terminal } from "./terminal.ts";

export const replay: Command = {
  name: "replay",
  arguments: "",
  summary: "Show where everything was after any fact of the journal.",
  details: ["With --step: Enter goes to the next fact, b back, a number to that fact, q ends."],
  options: {
    at: { value: "SEQ|TIME", help: "After this fact, or at this time. Default: the last fact." },
    step: { help: "Walk through the facts." },
    ...JOURNAL_OPTIONS,
  },
  examples: [
    ["signaled replay --at 120", "After fact 120."],
    ["signaled replay --at 2026-01-31T18:00", "As it was at six in the evening."],
  ],
  run: (invocation) => withJournal(invocation, (journal) => runReplay(journal, invocation)),
};

async function runReplay(journal: Journal, invocation: Invocation): Promise<number> {
  requirePositionals(replay, invocation, 0, 0);
  const at = invocation.text("at");
  const seq = at === undefined ? await journal.version() : await seqOf(journal, at, Date.now());
  const show = (moment: Moment): void => print(moment, invocation);
  show(await momentAt(journal, seq));
  if (invocation.flag("step")) await walk(journal, seq, show);
  return EXIT_CODES.ok.code;
}

function print(moment: Moment, invocation: Invocation): void {
  const { terminal } = invocation;
  if (invocation.flag("json")) terminal.out(JSON.stringify(momentJson(moment), undefined, 2));
  else for (const line of momentText(moment, terminal)) terminal.out(line);
}

async function walk(journal: Journal, from: number, show: (moment: Moment) => void): Promise<void> {
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  try {
    let seq = from;
    prompt.setPrompt("> ");
    prompt.prompt();
    for await (const line of prompt) {
      const word = line.trim();
      if (word === "q") return;
      const next = word === "" ? seq + 1 : word === "b" ? seq - 1 : /^\d+$/.test(word) ? Number(word) : seq;
      seq = Math.min(Math.max(1, next), await journal.version());
      show(await momentAt(journal, seq));
      prompt.prompt();
    }
  } finally {
    prompt.close();
  }
}

function momentText({ seq, time, type, ledger }: Moment, terminal: Terminal): readonly string[] {
  const { transition, current, inDoubt } = ledger;
  const lines = [`${terminal.bold(lifecycleStateOf(ledger))}  after fact ${seq}, ${type}, ${shownTime(time)}`];
  const conf = current?.confMap ?? transition?.confMap;
  if (conf !== undefined) lines.push(`conf ${conf.hash.slice(0, 12)}${current === undefined ? " (not reached)" : ""}`);
  if (transition !== undefined) {
    const { id, kind, progress, held } = transition;
    const place =
      progress === undefined
        ? "before its plan"
        : `${progress.cursor} of ${progress.plan.deliveries.length} deliveries over`;
    lines.push(`${KIND_WORDS[kind]} ${id}: ${place}${held === undefined ? "" : `, held: ${held.message}`}`);
  }
  for (const { idempotencyKey } of inDoubt) lines.push(terminal.yellow(`in doubt: ${idempotencyKey}`));
  const rows = statesOf({ ledger }).map(({ participant, up, quiesced, groups, served }) => [
    participant,
    up ? (quiesced ? "quiesced" : "up") : "down",
    Object.keys(groups).join(" ") || "-",
    served.join(" ") || "-",
  ]);
  lines.push("", ...alignColumns([["participant", "state", "knows groups", "serves"], ...rows]), "");
  return lines;
}

function momentJson({ seq, time, type, ledger }: Moment): object {
  return {
    ...{ seq, time: new Date(time).toISOString(), fact: type, state: lifecycleStateOf(ledger) },
    conf: ledger.current?.confMap.hash,
    transition: ledger.transition && { transitionId: ledger.transition.id, kind: ledger.transition.kind },
    inDoubt: ledger.inDoubt.map(({ idempotencyKey }) => idempotencyKey),
    participants: statesOf({ ledger }),
  };
}

function statesOf({ ledger }: Pick<Moment, "ledger">) {
  const states = currentStates(ledger);
  return ledger.participants.map(({ name }) => ({ participant: name, ...summaryOf(states.get(name) ?? UNTOLD) }));
}
