/**
 * `signaled apply`: show what a reload would do, and then do exactly that.
 */
import { createInterface } from "node:readline/promises";
import { askService } from "../service/control-client.ts";
import { EXIT_CODES } from "../service/exit-code.ts";
import type { Command, Invocation } from "./command.ts";
import { HELP, JSON_OUTPUT } from "./options.ts";
import { planTable } from "./plan-text.ts";
import { askedBy, placesOf, REASON, SOCKET, STATE_DIRECTORY } from "./service-options.ts";

export const apply: Command = {
  name: "apply",
  arguments: "",
  summary: "Show the plan of a reload of the running service, then carry out that plan and no other.",
  details: [
    "The service reads its own configuration files. At a terminal you are asked before it goes on; --hash and --yes go on\nwithout asking. When the plan has changed meanwhile, it is refused and nothing is dispatched.",
  ],
  options: {
    hash: { value: "HASH", help: "Only if this is the plan, as `signaled plan` or `apply --dry-run` showed it." },
    "dry-run": { help: "Show the plan and stop." },
    yes: { short: "y", help: "Do not ask." },
    json: JSON_OUTPUT,
    reason: REASON,
    "state-dir": STATE_DIRECTORY,
    socket: SOCKET,
    help: HELP,
  },
  examples: [
    ["signaled apply", "Show, ask, reload."],
    ["signaled apply --hash $(signaled apply --dry-run --json | jq -r .hash)", "What was reviewed, and nothing else."],
  ],
  run: runApply,
};

async function runApply(invocation: Invocation): Promise<number> {
  const { terminal } = invocation;
  const { socket } = placesOf(invocation);
  const plan = await askService(socket, { command: "plan" });
  if (invocation.flag("json")) terminal.out(JSON.stringify(plan, undefined, 2));
  else {
    for (const line of planTable(plan, terminal)) terminal.out(line);
    terminal.err(terminal.dim(`plan ${plan.hash}`));
  }
  if (invocation.flag("dry-run")) return EXIT_CODES.ok.code;
  const asks = process.stdin.isTTY && !invocation.flag("yes") && invocation.text("hash") === undefined;
  if (asks && !(await confirmed())) {
    terminal.err("left as it is");
    return EXIT_CODES.failed.code;
  }
  const hash = invocation.text("hash") ?? plan.hash;
  const { outcome, transitionId } = await askService(socket, { command: "reload", hash, ...askedBy(invocation) });
  terminal.err(`${outcome} ${transitionId}`.trim());
  return EXIT_CODES.ok.code;
}

async function confirmed(): Promise<boolean> {
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await prompt.question("Apply? [y/N] ")).trim());
  } finally {
    prompt.close();
  }
}
