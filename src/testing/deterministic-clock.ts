/**
 * DeterministicClock: time that stands still until a test moves it.
 *
 * Deadlines, half-time warnings and delays are then a matter of a line in a test, not of waiting, and come in the same
 * order on a slow machine. Give it to `createTransitions({ clock })` and to `delayed`.
 */
import type { Clock } from "../effects/clock.ts";

/** A clock in a test's hands. Starts at 0 milliseconds. */
export interface DeterministicClock extends Clock {
  /** How many timers are set. */
  readonly pending: number;
  /**
   * Lets this many milliseconds pass: timers run when they are due, earliest first and those of one moment in the order
   * in which they were set, and whatever they set in motion goes on before the next one runs.
   */
  advance(milliseconds: number): Promise<void>;
  /** Moves from timer to timer until none is set. @throws after 100,000 timers, which will not end */
  runAll(): Promise<void>;
  /** Lets everything go on that needs no time to pass. */
  settle(): Promise<void>;
}

export interface DeterministicClockOptions {
  /** What `wall()` says at the start, in milliseconds since the epoch. Default: the first of January 2026, UTC. */
  readonly wall?: number | undefined;
}

const TIMERS_AT_MOST = 100_000;
/** Turns of the event loop that promises, journals in memory and the driver's own yields need to come to rest. */
const TURNS = 4;
// Taken at once: a test that replaces the timers of the process must not stop this one.
const turn = typeof setImmediate === "function" ? setImmediate : (run: () => void) => setTimeout(run, 0);

interface Timer {
  readonly due: number;
  readonly run: () => void;
}

/** A clock that stands still. */
export function deterministicClock(options: DeterministicClockOptions = {}): DeterministicClock {
  const wallAtStart = options.wall ?? Date.UTC(2026, 0, 1);
  // A Map keeps the order of setting, and a number is a handle that can be printed.
  const timers = new Map<number, Timer>();
  let now = 0;
  let handles = 0;

  const settle = async (): Promise<void> => {
    for (let i = 0; i < TURNS; i++) await new Promise<void>((resolve) => void turn(resolve));
  };
  const runNext = async (before: number): Promise<boolean> => {
    const next = earliest(timers);
    if (next === undefined || next[1].due > before) return false;
    const [handle, { due, run }] = next;
    timers.delete(handle);
    now = Math.max(now, due);
    run();
    await settle();
    return true;
  };

  return {
    get pending() {
      return timers.size;
    },
    now: () => now,
    wall: () => wallAtStart + now,
    setTimeout: (run, milliseconds) => {
      // NaN and negative delays are due at once, as with the system's timers.
      timers.set(++handles, { due: now + Math.max(0, milliseconds || 0), run });
      return handles;
    },
    clearTimeout: (handle) => void timers.delete(handle as number),
    advance: async (milliseconds) => {
      const until = now + milliseconds;
      await settle();
      for (let ran = 0; await runNext(until); ran++) refuseEndless(ran);
      now = until;
    },
    runAll: async () => {
      await settle();
      for (let ran = 0; await runNext(Number.POSITIVE_INFINITY); ran++) refuseEndless(ran);
    },
    settle,
  };
}

function earliest(timers: ReadonlyMap<number, Timer>): readonly [number, Timer] | undefined {
  let first: readonly [number, Timer] | undefined;
  for (const entry of timers) if (first === undefined || entry[1].due < first[1].due) first = entry;
  return first;
}

function refuseEndless(ran: number): void {
  if (ran >= TIMERS_AT_MOST) throw new Error(`${TIMERS_AT_MOST} timers have run and there is no end to them`);
}
