/**
 * TranscriptStage: the real service with scripted participants, on which the commands of a transcript are carried out.
 *
 * Time stands still but for `wait`, identifiers are fixed and the journal is in memory, so that the same transcript gives the
 * same lines everywhere. A command that waits for the transcript itself (a participant was told to stall, the transition is
 * paused) is left waiting and its end is reported with the command that brings it about.
 */
import type { FailurePolicy, ParticipantCallbacks, ParticipantOptions } from "../effects/participant.ts";
import { createTransitions, type Transitions } from "../effects/transitions.ts";
import { TransitionError } from "../error.ts";
import { type CallbackName, CONTRACT_CALLBACKS } from "../plan/lifecycle-event.ts";
import type { OrderName } from "../plan/order.ts";
import { type DeterministicClock, deterministicClock } from "./deterministic-clock.ts";
import { type ScriptedParticipant, scriptedParticipant } from "./scripted-participant.ts";
import { silentCallbacks, type Trace, traceRecorder } from "./trace.ts";

/** A participant of a test's own. */
export interface OwnParticipant {
  readonly callbacks: ParticipantCallbacks;
  readonly options?: ParticipantOptions | undefined;
}

/** What an instance is made of; said before the first transition. */
export interface StageSettings {
  order: OrderName;
  policy: FailurePolicy;
  /** Milliseconds. */
  deadline: number;
  /** Callbacks of participants that do not hear all of the contract's. */
  readonly hears: Map<string, readonly CallbackName[]>;
}

export interface TranscriptStage {
  readonly clock: DeterministicClock;
  /** The instance; made, with everybody cast so far, when it is first asked for. */
  readonly transitions: Transitions;
  /** @throws once there is an instance */
  settings(): StageSettings;
  /** Gives a participant its callbacks: the test's own of that name, or silent ones. */
  cast(name: string): ScriptedParticipant;
  /** Registers one that was cast after the instance was made. */
  register(name: string): void;
  /** @throws where nobody of that name was cast */
  actor(name: string): ScriptedParticipant;
  /** Calls that stalled go on. */
  release(): void;
  /** Does it, and waits until everything has ended or waits for the transcript. */
  perform(name: string, act: () => unknown): Promise<Performed>;
  close(): Promise<void>;
}

/** What a command brought about. */
export interface Performed {
  /** What was delivered since the command before. */
  readonly trace: Trace;
  /** How it ended, and how earlier ones did that waited for it; who still waits. */
  readonly lines: readonly string[];
}

/** A command that has not been reported as ended. */
interface Pending {
  readonly name: string;
  ended: string | undefined;
  /** What is no outcome of the service: a mistake in the transcript or here. */
  error: unknown;
}

/** Turns of the event loop in which nothing happens, before what waits is taken to wait for the transcript. */
const QUIET_TURNS = 12;
/** Milliseconds of the transcript's time that pass at once while a failed step waits for its next attempt. */
const RETRY_STRIDE = 10;
/** Milliseconds of real time after which a command is given up: a participant of the test's own does not answer. */
const GIVEN_UP_AFTER = 30_000;

export function transcriptStage(own: Readonly<Record<string, OwnParticipant>>): TranscriptStage {
  const clock = deterministicClock();
  const recorder = traceRecorder();
  const actors = new Map<string, ScriptedParticipant>();
  const settings: StageSettings = { order: "documented", policy: "hold", deadline: 60_000, hears: new Map() };
  let instance: Transitions | undefined;
  let pending: Pending[] = [];
  let shown = 0;

  const actor = (name: string): ScriptedParticipant => {
    const found = actors.get(name);
    if (found === undefined) throw new Error(`there is no participant '${name}'`);
    return found;
  };
  const register = (to: Transitions, name: string): void => {
    const { callbacks, options } = actor(name);
    to.register(name, recorder.participant(name, callbacks), options);
  };
  const transitions = (): Transitions => {
    if (instance !== undefined) return instance;
    const { order, policy, deadline } = settings;
    const logger = recorder.participant("logger");
    instance = createTransitions({ order, policy, deadline, clock, logger, streamId: "t" });
    for (const name of actors.keys()) register(instance, name);
    return instance;
  };
  const release = (): void => {
    for (const each of actors.values()) each.release();
  };

  /** Changes as long as something happens. */
  const motion = (): string => {
    const ended = pending.filter((each) => each.ended !== undefined).length;
    return `${recorder.trace.length} ${ended} ${instance?.status().transition?.done}`;
  };
  const waitsForNextAttempt = (): boolean =>
    instance?.status().transition?.running.some(({ resting }) => resting === true) === true;
  const waitsForTranscript = (): boolean => {
    const stalled = [...actors.values()].some(({ waiting }) => waiting > 0);
    return stalled || instance?.status().transition?.paused === true;
  };
  const rest = async (): Promise<void> => {
    const giveUp = Date.now() + GIVEN_UP_AFTER;
    let quiet = 0;
    for (let before = ""; pending.some(({ ended }) => ended === undefined); ) {
      await clock.settle();
      const now = motion();
      if (now === before && waitsForNextAttempt()) await clock.advance(RETRY_STRIDE);
      quiet = now === before && waitsForTranscript() ? quiet + 1 : 0;
      before = now;
      if (quiet >= QUIET_TURNS) return;
      if (Date.now() > giveUp) throw new Error("no answer, and nothing in the transcript that it could wait for");
    }
    await clock.settle();
  };
  const report = (current: Pending): readonly string[] => {
    const ended = pending.filter((each) => each.ended !== undefined);
    pending = pending.filter((each) => each.ended === undefined);
    const lines = ended.map((each) =>
      each === current || each.ended === "" ? each.ended : `${each.name}: ${each.ended}`,
    );
    return [...lines, ...pending.map(({ name }) => `${name} waits`)].filter((line) => line !== undefined);
  };

  return {
    clock,
    get transitions() {
      return transitions();
    },
    settings: () => {
      if (instance !== undefined) throw new Error("this is said before the first transition");
      return settings;
    },
    cast: (name) => {
      const given = Object.hasOwn(own, name) ? own[name] : undefined;
      const silent = silentCallbacks(settings.hears.get(name) ?? CONTRACT_CALLBACKS);
      const cast = scriptedParticipant(given?.callbacks ?? silent, given?.options);
      actors.set(name, cast);
      return cast;
    },
    register: (name) => register(transitions(), name),
    actor,
    release,
    perform: async (name, act) => {
      const current: Pending = { name, ended: undefined, error: undefined };
      pending.push(current);
      void settle(current, act);
      await rest();
      if (current.error !== undefined) throw current.error;
      const trace = recorder.trace.slice(shown);
      shown = recorder.trace.length;
      return { trace, lines: report(current) };
    },
    close: async () => {
      release();
      await instance?.close();
    },
  };
}

async function settle(pending: Pending, act: () => unknown): Promise<void> {
  try {
    const result = (await act()) as { readonly outcome?: string } | undefined;
    pending.ended = result?.outcome ?? "";
  } catch (error) {
    if (!(error instanceof TransitionError)) pending.error = error;
    pending.ended = error instanceof TransitionError ? `${error.code}: ${error.message}` : "";
  }
}
