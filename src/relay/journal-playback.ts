/**
 * Journal playback: recorded history, told to an inspector as it was told when it happened, at a chosen speed.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { InspectionEvent } from "xstate";
import { LifecycleActor } from "../effects/lifecycle-actor.ts";
import { LifecycleInspection } from "../inspect/lifecycle-inspection.ts";
import type { SecretName } from "../inspect/secrets.ts";
import type { Journal } from "../journal/journal.ts";
import { type ReplayedFact, replayJournal } from "../journal/replay.ts";

export interface PlaybackOptions {
  readonly inspect: (event: InspectionEvent) => void;
  /** Names whose values are secret, besides the usual ones. */
  readonly secrets?: readonly SecretName[] | undefined;
  /** 1: as it was; 10: ten times as fast. */
  readonly speed: number;
  /** Told of the time at which what follows happened, in milliseconds since the epoch. */
  readonly onTime?: ((time: number) => void) | undefined;
}

/** Milliseconds that a pause in the history is waited for at most: nothing happens for most of a service's life. */
const PAUSE_AT_MOST = 3_000;

/** Plays the whole journal, and gives the number of facts. */
export async function playJournal(journal: Journal, options: PlaybackOptions): Promise<number> {
  const playback = new Playback(options);
  let facts = 0;
  for await (const replayed of replayJournal(journal)) {
    facts++;
    await playback.take(replayed);
  }
  await playback.end();
  return facts;
}

class Playback {
  readonly #options: PlaybackOptions;
  readonly #inspection: LifecycleInspection;
  /** Of the process whose facts are played; undefined until its first transition says in which order it works. */
  #machine: LifecycleActor | undefined;
  #waiting: ReplayedFact[] = [];
  #time: number | undefined;

  constructor(options: PlaybackOptions) {
    this.#options = options;
    const { inspect, secrets } = options;
    this.#inspection = new LifecycleInspection({
      inspect,
      secrets,
      now: () => performance.now(),
      wall: () => Date.now(),
    });
  }

  async take(replayed: ReplayedFact): Promise<void> {
    const { fact, ledger } = replayed;
    if (fact.type === "ProcessStarted") {
      await this.end();
      this.#machine = undefined;
    }
    this.#waiting.push(replayed);
    if (this.#machine === undefined && fact.type !== "TransitionStarted") return;
    this.#machine ??= this.#begin(fact.type === "TransitionStarted" ? fact.order : "documented", ledger.participants);
    await this.#play();
  }

  /** Plays what has waited for a transition that did not come. */
  async end(): Promise<void> {
    if (this.#waiting.length === 0) return;
    this.#machine ??= this.#begin("documented", []);
    await this.#play();
  }

  #begin(
    order: ConstructorParameters<typeof LifecycleActor>[0]["order"],
    participants: ConstructorParameters<typeof LifecycleActor>[0]["participants"],
  ): LifecycleActor {
    return new LifecycleActor({ order, participants, inspect: this.#inspection.machine });
  }

  async #play(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { record, fact, ledger } of waiting) {
      await this.#reach(record.time);
      this.#machine?.hear(fact);
      this.#inspection.hear(fact, ledger);
    }
  }

  async #reach(time: number): Promise<void> {
    const { speed, onTime } = this.#options;
    const pause = Math.min((time - (this.#time ?? time)) / speed, PAUSE_AT_MOST);
    this.#time = time;
    if (pause >= 1) await delay(pause);
    onTime?.(time);
  }
}
