/**
 * ModelCommands: random stories of reloads, failures, crashes and recoveries for a user's own participants, for fast-check's
 * model-based tests.
 *
 * Single steps of a story are tested by hand; what goes wrong in production is a reload after a half-done reload after a
 * crash. The commands know nothing of the participants: the rig that they run on judges them.
 */
import fc from "fast-check";
import type { Command } from "../plan/order.ts";
import { applyChange, type Change } from "./change.ts";
import { faults } from "./fault-arbitraries.ts";
import type { Fault } from "./faults.ts";
import { type CrashPoint, type LifecycleRig, type LifecycleRigOptions, lifecycleRig } from "./lifecycle-rig.ts";
import type { OneTimeFault } from "./scripted-participant.ts";
import { changes, type TopologyArbitraryOptions, topologies } from "./topology-arbitraries.ts";
import type { TopologyLike } from "./topology-like.ts";

/** What a story knows. */
export interface LifecycleModel {
  /** The conf file as it stands. */
  conf: TopologyLike;
  /** Where the service is, so that commands which make no sense there are left out. */
  state: LifecycleRig["state"];
}

/** A story: commands that fast-check draws and shrinks. */
export type LifecycleCommands = Iterable<fc.AsyncCommand<LifecycleModel, LifecycleRig>>;

export interface ModelCommandsOptions extends TopologyArbitraryOptions {
  /** Commands in a story at most. Default 30. */
  readonly commands?: number | undefined;
  /** Ways in which callbacks fail. Default `throws` and `in doubt`; none: an empty list. */
  readonly faults?: readonly Exclude<Fault["how"], "hangs">[] | undefined;
  /** Whether processes crash. Default true. */
  readonly crashes?: boolean | undefined;
  /** Replays one story: what fast-check printed as `replayPath`. */
  readonly replayPath?: string | undefined;
}

/** Stories for {@link runModelCommands}. */
export function modelCommands(options: ModelCommandsOptions = {}): fc.Arbitrary<LifecycleCommands> {
  const peers = options.peers ?? ["Peer0", "Peer1", "Peer2"];
  const how = options.faults ?? ["throws", "in doubt"];
  const edits = fc.array(changes(options), { minLength: 1, maxLength: 3 });
  const crashPoints = fc.record({
    calls: fc.nat({ max: 40 }),
    when: fc.constantFrom("before" as const, "after" as const),
  });
  const commands = [
    // Several times, which is the weight: a story is above all a row of edits and reloads, and has to come up for that.
    ...times(4, fc.constant(asking("up", ["down", "crashed"]))),
    ...times(4, fc.constant(asking("signaled", ["up", "held"]))),
    ...times(
      3,
      edits.map((all) => edit(all, peers)),
    ),
    topologies(options).map(write),
    fc.constant(asking("down", ["up", "held"])),
    fc.constant(command("retry", ["held"], (_model, rig) => rig.retry())),
    fc.constant(command("rollback", ["held"], (_model, rig) => rig.rollback())),
    // Not drawn from an empty list, which fast-check refuses.
    ...(how.length === 0
      ? []
      : times(
          3,
          fc.tuple(fc.nat({ max: 7 }), faults({ how })).map(([at, fault]) => fail(at, fault)),
        )),
    ...(options.crashes === false ? [] : [crashPoints.map(crash)]),
  ];
  return fc.commands(commands, {
    // Short stories find little: let the limit be what says how long they are.
    size: "max",
    maxCommands: options.commands ?? 30,
    ...(options.replayPath === undefined ? {} : { replayPath: options.replayPath }),
  });
}

/** Runs a story on participants of your own. @throws with an explanation where anything is not as it should be */
export async function runModelCommands(commands: LifecycleCommands, options: LifecycleRigOptions): Promise<void> {
  const real = lifecycleRig(options);
  try {
    const model: LifecycleModel = { conf: beginning(options.whoAmI ?? "Peer0"), state: "down" };
    await fc.asyncModelRun(() => ({ model, real }), commands);
  } finally {
    await real.close();
  }
}

/** Not nothing: most changes need something to change. */
function beginning(whoAmI: string): TopologyLike {
  return {
    whoAmI,
    groups: [
      { name: "A", activePeer: whoAmI, virtualIPAddr: "", volumes: ["A", "B"] },
      { name: "B", activePeer: "", virtualIPAddr: "", volumes: ["C"] },
    ],
  };
}

const times = <Item>(count: number, item: Item): readonly Item[] => Array.from({ length: count }, () => item);

type StoryCommand = fc.AsyncCommand<LifecycleModel, LifecycleRig>;

const ANYWHERE: readonly LifecycleRig["state"][] = ["down", "up", "held", "crashed"];

function command(
  text: string,
  where: readonly LifecycleRig["state"][],
  run: (model: LifecycleModel, rig: LifecycleRig) => unknown,
): StoryCommand {
  return {
    check: ({ state }) => where.includes(state),
    run: async (model, rig) => {
      await run(model, rig);
      model.state = rig.state;
    },
    toString: () => text,
  };
}

/** Asks for a transition, with the conf as it stands. */
function asking(what: Command, where: readonly LifecycleRig["state"][]): StoryCommand {
  return command(what, where, ({ conf }, rig) => rig.ask(what, conf));
}

/** Edits the conf file; nothing hears of that before the next reload. */
function edit(all: readonly Change[], peers: readonly string[]): StoryCommand {
  return command(`edit(${all.map((change) => JSON.stringify(change)).join(", ")})`, ANYWHERE, (model) => {
    model.conf = all.reduce((conf, change) => applyChange(conf, change, { peers }), model.conf);
  });
}

/** Another conf altogether. */
function write({ groups }: TopologyLike): StoryCommand {
  return command(`write(${JSON.stringify(groups)})`, ANYWHERE, (model) => {
    model.conf = { ...model.conf, groups };
  });
}

/** A call of a participant fails. */
function fail(participant: number, fault: OneTimeFault): StoryCommand {
  const text = `fail(participant ${participant}, ${JSON.stringify(fault)})`;
  return command(text, ANYWHERE, (_model, rig) => rig.fail(participant, fault));
}

/** The process ends in the middle of one of the next transitions. */
function crash(at: CrashPoint): StoryCommand {
  const text = `crash(${at.when} the call after ${at.calls} more)`;
  return command(text, ANYWHERE, (_model, rig) => rig.crash(at));
}
