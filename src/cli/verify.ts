/**
 * `signaled verify`: whether a journal is what was written, from its first fact to its last.
 */
import type { Journal } from "../journal/journal.ts";
import { EXIT_CODES } from "../service/exit-code.ts";
import { checkJournal } from "../service/journal-check.ts";
import type { Command, Invocation } from "./command.ts";
import { JOURNAL_OPTIONS, requirePositionals, withJournal } from "./journal-options.ts";

export const verify: Command = {
  name: "verify",
  arguments: "",
  summary: "Check a journal: its hash chain, every fact, and that folding them gives the stored checkpoints.",
  details: ["Reads beside a running service. The head is the hash of the whole history: equal heads, equal histories."],
  options: JOURNAL_OPTIONS,
  examples: [["signaled verify", "Exits 0 when all is well, and 5 with the places otherwise."]],
  run: (invocation) => withJournal(invocation, (journal) => runVerify(journal, invocation)),
};

async function runVerify(journal: Journal, invocation: Invocation): Promise<number> {
  requirePositionals(verify, invocation, 0, 0);
  const { terminal } = invocation;
  const found = await checkJournal(journal);
  const { facts, head, checkpoints, problems } = found;
  const sound = problems.length === 0;
  if (invocation.flag("json"))
    terminal.out(JSON.stringify({ ok: sound, journal: journal.location, ...found }, undefined, 2));
  else {
    for (const { message } of problems) terminal.out(`${terminal.red("damaged")}  ${message}`);
    if (sound) {
      terminal.out(`${terminal.green("sound")}  ${facts} facts, ${checkpoints.length} checkpoints, head ${head}`);
    }
  }
  return sound ? EXIT_CODES.ok.code : EXIT_CODES.journal.code;
}
