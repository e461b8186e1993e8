/**
 * CrashRig: a lifecycle whose process stops where it is told to, and goes on in another process on the same disk.
 *
 * A process stops at a *point*: at an append, when a callback is called, or when it is about to answer. From then on
 * nothing of it has an effect any more. What participants did is in their models, which outlive it as far as the
 * participant is durable.
 */

import type { Clock } from "../../src/effects/clock.ts";
import type { ParticipantCallbacks, Recovered, StepContext } from "../../src/effects/participant.ts";
import { createTransitions, type Transitions } from "../../src/effects/transitions.ts";
import { InDoubtError } from "../../src/error.ts";
import type { JournalRecord } from "../../src/journal/journal.ts";
import { currentStates, type Ledger, lifecycleStateOf } from "../../src/journal/ledger.ts";
import { CALLBACKS, CONTRACT_CALLBACKS, type LifecycleEvent } from "../../src/plan/lifecycle-event.ts";
import type { OrderName } from "../../src/plan/order.ts";
import { summaryOf, UNTOLD } from "../../src/plan/participant-state.ts";
import { type StrictParticipant, strictParticipant } from "../../src/testing/strict-participant.ts";
import type { TopologyLike } from "../../src/testing/topology-like.ts";
import { emptyDisk, type ModelDisk, modelJournal } from "./model-journal.ts";
import type { Fault } from "./rig.ts";

export interface CrashParticipant {
  readonly name: string;
  readonly durable: boolean;
  /** Two steps at once, answering later. Default false. */
  readonly concurrent?: boolean | undefined;
  readonly durableSteps?: boolean | undefined;
}

/** Where a process may stop: `size` is the number of facts of an append. */
export interface Point {
  readonly kind: "append" | "start" | "end";
  readonly size: number;
}

/** Where it stops: at a point, with so many facts of the append on disk. */
export interface Crash {
  readonly point: number;
  readonly kept: number;
}

/** All ways to stop at a point: an append is lost, torn or whole. */
export function* crashesAt(point: number, { kind, size }: Point): Generator<Crash> {
  if (kind !== "append") yield { point, kept: 0 };
  else for (let kept = 0; kept <= size; kept++) yield { point, kept };
}

/** What a process that stopped has left: the facts on disk, and what its participants did. */
export interface Remains {
  readonly crash: Crash;
  readonly records: readonly JournalRecord[];
  readonly models: ReadonlyMap<string, StrictParticipant>;
  /** By key, the steps that were called. */
  readonly calls: readonly (readonly [key: string, step: string])[];
}

/** Where a process might have stopped. */
interface Passed {
  readonly point: Point;
  /** Facts on disk, without those of an append that is under way. */
  readonly facts: number;
  readonly models: ReadonlyMap<string, StrictParticipant>;
  readonly calls: number;
}

/** Time does not pass: no deadline ends what a crash has stopped. */
const STANDING: Clock = { now: () => 0, wall: () => 0, setTimeout: () => 0, clearTimeout: () => {} };

export class CrashRig {
  readonly problems: string[] = [];
  readonly #order: OrderName;
  readonly #participants: readonly CrashParticipant[];
  readonly #disk: ModelDisk = emptyDisk();
  #passed: Passed[] | undefined;
  #models = new Map<string, StrictParticipant>();
  /** By key: how often it was called, in processes that had stopped before, and in all. */
  readonly #calls = new Map<string, { step: string; times: number; crashes: number }>();
  readonly #heard = new Map<string, number>();
  #process: Process | undefined;
  #crashes = 0;

  constructor(order: OrderName, participants: readonly CrashParticipant[], remains?: Remains) {
    this.#order = order;
    this.#participants = participants;
    for (const { name, durable } of participants) {
      const model = remains?.models.get(name)?.restarted(durable ? "durable" : "volatile");
      this.#models.set(name, model ?? strictParticipant({ whoAmI: "Peer0" }));
    }
    if (remains !== undefined) {
      this.#crashes = 1;
      this.#disk.records = [...remains.records];
      for (const [key, step] of remains.calls) this.#calls.set(key, { step, times: 1, crashes: 0 });
    }
    this.start();
  }

  /** Runs without a crash; gives what each crash on the way would have left. */
  async runPast(action: (t: Transitions) => Promise<unknown>): Promise<readonly Remains[]> {
    const passed: Passed[] = [];
    this.#passed = passed;
    this.arm(undefined);
    await this.run(action);
    this.#passed = undefined;
    const { records } = this.#disk;
    const calls = [...this.#calls].map(([key, { step }]) => [key, step] as const);
    return passed.flatMap(({ point, facts, models, calls: count }, index) =>
      [...crashesAt(index, point)].map((crash) => ({
        crash,
        records: records.slice(0, facts + crash.kept),
        models,
        calls: calls.slice(0, count),
      })),
    );
  }

  /** What has been left by now. */
  remains(crash: Crash): Remains {
    const calls = [...this.#calls].map(([key, { step }]) => [key, step] as const);
    return { crash, records: [...this.#disk.records], models: this.#models, calls };
  }

  /** A new process on what is left. */
  start(): void {
    const process = new Process((point) => {
      const models = new Map([...this.#models].map(([name, model]) => [name, model.fork()]));
      this.#passed?.push({ point, facts: this.#disk.records.length, models, calls: this.#calls.size });
    });
    this.#process = process;
    const journal = modelJournal(this.#disk, (entries) => process.atAppend(entries.length));
    const t = createTransitions({ order: this.#order, journal, clock: STANDING, streamId: "s", takeover: true });
    process.t = t;
    for (const participant of this.#participants) {
      const { name, durable, durableSteps, concurrent } = participant;
      t.register(name, this.#callbacks(participant, process), {
        durable,
        durableSteps,
        concurrency: concurrent === true ? 2 : 1,
      });
    }
  }

  get t(): Transitions {
    return this.#running.t as Transitions;
  }

  /** The points passed since `arm`. */
  get points(): readonly Point[] {
    return this.#running.points;
  }

  /** From now on points are counted; at the one of the crash, the process stops. */
  arm(crash: Crash | undefined): void {
    this.#running.points = [];
    this.#running.crash = crash;
  }

  /** From now on calls are counted; the one with this number goes wrong. */
  fail(call: number, fault: Fault): void {
    this.#running.calls = 0;
    this.#running.failing = { call, fault };
  }

  /** Runs until it ends, or the process stops. True: it has stopped. */
  async run(action: (t: Transitions) => Promise<unknown>): Promise<boolean> {
    const process = this.#running;
    const ended = action(this.t).then(
      () => {},
      (error: unknown) => {
        if (!process.failed) this.problems.push(`it failed without a fault: ${error}`);
      },
    );
    await Promise.race([ended, process.stopped]);
    return process.dead;
  }

  /** Whether a call has gone wrong in this process. */
  get failed(): boolean {
    return this.#running.failed;
  }

  /** The process is gone: with it everything that is not durable. */
  crash(): void {
    this.#crashes++;
    this.#running.dead = true;
    for (const { name, durable } of this.#participants) {
      const model = this.#model(name);
      this.#models.set(name, model.restarted(durable ? "durable" : "volatile"));
    }
    this.start();
  }

  async checkArrived(topology: TopologyLike | undefined): Promise<void> {
    for (const [name, model] of this.#models) {
      const difference = model.endsAt(topology);
      if (difference !== undefined) this.problems.push(`${name}: ${difference}`);
      for (const complaint of model.complaints.slice(this.#heard.get(name) ?? 0))
        this.problems.push(`${name}: ${complaint}`);
      this.#heard.set(name, model.complaints.length);
    }
    const ledger = await this.t.open();
    const state = lifecycleStateOf(ledger);
    if (state !== (topology === undefined ? "down" : "up")) this.problems.push(`it is ${state}`);
    if (ledger.inDoubt.length > 0) this.problems.push(`${ledger.inDoubt[0]?.idempotencyKey} is still in doubt`);
    this.#checkBelief(ledger);
  }

  #checkBelief(ledger: Ledger): void {
    const states = currentStates(ledger);
    for (const [name, { standing }] of this.#models) {
      const { served, volumes, groups } = summaryOf(states.get(name) ?? UNTOLD);
      const believed = JSON.stringify([Object.keys(groups), Object.entries(volumes), served]);
      const told = JSON.stringify([
        [...standing.groups.keys()].sort(),
        [...standing.volumes].sort(([a], [b]) => (a < b ? -1 : 1)),
        [...standing.served].sort(),
      ]);
      if (believed !== told) this.problems.push(`the ledger believes of ${name} ${believed}, but it was told ${told}`);
    }
  }

  #callbacks(participant: CrashParticipant, process: Process): ParticipantCallbacks {
    const { name } = participant;
    const callbacks: Record<string, unknown> = {};
    for (const callback of CONTRACT_CALLBACKS) {
      callbacks[CALLBACKS[callback].method] = (event: LifecycleEvent, context: StepContext) => {
        if (process.dead) return never();
        this.#checkCall(participant, event, context);
        const fault = process.faultOfCall();
        if (process.passes("start")) return never();
        const answer = (): void | Promise<void> => {
          if (process.dead) return never();
          if (fault === "throw") throw new Error("fault");
          if (fault !== "doubt-not-applied") this.#model(name).deliver(event, context.idempotencyKey);
          if (fault !== undefined) throw new InDoubtError("fault");
          return process.passes("end") ? never() : undefined;
        };
        return participant.concurrent === true ? Promise.resolve().then(answer) : answer();
      };
    }
    return callbacks as ParticipantCallbacks;
  }

  /** One key is one step, which comes once more for each crash at most; and Up says what was known. */
  #checkCall({ name, durable }: CrashParticipant, event: LifecycleEvent, context: StepContext): void {
    const { idempotencyKey: key, recovered } = context;
    const step = `${name} ${JSON.stringify(event)}`;
    const known = this.#calls.get(key);
    if (known === undefined) this.#calls.set(key, { step, times: 1, crashes: this.#crashes });
    else {
      known.times++;
      if (known.step !== step) this.problems.push(`one key for two steps: ${known.step} and ${step} are both ${key}`);
      if (known.times > 1 + this.#crashes - known.crashes)
        this.problems.push(`${key} came ${known.times} times, with ${this.#crashes - known.crashes} crashes since`);
    }
    if (event.type !== "Up") return;
    if (!durable && recovered !== undefined) this.problems.push(`volatile ${name} was told what it had known`);
    if (durable) this.#checkRecovered(name, recovered);
  }

  /** Where nothing is in doubt, what a durable participant is told of itself is what it did. */
  #checkRecovered(name: string, recovered: Recovered | undefined): void {
    if (recovered !== undefined && recovered.inDoubt.length > 0) return;
    const { standing } = this.#model(name);
    const told = JSON.stringify([
      [...(recovered?.groups.keys() ?? [])].sort(),
      [...(recovered?.volumes.keys() ?? [])].sort(),
      [...(recovered?.served ?? [])].sort(),
      [...(recovered?.noticed ?? [])].sort(),
    ]);
    const did = JSON.stringify([
      [...standing.groups.keys()].sort(),
      [...standing.volumes.keys()].sort(),
      [...standing.served].sort(),
      [...standing.noticed].sort(),
    ]);
    if (told !== did) this.problems.push(`${name} was told that it had known ${told}, but it had done ${did}`);
  }

  get #running(): Process {
    return this.#process as Process;
  }

  #model(name: string): StrictParticipant {
    return this.#models.get(name) as StrictParticipant;
  }
}

/** One for each who waits: a common one would keep all of them. */
function never(): Promise<void> {
  return new Promise(() => {});
}

/** One process, as far as it can be stopped. */
class Process {
  t: Transitions | undefined;
  points: Point[] = [];
  crash: Crash | undefined;
  calls = 0;
  failing: { readonly call: number; readonly fault: Fault } | undefined;
  failed = false;
  dead = false;
  readonly stopped: Promise<void>;
  readonly #onPoint: (point: Point) => void;
  #stop: () => void = () => {};

  constructor(onPoint: (point: Point) => void) {
    this.#onPoint = onPoint;
    this.stopped = new Promise((resolve) => {
      this.#stop = resolve;
    });
  }

  faultOfCall(): Fault | undefined {
    const fault = this.failing?.call === this.calls++ ? this.failing.fault : undefined;
    if (fault !== undefined) this.failed = true;
    return fault;
  }

  atAppend(size: number): number | undefined {
    if (this.dead) return 0;
    return this.#at({ kind: "append", size }) ? this.crash?.kept : undefined;
  }

  /** True: it stops here. */
  passes(kind: "start" | "end"): boolean {
    return this.#at({ kind, size: 0 });
  }

  #at(point: Point): boolean {
    this.points.push(point);
    this.#onPoint(point);
    if (this.crash?.point !== this.points.length - 1) return false;
    this.dead = true;
    this.#stop();
    return true;
  }
}

/** For messages. */
export function crashText({ point, kept }: Crash, points: readonly Point[]): string {
  const { kind, size } = points[point] ?? { kind: "missing point", size: 0 };
  return kind === "append" ? `append ${point} (${kept} of ${size} facts kept)` : `${kind} ${point}`;
}
