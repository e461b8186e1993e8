/**
 * LifecycleRig: a user's participants under the real service, watched by everything that is known about the contract.
 *
 * After each command a strict participant beside each of the user's own says whether anything came that may not come, the
 * ordering laws look at what was delivered, the end is compared with the conf, and the test's own question is asked:
 * whether its participant is what it was told to be. A crash leaves the instance as it is and goes on with a new one on the
 * same journal.
 */
import { ConfMap } from "../conf/conf-map.ts";
import { createTransitions, type Transitions } from "../effects/transitions.ts";
import { TransitionError } from "../error.ts";
import { memoryJournal } from "../journal/memory-journal.ts";
import { CALLBACK_NAMES, CALLBACKS, CONTRACT_CALLBACKS } from "../plan/lifecycle-event.ts";
import type { Command, OrderName } from "../plan/order.ts";
import { deterministicClock } from "./deterministic-clock.ts";
import { explainViolations, orderingLaws } from "./ordering-laws.ts";
import { type OneTimeFault, type ScriptedParticipant, scriptedParticipant } from "./scripted-participant.ts";
import type { Standing } from "./standing.ts";
import { type StrictParticipant, strictParticipant } from "./strict-participant.ts";
import { confValuesOf } from "./topology-conf.ts";
import type { TopologyLike } from "./topology-like.ts";
import { type Delivery, mapCallbacks, silentCallbacks, traceRecorder } from "./trace.ts";
import type { OwnParticipant } from "./transcript-stage.ts";

export interface LifecycleRigOptions {
  /**
   * Makes the participants of one process, in registration order; called again after each crash. What outlives a process
   * (a disk, a mount table) is made outside and kept.
   */
  readonly participants: () => Readonly<Record<string, OwnParticipant>>;
  /** The test's own question, asked after each command: throws where the participant is not what it was told to be. */
  readonly holds?: ((name: string, standing: Standing) => void | Promise<void>) | undefined;
  /** Default `documented`. */
  readonly order?: OrderName | undefined;
  /** Default Peer0. */
  readonly whoAmI?: string | undefined;
}

/** Where a crash strikes: at the call after this many more, before or after it took effect. */
export interface CrashPoint {
  readonly calls: number;
  readonly when: "before" | "after";
}

/** How a command ended: an outcome, an error's code, or `crashed`. */
export type RigOutcome = string;

export interface LifecycleRig {
  /** `crashed`: the process is gone, and only up is of use. */
  readonly state: "down" | "up" | "held" | "crashed";
  /** Asks for a transition and checks everything. @throws with an explanation where anything is not as it should be */
  ask(command: Command, to?: TopologyLike): Promise<RigOutcome>;
  retry(): Promise<RigOutcome>;
  rollback(): Promise<RigOutcome>;
  /** A matching call of a participant (counted around) fails, counted from now. */
  fail(participant: number, fault: OneTimeFault): void;
  /** The process of the next transitions ends there. */
  crash(at: CrashPoint): void;
  close(): Promise<void>;
}

const NEVER = new Promise<never>(() => {});

export function lifecycleRig(options: LifecycleRigOptions): LifecycleRig {
  const order = options.order ?? "documented";
  const journal = memoryJournal();
  /** Keys of steps that took effect, over all processes. */
  const inEffect = new Set<string>();
  let running = start(false, new Map());
  /** Where the last finished transition went; undefined: down. */
  let settled: TopologyLike | undefined;
  /** What a held transition was asked for. */
  let asked: Goal = { command: "down", to: undefined };
  let state: LifecycleRig["state"] = "down";
  /** Where everybody stood when the transition began that is running or held: a retry goes on with it. */
  let from: ReadonlyMap<string, Standing> = new Map();

  /** A process: an instance with participants of its own. */
  function start(takeover: boolean, before: ReadonlyMap<string, StrictParticipant>): RigProcess {
    const t = createTransitions({ journal, takeover, order, clock: deterministicClock() });
    return rigProcess(t, options.participants(), { before, inEffect });
  }

  async function perform(act: (t: Transitions) => Promise<unknown>, goal: Goal): Promise<RigOutcome> {
    if (state === "crashed") running = start(true, running.strict);
    if (!goal.goesOn) {
      from = new Map([...running.strict].map(([name, strict]) => [name, strict.fork().standing]));
      running.recorder.clear();
    }
    const outcome = await Promise.race([ending(act(running.t)), running.crashed]);
    const trace = running.recorder.trace;
    if (isRefusal(outcome, trace)) return outcome;
    const finished = outcome === "finished" || outcome === "unchanged";
    if (finished) settled = goal.to;
    const reached = goal.to === undefined ? "down" : "up";
    state = outcome === "crashed" ? "crashed" : finished ? reached : "held";

    const ended = finished ? ("finished" as const) : ("failed" as const);
    const participants = running.cast.map(({ name, callbacks }) => ({ name, callbacks }));
    const known = { command: goal.command, participants, from, to: goal.to, ended };
    const faults = [
      explainViolations(orderingLaws(trace, order, known), trace),
      ...[...running.strict].flatMap(([name, strict]) => strict.complaints.map((complaint) => `${name}: ${complaint}`)),
      ...(finished ? arrivals(running.strict, goal.to) : []),
    ].filter((text) => text !== "");
    if (faults.length > 0) throw new Error(faults.join("\n"));
    // After a crash only the durable have anything to be asked about, and that is asked after the next up.
    if (outcome !== "crashed") {
      for (const [name, strict] of running.strict) await options.holds?.(name, strict.standing);
    }
    return outcome;
  }

  return {
    get state() {
      return state;
    },
    ask: (command, to) => {
      const goal = { command, to: command === "down" ? undefined : to };
      asked = goal;
      const confMap = goal.to === undefined ? undefined : ConfMap.from(confValuesOf(goal.to));
      return perform((t) => (confMap === undefined || command === "down" ? t.down() : t[command](confMap)), goal);
    },
    retry: () => perform((t) => t.retry(), { ...asked, goesOn: true }),
    rollback: () => {
      asked = { command: settled === undefined ? "down" : "signaled", to: settled };
      return perform((t) => t.rollback(), asked);
    },
    fail: (participant, fault) => {
      const { cast } = running;
      const chosen = cast[participant % cast.length];
      if (chosen !== undefined) chosen.actor.fail(fault);
    },
    crash: (at) => running.crashAt(at),
    close: () => (state === "crashed" ? Promise.resolve() : running.t.close()),
  };
}

interface Goal {
  readonly command: Command;
  readonly to: TopologyLike | undefined;
  /** With what a held transition had yet to do. */
  readonly goesOn?: boolean;
}

/** One process of the rig. */
interface RigProcess {
  readonly t: Transitions;
  readonly recorder: ReturnType<typeof traceRecorder>;
  readonly cast: readonly {
    readonly name: string;
    readonly actor: ScriptedParticipant;
    readonly callbacks: readonly (typeof CALLBACK_NAMES)[number][];
  }[];
  readonly strict: ReadonlyMap<string, StrictParticipant>;
  /** Resolves when it has crashed. */
  readonly crashed: Promise<"crashed">;
  crashAt(at: CrashPoint): void;
}

function rigProcess(
  t: Transitions,
  own: Readonly<Record<string, OwnParticipant>>,
  { before, inEffect }: { readonly before: ReadonlyMap<string, StrictParticipant>; readonly inEffect: Set<string> },
): RigProcess {
  const recorder = traceRecorder();
  const strict = new Map<string, StrictParticipant>();
  let tellCrashed: (word: "crashed") => void = () => {};
  const crashed = new Promise<"crashed">((resolve) => {
    tellCrashed = resolve;
  });
  let dead = false;
  let calls = 0;
  let point: (CrashPoint & { readonly at: number }) | undefined;
  const die = (): Promise<never> => {
    dead = true;
    tellCrashed("crashed");
    return NEVER;
  };

  const cast = Object.entries(own).map(([name, { callbacks: given, options }]) => {
    const model =
      before.get(name)?.restarted(options?.durable === true ? "durable" : "volatile") ?? strictParticipant();
    strict.set(name, model);
    // The model hears everything, so callbacks that the participant does not have are there and do nothing.
    const padded = { ...silentCallbacks(CONTRACT_CALLBACKS), ...mapCallbacks(given, (callback) => callback) };
    const told = mapCallbacks(padded, (callback) => (event, context) => {
      const apply = (): void => void model.deliver(event, context.idempotencyKey);
      const answer = callback(event, context);
      return answer === undefined ? apply() : answer.then(apply);
    });
    const actor = scriptedParticipant(told, options, inEffect);
    const mortal = mapCallbacks(actor.callbacks, (callback) => (event, context) => {
      if (dead) return NEVER;
      calls++;
      if (point === undefined || calls < point.at) return callback(event, context);
      if (point.when === "before") return die();
      return Promise.resolve(callback(event, context)).then(die, die);
    });
    t.register(name, recorder.participant(name, mortal), actor.options);
    const callbacks = CALLBACK_NAMES.filter((callback) => padded[CALLBACKS[callback].method] !== undefined);
    return { name, actor, callbacks };
  });
  const crashAt = (at: CrashPoint): void => {
    point = { ...at, at: calls + at.calls + 1 };
  };
  return { t, recorder, cast, strict, crashed, crashAt };
}

/** Refused requests dispatch nothing; that is looked at here, because a refusal that has dispatched something is none. */
function isRefusal(outcome: RigOutcome, trace: readonly Delivery[]): boolean {
  return trace.length === 0 && ["ALREADY_UP", "NOT_UP", "NOTHING_HELD", "CONF_INVALID"].includes(outcome);
}

function arrivals(strict: ReadonlyMap<string, StrictParticipant>, to: TopologyLike | undefined): readonly string[] {
  return [...strict].flatMap(([name, participant]) => {
    const difference = participant.endsAt(to);
    return difference === undefined ? [] : [`${name}: ${difference}`];
  });
}

async function ending(transition: Promise<unknown>): Promise<RigOutcome> {
  try {
    return ((await transition) as { readonly outcome: string }).outcome;
  } catch (error) {
    if (!(error instanceof TransitionError)) throw error;
    return error.code;
  }
}
