/**
 * `signaled status`: where everything is at this moment, for how long, and what is stuck.
 */
import { setTimeout as delay } from "node:timers/promises";
import { askService } from "../service/control-client.ts";
import type { ServiceStatus } from "../service/control-protocol.ts";
import { EXIT_CODES } from "../service/exit-code.ts";
import { KIND_WORDS } from "../service/narration.ts";
import type { Command, Invocation } from "./command.ts";
import { shownPath } from "./explanation.ts";
import { shownSpan } from "./journal-options.ts";
import { HELP, JSON_OUTPUT } from "./options.ts";
import { placesOf, SOCKET, STATE_DIRECTORY } from "./service-options.ts";
import { alignColumns, type Terminal } from "./terminal.ts";

export const status: Command = {
  name: "status",
  arguments: "",
  summary: "Show where the running service is, what it is doing and for how long, and what is stuck.",
  details: [
    "Answers at once, also during a transition. A step is overdue when it has taken half of its deadline.\nWith --follow it goes on, at a terminal as a picture that is drawn anew, else as a line for each change (with --json, an\nobject), until the service ends or Ctrl-C.",
  ],
  options: {
    follow: { short: "f", help: "Go on showing it, every second." },
    json: JSON_OUTPUT,
    "state-dir": STATE_DIRECTORY,
    socket: SOCKET,
    help: HELP,
  },
  examples: [
    ["signaled status", "Exits 0 when there is a service, whatever it is doing, and 4 when there is none."],
    ["signaled status --json | jq -r .state", "down, signaling, finishing, up or failed."],
    ["signaled status --follow", "Watch a transition."],
  ],
  run: runStatus,
};

/** Milliseconds between two looks. */
const LOOK_EVERY = 1_000;
/** Steps that are named one by one. */
const NAMED_STEPS = 12;

async function runStatus(invocation: Invocation): Promise<number> {
  const { terminal } = invocation;
  const ask = () => askService(placesOf(invocation).socket, { command: "status" });
  if (invocation.flag("follow")) return follow(invocation, ask);
  const found = await ask();
  if (invocation.flag("json")) terminal.out(JSON.stringify(found, undefined, 2));
  else for (const line of statusText(found, terminal)) terminal.out(line);
  return EXIT_CODES.ok.code;
}

/** @throws TransitionError UNREACHABLE when the service has ended */
async function follow(invocation: Invocation, ask: () => Promise<ServiceStatus>): Promise<number> {
  const { terminal } = invocation;
  const json = invocation.flag("json");
  const drawn = process.stdout.isTTY === true && !json;
  for (let last = ""; ; await delay(LOOK_EVERY)) {
    const found = await ask();
    if (drawn) {
      process.stdout.write(CLEAR_SCREEN);
      for (const line of statusText(found, terminal)) terminal.out(line);
      continue;
    }
    const line = json ? JSON.stringify({ ...found, uptime: undefined }) : changeLine(found);
    if (line !== last) terminal.out(line);
    last = line;
  }
}

const CLEAR_SCREEN = "\u001b[H\u001b[2J";

/** The state without anything that changes all the time. */
function changeLine({ state, transition }: ServiceStatus): string {
  if (transition === undefined) return state;
  const { transitionId, kind, done, total, callback, participant, held, paused } = transition;
  const at = callback === undefined ? "" : `, at ${callback} of ${participant}`;
  const how = held === undefined ? (paused ? ", paused" : "") : `, held: ${held.message}`;
  return `${state}  ${wordFor(kind)} ${transitionId}: ${done} of ${total} steps${at}${how}`;
}

function statusText(found: ServiceStatus, terminal: Terminal): readonly string[] {
  const { state, conf, pid, journal, uptime, transition, participants, inDoubt, queued, broken } = found;
  const paint = state === "up" ? terminal.green : state === "failed" ? terminal.red : terminal.yellow;
  const age = uptime === undefined ? "" : ` for ${shownSpan(uptime)}`;
  const process = terminal.dim(`pid ${pid}${age}, journal ${shownPath(journal)}`);
  const lines = [`${paint(state)}  ${shownPath(conf)}  ${process}`];
  if (broken !== undefined) lines.push(terminal.red(`nothing can be recorded any more: ${broken.message}`));
  if (transition !== undefined) lines.push("", ...transitionText(transition, terminal));
  if (queued.length > 0) lines.push(`waiting: ${queued.map(wordFor).join(", ")}`);
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

type Transition = NonNullable<ServiceStatus["transition"]>;

function transitionText(transition: Transition, terminal: Terminal): readonly string[] {
  const { transitionId, kind, cause, paused, held, callback, participant, done, total, running, elapsed } = transition;
  const by = [cause.how, cause.who].filter((part) => part !== undefined).join(" ");
  const why = cause.reason === undefined ? "" : ` (${cause.reason})`;
  const age = elapsed === undefined ? "" : ` for ${shownSpan(elapsed)}`;
  const at = callback === undefined ? "" : `, at ${callback} of ${participant}`;
  const lines = [
    `${wordFor(kind)} ${transitionId} by ${by}${why}${age}: ${done} of ${total} steps${at}${paused ? ", paused" : ""}`,
  ];
  // Those that have been waited for longest are the ones to look at.
  const longest = [...running].sort((a, b) => b.elapsed - a.elapsed);
  for (const step of longest.slice(0, NAMED_STEPS)) lines.push(`  ${stepText(step, callback ?? "", terminal)}`);
  if (running.length > NAMED_STEPS) lines.push(`  and ${running.length - NAMED_STEPS} more`);
  if (held !== undefined) {
    lines.push(terminal.red(`held: ${held.message}`));
    lines.push("go on with: signaled retry | signaled rollback | signaled skip --as applied|not-applied --reason TEXT");
  } else if (paused) lines.push("go on with: signaled resume");
  return lines;
}

function stepText(step: Transition["running"][number], callback: string, terminal: Terminal): string {
  const { subject, elapsed, deadline, resting, fraction, text } = step;
  const what = subject === "" ? callback : subject;
  if (resting === true) return terminal.yellow(`${what} has failed, and waits for its next attempt`);
  const share = fraction === undefined ? "" : ` ${Math.round(fraction * 100)} %`;
  const said = text === undefined ? "" : ` ${text}`;
  const limit = deadline === undefined ? "" : ` of at most ${shownSpan(deadline)}`;
  const line = `waiting for ${what} for ${shownSpan(elapsed)}${limit}${share}${said}`;
  return deadline !== undefined && elapsed >= deadline / 2 ? terminal.yellow(`${line}, overdue`) : line;
}

function wordFor(kind: string): string {
  return KIND_WORDS[kind as keyof typeof KIND_WORDS] ?? kind;
}
