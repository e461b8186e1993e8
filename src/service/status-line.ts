/**
 * The status in one line, for places that have no more: a service manager's list, the end of a terminal.
 */
import type { Status, TransitionStatus } from "../effects/transitions.ts";
import { KIND_WORDS } from "./narration.ts";

/** What the service is doing, as a person says it. */
export function statusLine({ state, transition, participants, broken }: Status): string {
  if (broken !== undefined) return `nothing can be recorded any more: ${broken.message}`;
  if (transition !== undefined) return transitionLine(transition);
  if (state !== "up") return state === "down" ? "down" : state;
  const most = Object.values(participants).reduce((sum, { served }) => Math.max(sum, served.length), 0);
  return `up, ${most} volume${most === 1 ? "" : "s"} served`;
}

function transitionLine(transition: TransitionStatus): string {
  const { kind, transitionId, held, paused, done, total, callback, participant, running } = transition;
  const what = `${KIND_WORDS[kind]} ${transitionId}`;
  if (held !== undefined) return `${what} is held: ${held.message}`;
  const at = callback === undefined ? "" : `, ${callback} of ${participant}`;
  const [first] = running;
  const subject = first === undefined || first.subject === "" ? "" : ` for ${first.subject}`;
  return `${what}${paused ? " is paused" : ""}: ${done} of ${total} steps${at}${subject}`;
}
