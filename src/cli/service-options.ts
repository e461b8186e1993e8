/**
 * Options by which a command finds the running service or its journal.
 */
import { userName } from "../service/operator.ts";
import { type StatePlaces, statePlaces } from "../service/state-directory.ts";
import type { Invocation, OptionForm } from "./command.ts";

export const STATE_DIRECTORY: OptionForm = {
  value: "DIR",
  help: "Where the service keeps journal and socket. Default: $STATE_DIRECTORY, else ./.signaled.",
};
export const SOCKET: OptionForm = {
  value: "PATH",
  help: "The control socket. Default: control.sock in the state directory.",
};
export const JOURNAL: OptionForm = { value: "PATH", help: "The journal. Default: journal.db in the state directory." };
export const REASON: OptionForm = { value: "TEXT", help: "Why, in your words; it is recorded." };

export function placesOf(invocation: Invocation): StatePlaces {
  return statePlaces({
    directory: invocation.text("state-dir"),
    journal: invocation.text("journal"),
    socket: invocation.text("socket"),
  });
}

/** Who asks, and why: recorded with what is asked. */
export function askedBy(invocation: Invocation): { readonly who: string; readonly reason?: string } {
  const reason = invocation.text("reason");
  return { who: userName(), ...(reason === undefined ? {} : { reason }) };
}
