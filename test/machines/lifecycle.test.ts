/**
 * The lifecycle statechart: its picture, every transition of it, what it emits alone, and its agreement with the refusals.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createActor, type SnapshotFrom } from "xstate";
import {
  type LifecycleEmitted,
  type LifecycleEventIn,
  type LifecycleStateName,
  lifecycleMachine,
  type RequestKind,
  requestRefusal,
} from "../../machines/index.ts";
import { ConfMap } from "../../src/conf/conf-map.ts";
import { planTransition } from "../../src/plan/plan.ts";
import { readTopology } from "../../src/topology/read-topology.ts";
import { mermaidOf } from "./mermaid.ts";

const confOf = (peer: string, volumes: readonly string[] = ["A"]) =>
  ConfMap.from({
    Cluster: { WhoAmI: ["Peer0"], Peers: ["Peer0", "Peer1"] },
    FSGlobals: { VolumeGroupList: ["G"] },
    "VolumeGroup:G": { PrimaryPeer: [peer], VirtualIPAddr: [], VolumeList: volumes },
  });
const HERE = confOf("Peer0");
const THERE = confOf("Peer1");
const BAD = ConfMap.from({ Cluster: {} });

test("the picture in machines/README.md is the machine's", () => {
  const file = new URL("../../machines/README.md", import.meta.url);
  const text = readFileSync(file, "utf8");
  const drawn = text.replace(/```mermaid\n[\s\S]*?```/, `\`\`\`mermaid\n${mermaidOf(lifecycleMachine)}\`\`\``);
  if (process.env["UPDATE"] !== undefined) writeFileSync(file, drawn);
  else expect(text, "run UPDATE=1 npx vitest run test/machines to redraw it").toBe(drawn);
});

/** Brings a machine alone through its phases, as a dispatcher would that never fails. */
function carryOut(
  actor: ReturnType<typeof started>["actor"],
  until: (snapshot: SnapshotFrom<typeof lifecycleMachine>) => boolean,
): void {
  for (let i = 0; i < 50 && !until(actor.getSnapshot()); i++) {
    const { phase, attempt } = actor.getSnapshot().context;
    actor.send({ type: "PHASE_FINISHED", phase, attempt });
  }
}

function started() {
  const emitted: LifecycleEmitted[] = [];
  const actor = createActor(lifecycleMachine, { input: { participants: ["p1", "p2"] } });
  actor.on("*", (event) => void emitted.push(event));
  actor.start();
  return { actor, emitted };
}

test("alone it emits the phases of the plan in order, and arrives", () => {
  const { actor, emitted } = started();
  actor.send({ type: "UP", confMap: HERE });
  carryOut(actor, (snapshot) => snapshot.matches("up"));
  const plan = planTransition({ command: "up", to: readTopology(HERE), participants: ["p1", "p2"] });
  const phases = emitted.flatMap((event) => (event.type === "phaseStarted" ? [event.phase.callback] : []));
  expect(phases).toEqual(plan.phases.map(({ callback }) => callback));
  expect(emitted[0]).toMatchObject({ type: "transitionStarted", transitionId: "1" });
  expect(emitted.at(-1)).toEqual({ type: "transitionFinished", transitionId: "1", state: "up" });
  expect(actor.getSnapshot().context.current?.topology.groups[0]?.name).toBe("G");
});

test("a conf that cannot be read is ignored, whatever the state, and leaves everything as it was", () => {
  const { actor } = started();
  const before = actor.getSnapshot();
  actor.send({ type: "UP", confMap: BAD });
  expect(actor.getSnapshot()).toBe(before);
  expect(actor.getSnapshot().status).toBe("active");
});

test("a report of an earlier attempt is stale", () => {
  const { actor } = started();
  actor.send({ type: "UP", confMap: HERE });
  const { attempt } = actor.getSnapshot().context;
  actor.send({ type: "STEP_FAILED", attempt, code: "CALLBACK_FAILED", message: "no" });
  actor.send({ type: "RETRY" });
  const retried = actor.getSnapshot();
  actor.send({ type: "STEP_FAILED", attempt, code: "CALLBACK_FAILED", message: "late" });
  actor.send({ type: "PHASE_FINISHED", phase: 0, attempt });
  expect(actor.getSnapshot()).toBe(retried);
});

/**
 * Every transition of the machine is taken: from each state that is found, each event of a small alphabet is tried, until
 * nothing new is found. What identifies a state is all of its context that guards look at.
 */
test("every transition of the machine is taken", () => {
  const taken = new Set<string>();
  const all = new Set<string>();
  const collect = (node: (typeof lifecycleMachine)["root"]): void => {
    for (const transitions of node.transitions.values())
      for (const transition of transitions) all.add(labelOf(transition));
    for (const child of Object.values(node.states)) collect(child as typeof node);
  };
  collect(lifecycleMachine.root);

  const seen = new Set<string>();
  type Snapshot = SnapshotFrom<typeof lifecycleMachine>;
  const open: Snapshot[] = [createActor(lifecycleMachine, { input: { participants: ["p1"] } }).getSnapshot()];
  while (open.length > 0) {
    const snapshot = open.pop() as Snapshot;
    const key = identityOf(snapshot);
    if (seen.has(key)) continue;
    seen.add(key);
    for (const event of alphabet(snapshot)) {
      for (const transition of lifecycleMachine.getTransitionData(snapshot as never, event))
        taken.add(labelOf(transition));
      if (!snapshot.can(event)) continue;
      const actor = createActor(lifecycleMachine, { snapshot: snapshot as never, input: {} });
      actor.start();
      actor.send(event);
      open.push(actor.getSnapshot());
      actor.stop();
    }
  }
  console.log(`lifecycle machine: ${taken.size} of ${all.size} transitions taken, over ${seen.size} states`);
  expect([...all].filter((label) => !taken.has(label))).toEqual([]);
});

function labelOf(transition: {
  source: { id: string };
  eventType: string;
  guard?: unknown;
  target?: readonly { id: string }[] | undefined;
}): string {
  const guard = typeof transition.guard === "string" ? transition.guard : "always";
  return `${transition.source.id} ${transition.eventType} [${guard}] -> ${transition.target?.map(({ id }) => id).join() ?? "itself"}`;
}

function identityOf({ value, context }: SnapshotFrom<typeof lifecycleMachine>): string {
  const { current, transition, plan, phase, failure, participants } = context;
  return JSON.stringify([
    value,
    current === undefined,
    transition?.kind,
    transition?.target === undefined,
    plan?.phases.map(({ callback }) => callback),
    phase,
    failure?.code,
    participants.length,
  ]);
}

/** Events that lead somewhere, reports of the present attempt among them. */
function alphabet({ context }: SnapshotFrom<typeof lifecycleMachine>): LifecycleEventIn[] {
  const { phase, attempt, current, participants } = context;
  const topology = current?.topology ?? readTopology(HERE);
  const to = readTopology(THERE);
  const nobody = planTransition({ command: "down", from: new Map(), participants: ["p1"] });
  const closing = planTransition({ command: "down", from: readTopology(confOf("", [])), participants: ["p1"] });
  const onlyDown = { ...closing, phases: closing.phases.slice(-1), arrives: true };
  const events: LifecycleEventIn[] = [
    { type: "UP", confMap: HERE },
    { type: "UP", confMap: BAD },
    { type: "SIGNALED", confMap: THERE },
    { type: "SIGNALED", confMap: THERE, planFollows: true },
    { type: "DOWN" },
    { type: "DOWN", planFollows: true },
    { type: "ROLLBACK" },
    { type: "PLANNED", plan: planTransition({ command: "signaled", from: topology, to, participants: ["p1"] }) },
    { type: "PLANNED", plan: nobody },
    { type: "PLANNED", plan: onlyDown as never },
    { type: "PHASE_FINISHED", phase, attempt },
    { type: "STEP_FAILED", attempt, code: "CALLBACK_FAILED", message: "no" },
    { type: "RETRY" },
    { type: "SKIP", as: "applied" },
    { type: "PAUSE" },
    { type: "RESUME" },
  ];
  for (const type of ["UP", "SIGNALED", "DOWN", "ROLLBACK", "ADMIT", "UNREGISTER"] as const) {
    // Without a bound newcomers would make ever new states.
    if (type === "ADMIT" && participants.length > 2) continue;
    for (const plan of [nobody, onlyDown]) {
      events.push({ type, plan, confMap: THERE, participant: "p2", target: type === "DOWN" ? undefined : to } as never);
    }
  }
  if (participants.length < 3) events.push({ type: "ADMIT", participant: "p2" });
  events.push({ type: "UNREGISTER", participant: "p2" });
  return events;
}

test("a request is refused exactly where the machine would ignore it", () => {
  const requests: Record<RequestKind, LifecycleEventIn> = {
    up: { type: "UP", confMap: HERE },
    signaled: { type: "SIGNALED", confMap: THERE },
    down: { type: "DOWN" },
    rollback: { type: "ROLLBACK" },
    admit: { type: "ADMIT", participant: "p3" },
    unregister: { type: "UNREGISTER", participant: "p2" },
  };
  const reach: Record<LifecycleStateName, (actor: ReturnType<typeof started>["actor"]) => void> = {
    down: () => {},
    signaling: (actor) => actor.send(requests.up),
    finishing: (actor) => {
      actor.send(requests.up);
      carryOut(actor, (snapshot) => snapshot.matches("finishing"));
    },
    up: (actor) => {
      actor.send(requests.up);
      carryOut(actor, (snapshot) => snapshot.matches("up"));
    },
    failed: (actor) => {
      actor.send(requests.up);
      actor.send({
        type: "STEP_FAILED",
        attempt: actor.getSnapshot().context.attempt,
        code: "CALLBACK_FAILED",
        message: "no",
      });
    },
  };
  for (const [state, go] of Object.entries(reach) as [LifecycleStateName, (typeof reach)["up"]][]) {
    const { actor } = started();
    go(actor);
    expect(actor.getSnapshot().matches(state as "up")).toBe(true);
    for (const [kind, event] of Object.entries(requests) as [RequestKind, LifecycleEventIn][]) {
      expect(requestRefusal(state, kind) === undefined, `${kind} when ${state}`).toBe(actor.getSnapshot().can(event));
    }
  }
});
