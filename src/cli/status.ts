/**
 * `signaled status`: where everything is at this moment, and what is stuck.
 */
import { askService } from "../service/control-client.ts";
import type { ServiceStatus } from "../service/control-protocol.ts";
import { EXIT_CODES } from "../service/exit-code.ts";
import { KIND_WORDS } from "../service/narration.ts";
import type { Command, Invocation } from "./command.ts";
import { shownPath } from "./explanation.ts";
import { HELP, JSON_OUTPUT } from "./options.ts";
import { placesOf, SOCKET, STATE_DIRECTORY } from "./service-options.ts";
import { alignColumns, type Terminal } from "./terminal.ts";

export const status: Command = {
  name: "status",
  arguments: "",
  summary: "Show where the running service is, what it is doing, and what is stuck.",
  details: ["Answers at once, also during a transition."],
  options: { json: JSON_OUTPUT, "state-dir": STATE_DIRECTORY, socket: SOCKET, help: HELP },
  examples: [
    ["signaled status", "Exits 0 when there is a service, whatever it is doing, and 4 when there is none."],
    ["signaled status --json | jq -r .state", "down, signaling, finishing, up or failed."],
  ],
  run: runStatus,
};

async function runStatus(invocation: Invocation): Promise<number> {
  const { terminal } = invocation;
  const found = await askService(placesOf(invocation).socket, { command: "status" });
  if (invocation.flag("json")) terminal.out(JSON.stringify(found, undefined, 2));
  else for (const line of statusText(found, terminal)) terminal.out(line);
  return EXIT_CODES.ok.code;
}

function statusText(found: ServiceStatus, terminal: Terminal): readonly string[] {
  const { state, conf, pid, journal, transition, participants, inDoubt, queued, broken } = found;
  const paint = state === "up" ? terminal.green : state === "failed" ? terminal.red : terminal.yellow;
  const lines = [`${paint(state)}  ${shownPath(conf)}  ${terminal.dim(`pid ${pid}, journal ${shownPath(journal)}`)}`];
  if (broken !== undefined) lines.push(terminal.red(`nothing can be recorded any more: ${broken.message}`));
  if (transition !== undefined) lines.push("", ...transitionText(transition, terminal));
  if (queued.length > 0) lines.push(`waiting: ${queued.join(", ")}`);
  for (const doubt of inDoubt) lines.push(terminal.yellow(`in doubt: ${doubt.idempotencyKey}`));
  const rows = participants.map(({ name, up, quiesced, groups, volumes, served }) => [
    name,
    up ? (quiesced ? "quiesced" : "up") : "down",
    String(groups),
    String(volumes),
    String(served),
  ]);
  lines.push("", ...alignColumns([["participant", "state", "groups", "volumes", "served"], ...rows]));
  return lines;
}

function transitionText(transition: NonNullable<ServiceStatus["transition"]>, terminal: Terminal): readonly string[] {
  const { transitionId, kind, cause, paused, held, callback, participant, done, total, running } = transition;
  const what = KIND_WORDS[kind as keyof typeof KIND_WORDS] ?? kind;
  const by = [cause.how, cause.who].filter((part) => part !== undefined).join(" ");
  const at = callback === undefined ? "" : `, at ${callback} of ${participant}`;
  const lines = [`${what} ${transitionId} by ${by}: ${done} of ${total} steps${at}${paused ? ", paused" : ""}`];
  for (const { subject, elapsed, fraction, text } of running) {
    const share = fraction === undefined ? "" : ` ${Math.round(fraction * 100)} %`;
    const said = text === undefined ? "" : ` ${text}`;
    lines.push(
      `  waiting for ${subject === "" ? callback : subject} since ${(elapsed / 1000).toFixed(1)} s${share}${said}`,
    );
  }
  if (held !== undefined) {
    lines.push(terminal.red(`held: ${held.message}`));
    lines.push("go on with: signaled retry | signaled rollback | signaled skip --as applied|not-applied --reason TEXT");
  }
  return lines;
}
