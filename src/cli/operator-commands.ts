/**
 * The operator's commands: each is one request to the running service, and its answer in words.
 */

import { askService } from "../service/control-client.ts";
import type { ControlRequest } from "../service/control-protocol.ts";
import { EXIT_CODES } from "../service/exit-code.ts";
import type { Command, Invocation, OptionForm } from "./command.ts";
import { oneOf, usageError } from "./command-line.ts";
import { liveLine } from "./live-line.ts";
import { HELP } from "./options.ts";
import { withProgress } from "./progress-bar.ts";
import { askedBy, placesOf, REASON, SOCKET, STATE_DIRECTORY } from "./service-options.ts";

interface OperatorCommand {
  readonly name: Exclude<ControlRequest["command"], "status" | "progress" | "plan" | "console">;
  readonly summary: string;
  readonly details?: readonly string[];
  readonly options?: Readonly<Record<string, OptionForm>>;
  readonly examples: Command["examples"];
  /** What the request says beside who asks and why. */
  readonly request?: (invocation: Invocation) => object;
  /** What was done, for people. */
  readonly done: string;
}

function operatorCommand(form: OperatorCommand): Command {
  return {
    name: form.name,
    arguments: "",
    summary: form.summary,
    ...(form.details === undefined ? {} : { details: form.details }),
    options: { reason: REASON, ...form.options, "state-dir": STATE_DIRECTORY, socket: SOCKET, help: HELP },
    examples: form.examples,
    async run(invocation) {
      const { terminal, positionals } = invocation;
      if (positionals[0] !== undefined) throw usageError(`${form.name} takes no '${positionals[0]}'`);
      const request = { command: form.name, ...askedBy(invocation), ...form.request?.(invocation) };
      const { socket } = placesOf(invocation);
      const result: object = await withProgress(liveLine(), socket, askService(socket, request as never));
      terminal.out(resultText(form.done, result));
      return EXIT_CODES.ok.code;
    },
  };
}

function resultText(done: string, result: object): string {
  if (!("outcome" in result)) return done;
  switch (result.outcome) {
    case "superseded":
      return "superseded: a later request took the place of this one";
    case "unchanged":
      return `${done}: nothing had changed`;
    default:
      return `${done}: ${String((result as { readonly transitionId?: string }).transitionId)} finished`;
  }
}

export const reload = operatorCommand({
  name: "reload",
  summary: "Make the running service read its configuration again, as SIGHUP does, and wait for the outcome.",
  examples: [
    ["signaled reload --reason 'ticket 4711'", "Exits 1 when the reload fails, 3 when the configuration is refused."],
  ],
  done: "reloaded",
});

export const retry = operatorCommand({
  name: "retry",
  summary: "Deliver the failed step of a held transition again, under its old key, and go on.",
  examples: [["signaled retry", "After the cause of the failure is gone."]],
  done: "retried",
});

export const rollback = operatorCommand({
  name: "rollback",
  summary: "Take a held transition back to the state after the last finished one.",
  examples: [["signaled rollback", "When the change should not have been made."]],
  done: "rolled back",
});

export const skip = operatorCommand({
  name: "skip",
  summary: "Settle the failed step of a held transition by word of mouth, and go on.",
  details: [
    "Say what is true: `applied` when the step's effect is there (you did it by hand), `not-applied` when it is not; the\nsubject's remaining steps are then passed over in this transition.",
  ],
  options: { as: { value: "OUTCOME", help: "applied, or not-applied." } },
  examples: [["signaled skip --as applied --reason 'mounted by hand'", "Both are recorded, with your name."]],
  request(invocation) {
    const as = oneOf(invocation, "as", ["applied", "not-applied"]);
    if (as === undefined) throw usageError("skip needs --as applied, or --as not-applied");
    if (!invocation.text("reason")) throw usageError("skip needs --reason TEXT: it is recorded");
    return { as };
  },
  done: "skipped",
});

export const pause = operatorCommand({
  name: "pause",
  summary: "Hold the running transition after the steps under way.",
  examples: [["signaled pause", "Go on with signaled resume."]],
  done: "paused",
});

export const resume = operatorCommand({
  name: "resume",
  summary: "Let a paused transition go on.",
  examples: [["signaled resume", "After signaled pause."]],
  done: "resumed",
});

export const down = operatorCommand({
  name: "down",
  summary: "Take the service down in order, as SIGTERM does, and wait until it is.",
  examples: [["signaled down --reason maintenance", "Exits 6 when steps failed on the way."]],
  done: "down",
});
