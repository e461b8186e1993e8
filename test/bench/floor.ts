/**
 * The floor: what the same calls cost without anything around them, and what looking once at every byte costs.
 */
import { type ParticipantCallbacks, type Plan, parseConf, planTransition, readTopology } from "signaled";
import { type Answer, idleParticipants } from "./idle-participants.ts";
import type { Timed } from "./turns.ts";

type Idle = (event: unknown, context: unknown) => unknown;

/** The calls of an up, as function and number of times. */
interface Calls {
  readonly callbacks: ParticipantCallbacks;
  readonly method: Idle;
  readonly times: number;
}

export function floorOf(text: string): readonly Timed[] {
  const calls = callsOfUp(text, "synchronous");
  const promises = callsOfUp(text, "resolved");
  const bytes = new TextEncoder().encode(text);
  return [
    { name: "floor: a bare scan of the text", run: () => scan(bytes) },
    { name: "floor: the bare calls of up", run: () => callAll(calls) },
    { name: "floor: with an event and a context each", run: () => callAllWithEvents(calls) },
    { name: "floor: and awaited, where they answer with promises", run: () => awaitAllWithEvents(promises) },
  ];
}

function callsOfUp(text: string, answer: Answer): readonly Calls[] {
  const confMap = parseConf(text);
  const idle = new Map(idleParticipants(10, answer).map((callbacks, at) => [`participant${at}`, callbacks]));
  const plan: Plan = planTransition({ command: "up", to: readTopology(confMap), participants: [...idle.keys()] });
  return plan.phases.flatMap(({ callback, participants, events }) =>
    participants.map((name) => {
      const callbacks = idle.get(name) as ParticipantCallbacks;
      const method = `${callback.charAt(0).toLowerCase()}${callback.slice(1)}` as keyof ParticipantCallbacks;
      return { callbacks, method: callbacks[method] as Idle, times: events.length };
    }),
  );
}

function callAll(calls: readonly Calls[]): void {
  for (const { callbacks, method, times } of calls) {
    for (let i = 0; i < times; i++) method.call(callbacks, callbacks, calls);
  }
}

class Context {
  readonly calls: unknown;
  readonly index: number;

  constructor(calls: unknown, index: number) {
    this.calls = calls;
    this.index = index;
  }
}

function callAllWithEvents(calls: readonly Calls[]): void {
  for (const { callbacks, method, times } of calls) {
    for (let i = 0; i < times; i++) {
      method.call(callbacks, { type: "", volumeName: "", volumeGroupName: "" }, new Context(calls, i));
    }
  }
}

async function awaitAllWithEvents(calls: readonly Calls[]): Promise<void> {
  for (const { callbacks, method, times } of calls) {
    for (let i = 0; i < times; i++) {
      await method.call(callbacks, { type: "", volumeName: "", volumeGroupName: "" }, new Context(calls, i));
    }
  }
}

/** Adds up, so that no compiler leaves it out. */
function scan(bytes: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at++) sum = (sum + (bytes[at] as number)) | 0;
  return sum;
}
