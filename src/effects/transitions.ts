/**
 * Transitions: the instance that applications embed.
 *
 * It is a thin front of the driver: names and defaults are here, behaviour is there.
 */
import type { LifecycleStateName } from "../../machines/index.ts";
import type { ConfMap } from "../conf/conf-map.ts";
import { upgradeConfMapIfNeeded } from "../conf/upgrade.ts";
import { TransitionError } from "../error.ts";
import type { Inspect } from "../inspect/inspector.ts";
import { LifecycleInspection } from "../inspect/lifecycle-inspection.ts";
import type { SecretName } from "../inspect/secrets.ts";
import type { Cause, TransitionKind } from "../journal/fact.ts";
import type { Journal } from "../journal/journal.ts";
import { currentStates, type Ledger } from "../journal/ledger.ts";
import { memoryJournal } from "../journal/memory-journal.ts";
import type { OrderName } from "../plan/order.ts";
import { type ParticipantState, type StateSummary, summaryOf } from "../plan/participant-state.ts";
import { type Plan, planTransition } from "../plan/plan.ts";
import { readTopology } from "../topology/read-topology.ts";
import { type Clock, systemClock } from "./clock.ts";
import { Driver } from "./driver.ts";
import type { RunningStep } from "./execution-ports.ts";
import { checkInstanceOptions } from "./instance-options.ts";
import { type Log, silentLog } from "./log.ts";
import type { FailurePolicy, ParticipantCallbacks, ParticipantOptions } from "./participant.ts";
import type { FactListener } from "./recorder.ts";
import { LOGGER, plannedOf, Registry } from "./registry.ts";
import type { TransitionResult } from "./request.ts";
import { Watch } from "./watch.ts";

/** Settings of an instance; every one has a default. */
export interface TransitionsOptions {
  /** Default `documented`. */
  readonly order?: OrderName | undefined;
  /** Where the facts go. Default: memory. */
  readonly journal?: Journal | undefined;
  /** Take the journal even from a live holder, which can write no more. Default false. */
  readonly takeover?: boolean | undefined;
  /** What the library and participants log to. Default: nothing is logged. */
  readonly log?: Log | undefined;
  /** The built-in participant that is always first. Default: one that does nothing. */
  readonly logger?: ParticipantCallbacks | undefined;
  /** Milliseconds that an asynchronous callback may take, where its participant says nothing. Default 60,000. */
  readonly deadline?: number | undefined;
  /** What to do when a callback fails, where its participant says nothing. Default `hold`. */
  readonly policy?: FailurePolicy | undefined;
  /**
   * Hears xstate's inspection events: of the lifecycle, and of each transition, phase and participant as actors. They are
   * small whatever the configuration is, and secrets in them are masked. What it throws is ignored.
   */
  readonly inspect?: Inspect | undefined;
  /** Names of options and fields that no inspector may see the values of, besides the usual ones, such as password, token and key. */
  readonly secrets?: readonly SecretName[] | undefined;
  /** Time, for tests. Default: the system's. */
  readonly clock?: Clock | undefined;
  /** Begins transition ids. Default: chosen at random with the journal's first fact. */
  readonly streamId?: string | undefined;
}

/** How a request is made. */
export interface RequestOptions {
  /** Recorded with the request: who asked, how, and why. */
  readonly cause?: Cause | undefined;
}

export interface DownOptions extends RequestOptions {
  /** Go on past failures, without the failed subjects, and reject with CONTINUED at the end. Default false. */
  readonly force?: boolean | undefined;
}

/** Where everything is at this moment. */
export interface Status {
  readonly state: LifecycleStateName;
  readonly transition: TransitionStatus | undefined;
  readonly participants: Readonly<Record<string, StateSummary>>;
  readonly inDoubt: readonly {
    readonly idempotencyKey: string;
    readonly participant: string;
    readonly callback: string;
  }[];
  /** Requests that wait. */
  readonly queued: readonly TransitionKind[];
  /** Why nothing can be recorded any more, if so. */
  readonly broken: TransitionError | undefined;
}

export interface TransitionStatus {
  readonly transitionId: string;
  readonly kind: TransitionKind;
  readonly cause: Cause;
  readonly paused: boolean;
  /** Why it is held, if it is. */
  readonly held: { readonly code: string; readonly message: string } | undefined;
  /** Where it is: the phase and participant that is being told, or was told last. */
  readonly callback: string | undefined;
  readonly participant: string | undefined;
  /** Steps that are over, and all steps, of the present plan. */
  readonly done: number;
  readonly total: number;
  /** Steps that are waited for. */
  readonly running: readonly RunningStep[];
}

/** One lifecycle with its participants. */
export interface Transitions {
  /**
   * Registers a participant. Registration order is dependency order: who depends on others registers after them. Before
   * up; while up, follow it with `admit`.
   * @throws TransitionError PARTICIPANT_NAME, PARTICIPANT_CALLBACKS, PARTICIPANT_OPTIONS, PARTICIPANT_ORDER, REGISTRATION_CLOSED
   */
  register(name: string, callbacks: ParticipantCallbacks, options?: ParticipantOptions): void;
  /** Brings a participant up that was registered while up; the others hear nothing. */
  admit(name: string, options?: RequestOptions): Promise<TransitionResult>;
  /** Takes one participant down, alone, and forgets it. @throws TransitionError PARTICIPANT_NEEDED while another is `after` it */
  unregister(name: string, options?: RequestOptions): Promise<TransitionResult | undefined>;
  /** Brings everybody up. Source: the contract, "up(conf), at start". */
  up(confMap: ConfMap, options?: RequestOptions): Promise<TransitionResult>;
  /** Brings everybody to a conf, from wherever they are. Source: the contract, "signaled(conf), on a reload". */
  signaled(confMap: ConfMap, options?: RequestOptions): Promise<TransitionResult>;
  /** Takes everybody down; a running transition is left after the steps under way. Source: the contract, "down(conf), before exit". */
  down(confMap?: ConfMap, options?: DownOptions): Promise<TransitionResult>;
  /** Delivers a failed step again, under its key, and goes on. */
  retry(options?: RequestOptions): Promise<TransitionResult>;
  /** Goes back to the state after the last finished transition. */
  rollback(options?: RequestOptions): Promise<TransitionResult>;
  /** Settles a failed step by word of mouth, and goes on; `not-applied` also drops its subject's remaining steps. */
  skip(as: "applied" | "not-applied", reason: string, options?: RequestOptions): Promise<TransitionResult>;
  /** Holds the running transition after the steps under way. */
  pause(options?: RequestOptions): void;
  resume(options?: RequestOptions): void;
  /** The plan that a request would have now. Dispatches nothing. */
  plan(command: "up" | "signaled" | "down", confMap?: ConfMap): Plan;
  /**
   * Reads a conf as a reload would, and asks every participant about it. Dispatches nothing.
   * @throws TransitionError with what refuses it: VALIDATION_REFUSED and others
   */
  validate(confMap: ConfMap): Promise<void>;
  status(): Status;
  /** Opens the journal and reads what it has, without asking for a transition. */
  open(): Promise<Ledger>;
  /** Hears every fact once it is recorded. Gives the way to stop. */
  subscribe(listener: FactListener): () => void;
  /** Milliseconds that any callback may take from now on, at most. */
  limitDeadlines(milliseconds: number): void;
  /** Ends without calling any participant, after the steps under way. */
  close(): Promise<void>;
}

/** Makes an instance. Nothing is opened before the first request. @throws TransitionError USAGE for options that cannot be */
export function createTransitions(options: TransitionsOptions = {}): Transitions {
  checkInstanceOptions(options);
  const clock = options.clock ?? systemClock;
  const order = options.order ?? "documented";
  const registry = new Registry();
  registry.add(LOGGER, options.logger ?? {});
  const inspection = inspectionOf(options, clock);
  const driver = new Driver(registry, {
    order,
    journal: options.journal ?? memoryJournal(),
    takeover: options.takeover ?? false,
    clock,
    log: options.log ?? silentLog,
    deadline: options.deadline ?? 60_000,
    policy: options.policy ?? "hold",
    inspect: inspection?.machine,
    streamId: options.streamId,
  });
  const watch = inspection === undefined ? undefined : new Watch(inspection, { driver, clock });

  return {
    register(name, callbacks, participantOptions) {
      driver.checkOpen();
      const state = driver.state;
      if (driver.busy !== undefined || (state !== "down" && state !== "up")) {
        throw new TransitionError(
          "REGISTRATION_CLOSED",
          `'${name}' comes too late: participants are registered before up, or while up and idle`,
          { participant: name },
        );
      }
      registry.add(name, callbacks, participantOptions);
    },
    admit: (name, request) => driver.ask({ kind: "admit", participant: name, cause: request?.cause }),
    async unregister(name, request) {
      const state = driver.state;
      const known = driver.ledger.participants.some((participant) => participant.name === name);
      if (driver.busy === undefined && (state === "down" || (state === "up" && !known))) {
        registry.checkRemovable(name);
        registry.remove(name);
        return undefined;
      }
      return driver.ask({ kind: "unregister", participant: name, cause: request?.cause });
    },
    up: (confMap, request) => driver.ask({ kind: "up", confMap, cause: request?.cause }),
    signaled: (confMap, request) => driver.ask({ kind: "signaled", confMap, cause: request?.cause }),
    down: (confMap, request) => driver.ask({ kind: "down", confMap, forced: request?.force, cause: request?.cause }),
    retry: (request) => driver.retry(request?.cause),
    rollback: (request) => driver.ask({ kind: "rollback", cause: request?.cause }),
    skip: (as, reason, request) => driver.skip(as, { how: "api", ...request?.cause, reason }),
    pause: (request) => driver.pause(request?.cause),
    resume: (request) => driver.resume(request?.cause),
    plan(command, confMap) {
      const { ledger } = driver;
      const upgraded = confMap === undefined ? undefined : upgradeConfMapIfNeeded(confMap);
      return planTransition({
        command,
        order,
        from: currentStates(ledger),
        to: upgraded === undefined ? undefined : readTopology(upgraded, ledger.current?.topology),
        participants: plannedOf(driver.participants),
        confMap: upgraded,
      });
    },
    validate: (confMap) => driver.validate(confMap),
    status: () => statusOf(driver),
    async open() {
      await driver.open();
      return driver.ledger;
    },
    subscribe: (listener) => driver.listen(listener),
    limitDeadlines: (milliseconds) => driver.limitDeadlines(milliseconds),
    async close() {
      await driver.close();
      watch?.stop();
    },
  };
}

function inspectionOf({ inspect, secrets }: TransitionsOptions, clock: Clock): LifecycleInspection | undefined {
  if (inspect === undefined) return undefined;
  return new LifecycleInspection({ inspect, secrets, now: () => clock.now(), wall: () => clock.wall() });
}

function statusOf(driver: Driver): Status {
  const { ledger, live } = driver;
  const open = ledger.transition;
  const progress = open?.progress;
  const deliveries = progress?.plan.deliveries ?? [];
  const at = deliveries[progress?.cursor ?? 0];
  const total = deliveries.reduce((sum, { events, implemented }) => sum + (implemented ? events.length : 0), 0);
  let done = 0;
  for (const { index, events, implemented } of deliveries) {
    if (!implemented || progress === undefined) continue;
    if (index < progress.cursor) done += events.length;
    else if (index === progress.cursor) for (const [from, to] of progress.applied) done += to - from;
  }
  let participants: Status["participants"] | undefined;
  return {
    state: driver.state,
    transition:
      open === undefined
        ? undefined
        : {
            transitionId: open.id,
            kind: open.kind,
            cause: open.cause,
            paused: open.paused,
            held: open.held,
            callback: live.delivery?.callback ?? at?.callback,
            participant: live.delivery?.participant ?? at?.participant,
            done,
            total,
            running: live.running(),
          },
    // Of large configurations these are large, and who asks for the rest several times a second has no use for them.
    get participants() {
      participants ??= summariesOf(ledger);
      return participants;
    },
    inDoubt: ledger.inDoubt.map(({ idempotencyKey, participant, callback }) => ({
      idempotencyKey,
      participant,
      callback,
    })),
    queued: driver.queued,
    broken: driver.broken,
  };
}

function summariesOf(ledger: Ledger): Status["participants"] {
  const summaries: Record<string, StateSummary> = Object.create(null);
  const states = currentStates(ledger);
  // In the order in which they registered: after a restart the states begin with those of durable participants.
  const registered = ledger.participants.map(({ name }) => name).filter((name) => states.has(name));
  for (const name of new Set([...registered, ...states.keys()]))
    summaries[name] = summaryOf(states.get(name) as ParticipantState);
  return summaries;
}

let shared: Transitions | undefined;

/** The default instance, made when it is first used: for programs with one lifecycle, whose modules register at import. */
export const transitions: Transitions = new Proxy({} as Transitions, {
  get(_target, property) {
    shared ??= createTransitions();
    return Reflect.get(shared, property);
  },
});

/** Registers with the default instance. Modules call it at top level: a module's imports are evaluated, and registered, before it. */
export function register(name: string, callbacks: ParticipantCallbacks, options?: ParticipantOptions): void {
  transitions.register(name, callbacks, options);
}
