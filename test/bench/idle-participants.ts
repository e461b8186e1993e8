/**
 * Participants that do nothing, each callback of each a function of its own: were it one function for all, the compiler would
 * put it into the loop that calls it, and the loop would look faster than with any real participants.
 */
import { CALLBACKS, type ParticipantCallbacks, type Transitions } from "signaled";

const METHODS = Object.values(CALLBACKS)
  .map(({ method }) => method)
  .filter((method) => method !== "volumeChanged" && method !== "volumeGroupChanged");

/** How they answer: at once, or with a promise that is resolved already. */
export type Answer = "synchronous" | "resolved";

/** The contract's 13 callbacks of each of so many participants. */
export function idleParticipants(count: number, answer: Answer): readonly ParticipantCallbacks[] {
  return Array.from({ length: count }, (_, at) => {
    const callbacks: Record<string, unknown> = {};
    for (const method of METHODS) callbacks[method] = functionOf(`${method}_${at}_${answer}`, answer);
    return callbacks as ParticipantCallbacks;
  });
}

/** Code of its own, and not one more closure over the same: that is what makes it another function for the compiler. */
function functionOf(name: string, answer: Answer): unknown {
  const keyword = answer === "resolved" ? "async function" : "function";
  return new Function(`return ${keyword} ${name}(event, context) {}`)();
}

const made = new Map<Answer, readonly ParticipantCallbacks[]>();

/**
 * Registers ten of them: in each round the same ones, since what is to be measured is a loop that calls functions that the
 * compiler knows, and not functions that were never called before.
 */
export function registerIdle(instance: Transitions, answer: Answer): Transitions {
  const ten = made.get(answer) ?? idleParticipants(10, answer);
  made.set(answer, ten);
  ten.forEach((callbacks, at) => {
    instance.register(`participant${at}`, callbacks);
  });
  return instance;
}
