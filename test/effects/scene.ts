/**
 * Scene: an instance, what was called, and callbacks that a test answers when it likes.
 *
 * Most tests need the same few things: a participant that records, one that waits, one that fails where it is told to. A
 * rule is asked for each call and says what the call does; without one it does nothing.
 */

import type { ParticipantCallbacks, ParticipantOptions, StepContext } from "../../src/effects/participant.ts";
import { createTransitions, type Transitions, type TransitionsOptions } from "../../src/effects/transitions.ts";
import type { Fact } from "../../src/journal/fact.ts";
import { memoryJournal } from "../../src/journal/memory-journal.ts";
import {
  CALLBACKS,
  type CallbackName,
  CONTRACT_CALLBACKS,
  type LifecycleEvent,
} from "../../src/plan/lifecycle-event.ts";
import { type DeterministicClock, deterministicClock } from "../../src/testing/deterministic-clock.ts";
import { eventText } from "../../src/testing/trace.ts";

/** One call: `ServeVolume V1 fs`. */
export interface SceneCall {
  readonly text: string;
  readonly event: LifecycleEvent;
  readonly context: StepContext;
  /** Answers a call that waits: well, or with an error. Does nothing for one that does not wait. */
  answer(error?: Error): void;
}

/** What a call does: nothing, throw what it is given, or wait for `answer`. */
export type Rule = Error | "wait" | undefined;

export interface Scene {
  readonly t: Transitions;
  readonly clock: DeterministicClock;
  readonly journal: ReturnType<typeof memoryJournal>;
  readonly calls: SceneCall[];
  readonly facts: Fact[];
  /** By `Callback subject participant`; the subject may be left out. Looked at for each call anew. */
  readonly rules: Map<string, Rule | ((call: SceneCall) => Rule)>;
  add(name: string, options?: ParticipantOptions & { readonly callbacks?: readonly CallbackName[] }): void;
  /** Texts of the calls since the last time that this was asked. */
  told(): string[];
  /** The latest call of this text. */
  call(text: string): SceneCall;
  /** Another process on the same journal: this one is dead, though it may not know. */
  restart(options?: TransitionsOptions): Scene;
}

export function scene(options: TransitionsOptions = {}): Scene {
  return sceneOn(memoryJournal({ retain: Number.POSITIVE_INFINITY }), options);
}

function sceneOn(journal: ReturnType<typeof memoryJournal>, options: TransitionsOptions): Scene {
  const clock = deterministicClock();
  const t = createTransitions({ journal, clock, streamId: "s", ...options });
  const calls: SceneCall[] = [];
  const facts: Fact[] = [];
  const rules: Scene["rules"] = new Map();
  let told = 0;
  t.subscribe((fact) => facts.push(fact));

  function hear(name: string, event: LifecycleEvent, context: StepContext): void | Promise<void> {
    let settle: (error?: Error) => void = () => {};
    const waiting = new Promise<void>((resolve, reject) => {
      settle = (error) => (error === undefined ? resolve() : reject(error));
    });
    waiting.catch(() => {});
    const call: SceneCall = { text: `${eventText(event)} ${name}`, event, context, answer: settle };
    calls.push(call);
    const given = rules.get(call.text) ?? rules.get(`${event.type} ${name}`);
    const rule = typeof given === "function" ? given(call) : given;
    if (rule instanceof Error) throw rule;
    return rule === "wait" ? waiting : undefined;
  }

  return {
    t,
    clock,
    journal,
    calls,
    facts,
    rules,
    add(name, { callbacks = CONTRACT_CALLBACKS, ...participantOptions } = {}) {
      const methods: Record<string, unknown> = {};
      for (const callback of callbacks)
        methods[CALLBACKS[callback].method] = (event: LifecycleEvent, context: StepContext) =>
          hear(name, event, context);
      t.register(name, methods as ParticipantCallbacks, participantOptions);
    },
    told() {
      const texts = calls.slice(told).map(({ text }) => text);
      told = calls.length;
      return texts;
    },
    call(text) {
      const found = calls.findLast((call) => call.text === text);
      if (found === undefined) throw new Error(`no call ${text} among ${calls.map((call) => call.text).join(", ")}`);
      return found;
    },
    restart: (restartOptions = {}) => sceneOn(journal, { ...options, takeover: true, ...restartOptions }),
  };
}

/** How a promise ended, as text: `finished`, `superseded`, or the error's code. */
export async function ending(promise: Promise<{ readonly outcome: string } | undefined>): Promise<string> {
  try {
    return (await promise)?.outcome ?? "nothing";
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}
