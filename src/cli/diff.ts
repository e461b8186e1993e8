/**
 * `signaled diff`: what changed between two moments of the past.
 */
import type { Journal } from "../journal/journal.ts";
import { participantChanges, type SettingChange, settingChanges } from "../service/difference.ts";
import { EXIT_CODES } from "../service/exit-code.ts";
import { type Moment, momentAt, seqOf } from "../service/moment.ts";
import type { Command, Invocation } from "./command.ts";
import { shownPath } from "./explanation.ts";
import { JOURNAL_OPTIONS, requirePositionals, shownTime, withJournal } from "./journal-options.ts";

export const diff: Command = {
  name: "diff",
  arguments: "SEQ|TIME SEQ|TIME",
  summary: "Show what changed between two moments: settings, and what each participant knows and serves.",
  options: JOURNAL_OPTIONS,
  examples: [
    ["signaled diff 40 95", "Between the facts 40 and 95."],
    ["signaled diff 2h 0s", "In the last two hours."],
  ],
  run: (invocation) => withJournal(invocation, (journal) => runDiff(journal, invocation)),
};

async function runDiff(journal: Journal, invocation: Invocation): Promise<number> {
  requirePositionals(diff, invocation, 2, 2);
  const { terminal } = invocation;
  const now = Date.now();
  const [first = "", second = ""] = invocation.positionals;
  const before = await momentAt(journal, await seqOf(journal, first, now));
  const after = await momentAt(journal, await seqOf(journal, second, now));
  const settings = settingChanges(before.ledger.current?.confMap, after.ledger.current?.confMap);
  const participants = participantChanges(before.ledger, after.ledger);
  if (invocation.flag("json")) {
    terminal.out(JSON.stringify({ from: before.seq, to: after.seq, settings, participants }, undefined, 2));
    return EXIT_CODES.ok.code;
  }
  terminal.out(terminal.dim(`${momentText(before)} → ${momentText(after)}`));
  for (const change of settings) for (const line of settingText(change)) terminal.out(line);
  for (const { participant, changes } of participants) {
    for (const change of changes) terminal.out(`${terminal.bold(participant)} ${change}`);
  }
  if (settings.length === 0 && participants.length === 0) terminal.out("nothing changed");
  return EXIT_CODES.ok.code;
}

function momentText({ seq, time }: Moment): string {
  return seq === 0 ? "before the first fact" : `fact ${seq} (${shownTime(time)})`;
}

function settingText({ section, option, before, after, file, line }: SettingChange): readonly string[] {
  const place = file === undefined ? "" : `  (${shownPath(file)}:${line})`;
  const value = (values: readonly string[]): string => values.join(", ");
  return [
    ...(before === undefined ? [] : [`- [${section}] ${option} = ${value(before)}${after === undefined ? place : ""}`]),
    ...(after === undefined ? [] : [`+ [${section}] ${option} = ${value(after)}${place}`]),
  ];
}
