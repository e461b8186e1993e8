/**
 * `signaled demo`: a cluster of three peers, seen from one of them: it comes up, a group moves away, it goes down.
 *
 * What is printed is what the participants were really told, not what was planned; the reasons are those of the plan.
 */
import { join } from "node:path";
import { loadConf } from "../conf/conf-file.ts";
import type { ConfMap } from "../conf/conf-map.ts";
import { silentLog } from "../effects/log.ts";
import type { ParticipantCallbacks } from "../effects/participant.ts";
import { LOGGER } from "../effects/registry.ts";
import { createTransitions, type Transitions } from "../effects/transitions.ts";
import { CALLBACK_NAMES, CALLBACKS, type CallbackName, type LifecycleEvent } from "../plan/lifecycle-event.ts";
import { rowsOf } from "../plan/order.ts";
import { EXIT_CODES } from "../service/exit-code.ts";
import { loggerParticipant } from "../service/logger-participant.ts";
import { packageFolder } from "../service/package-folder.ts";
import type { PlanJson } from "../service/plan-json.ts";
import { registerModule } from "../service/roster.ts";
import { readTopology } from "../topology/read-topology.ts";
import type { Command, Invocation } from "./command.ts";
import { reasonsOf } from "./explanation.ts";
import { HELP } from "./options.ts";
import { planTable } from "./plan-text.ts";
import type { Terminal } from "./terminal.ts";

export const demo: Command = {
  name: "demo",
  arguments: "",
  summary: "Watch a sample cluster come up, move a group and go down.",
  options: { help: HELP },
  examples: [["signaled demo", "Takes a moment and leaves nothing behind. The configurations are in docs/demo."]],
  run: runDemo,
};

/** One step that was delivered. */
interface Told {
  readonly participant: string;
  readonly event: LifecycleEvent;
}

async function runDemo({ terminal }: Invocation): Promise<number> {
  const folder = join(packageFolder(), "docs", "demo");
  const load = (file: string): Promise<ConfMap> => loadConf(join(folder, file));
  const [before, after] = await Promise.all([load("before.conf"), load("after.conf")]);
  const told: Told[] = [];
  const instance = await demoInstance(join(folder, "participants.mjs"), told);
  const show = (command: PlanJson["command"]) => tableOf(command, told.splice(0));
  const { out, bold, dim, red, green } = terminal;

  out(bold("Peer1 of a cluster of three starts with docs/demo/before.conf"));
  out(dim("↑ in registration order: who depends comes later.  ↓ in reverse: who depends goes first."));
  await instance.up(before);
  print(terminal, planTable(show("up"), terminal));

  out(bold("An edit, then SIGHUP: the group projects goes to Peer2"));
  out("  [VolumeGroup:projects]");
  out(red("- PrimaryPeer = Peer1"));
  out(green("+ PrimaryPeer = Peer2"));
  const plan = instance.plan("signaled", after);
  await instance.signaled(after);
  print(
    terminal,
    planTable(show("signaled"), terminal, reasonsOf({ plan, from: placeOf(before), to: placeOf(after) })),
  );

  out(bold("SIGTERM: Peer1 goes down"));
  await instance.down();
  print(terminal, planTable(show("down"), terminal));
  await instance.close();

  out(`The same without participants:  ${bold("signaled plan docs/demo/before.conf docs/demo/after.conf --explain")}`);
  return EXIT_CODES.ok.code;
}

/** An instance whose participants write down what they hear. */
async function demoInstance(module: string, told: Told[]): Promise<Transitions> {
  const logger = recording(LOGGER, loggerParticipant({ ...silentLog, follow: () => {}, unfollow: () => {} }), told);
  const instance = createTransitions({ logger });
  const register: Transitions["register"] = (name, callbacks, options) =>
    instance.register(name, recording(name, callbacks, told), options);
  await registerModule({ ...instance, register }, module);
  return instance;
}

function recording(participant: string, callbacks: ParticipantCallbacks, told: Told[]): ParticipantCallbacks {
  const recorded: Record<string, unknown> = {};
  for (const name of CALLBACK_NAMES) {
    const { method } = CALLBACKS[name];
    const callback = callbacks[method] as ((event: LifecycleEvent, context: unknown) => unknown) | undefined;
    if (callback === undefined) continue;
    recorded[method] = (event: LifecycleEvent, context: unknown) => {
      told.push({ participant, event });
      return callback(event, context);
    };
  }
  return recorded as ParticipantCallbacks;
}

function placeOf(confMap: ConfMap) {
  return { confMap, topology: readTopology(confMap) };
}

/** What was delivered, in the shape of a plan: phases in the order in which they came, each with its events and who heard. */
function tableOf(command: PlanJson["command"], told: readonly Told[]): PlanJson {
  const phases = new Map<CallbackName, { events: Map<string, LifecycleEvent>; participants: Set<string> }>();
  for (const { participant, event } of told) {
    const phase = phases.get(event.type) ?? { events: new Map(), participants: new Set() };
    phase.events.set(JSON.stringify(event), event);
    phase.participants.add(participant);
    phases.set(event.type, phase);
  }
  const rows = rowsOf("documented", command as "up" | "signaled" | "down");
  const directionOf = (callback: CallbackName) =>
    rows.find((row) => row.callback === callback)?.direction ?? "registration";
  return {
    order: "documented",
    command,
    hash: "",
    phases: [...phases].map(([callback, { events, participants }]) => ({
      callback,
      direction: directionOf(callback),
      events: [...events.values()],
      participants: [...participants],
    })),
  };
}

function print({ out }: Terminal, lines: readonly string[]): void {
  out("");
  for (const line of lines) out(`  ${line}`);
  out("");
}
