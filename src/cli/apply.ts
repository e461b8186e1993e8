/**
 * `signaled apply`: show what a reload would do, and then do exactly that.
 */
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline/promises";
import { text as streamText } from "node:stream/consumers";
import { TransitionError } from "../error.ts";
import { askService } from "../service/control-client.ts";
import { EXIT_CODES } from "../service/exit-code.ts";
import { type PlanJson, planJsonSchema } from "../service/plan-json.ts";
import type { Command, Invocation } from "./command.ts";
import { usageError } from "./command-line.ts";
import { liveLine } from "./live-line.ts";
import { HELP, JSON_OUTPUT } from "./options.ts";
import { planChanges } from "./plan-changes.ts";
import { planTable } from "./plan-text.ts";
import { withProgress } from "./progress-bar.ts";
import { askedBy, placesOf, REASON, SOCKET, STATE_DIRECTORY } from "./service-options.ts";

export const apply: Command = {
  name: "apply",
  arguments: "",
  summary: "Show the plan of a reload of the running service, then carry out that plan and no other.",
  details: [
    "The service reads its own configuration files. At a terminal you are asked before it goes on; --plan, --hash and --yes\ngo on without asking. When the plan is another meanwhile, it is refused, nothing is dispatched, and what differs is shown.",
  ],
  options: {
    plan: {
      value: "FILE",
      help: "Only the plan in this file, which `apply --dry-run --json` wrote; - reads standard input.",
    },
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
    ["signaled apply --dry-run --json > plan.json", "Have it reviewed, and then:"],
    ["signaled apply --plan plan.json", "What was reviewed, and nothing else."],
    ["signaled apply --hash $(signaled apply --dry-run --json | jq -r .hash)", "The same without a file."],
  ],
  run: runApply,
};

async function runApply(invocation: Invocation): Promise<number> {
  const { terminal } = invocation;
  const { socket } = placesOf(invocation);
  const reviewed = await reviewedPlan(invocation);
  const plan = await askService(socket, { command: "plan" });
  if (invocation.flag("json")) terminal.out(JSON.stringify(plan, undefined, 2));
  else {
    for (const line of planTable(plan, terminal)) terminal.out(line);
    terminal.err(terminal.dim(`plan ${plan.hash}`));
  }
  if (reviewed !== undefined && reviewed.hash !== plan.hash) throw stale(reviewed, plan);
  if (invocation.flag("dry-run")) return EXIT_CODES.ok.code;
  const hash = reviewed?.hash ?? invocation.text("hash") ?? plan.hash;
  const isApproved = reviewed !== undefined || invocation.flag("yes") || invocation.text("hash") !== undefined;
  if (process.stdin.isTTY && !isApproved && !(await confirmed())) {
    terminal.err("left as it is");
    return EXIT_CODES.failed.code;
  }
  const reload = askService(socket, { command: "reload", hash, ...askedBy(invocation) });
  const { outcome, transitionId } = await withProgress(liveLine(), socket, reload);
  terminal.err(`${outcome} ${transitionId}`.trim());
  return EXIT_CODES.ok.code;
}

/** The plan that somebody has looked at; undefined where there is no file of it. @throws TransitionError USAGE */
async function reviewedPlan(invocation: Invocation): Promise<PlanJson | undefined> {
  const path = invocation.text("plan");
  if (path === undefined) return undefined;
  if (invocation.text("hash") !== undefined) throw usageError("--plan and --hash say the same: give one of them");
  const plan = planJsonSchema.safeParse(parsed(await contentOf(path)));
  if (plan.success) return plan.data;
  throw usageError(`${path} is no plan: write one with signaled apply --dry-run --json > plan.json`);
}

async function contentOf(path: string): Promise<string> {
  try {
    return path === "-" ? await streamText(process.stdin) : await readFile(path, "utf8");
  } catch (error) {
    throw usageError(`the plan cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function stale(reviewed: PlanJson, plan: PlanJson): TransitionError {
  const message = `the plan is not the one in the file any more, and nothing was done:\n  ${planChanges(reviewed, plan).join("\n  ")}`;
  return new TransitionError("PLAN_STALE", message);
}

async function confirmed(): Promise<boolean> {
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await prompt.question("Apply? [y/N] ")).trim());
  } finally {
    prompt.close();
  }
}
