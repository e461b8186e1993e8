/**
 * Why a request is refused in a state of the lifecycle.
 *
 * The machine silently ignores what it has no transition for; whoever asks wants a reason. A test holds this table
 * against the machine: a request is refused here exactly where the machine would ignore it.
 */
import { TransitionError } from "../src/error.ts";

/** Top-level states of the lifecycle. */
export type LifecycleStateName = "down" | "signaling" | "finishing" | "up" | "failed";

/** What can be asked for, in the words of facts. */
export type RequestKind = "up" | "signaled" | "down" | "rollback" | "admit" | "unregister";

/** The refusal of a request in a state; undefined: it is taken. */
export function requestRefusal(state: LifecycleStateName, kind: RequestKind): TransitionError | undefined {
  const running = state === "signaling" || state === "finishing";
  switch (kind) {
    case "up":
      if (state === "down" || state === "failed") return undefined;
      return new TransitionError(
        "ALREADY_UP",
        running
          ? "up was asked for, but a transition is under way: wait for it, or ask for signaled"
          : "up was asked for, but the lifecycle is up: ask for signaled to reload",
      );
    case "signaled":
      if (state === "up" || state === "failed") return undefined;
      return running ? busy("signaled") : notUp("signaled");
    case "down":
      return state === "down" ? notUp("down") : undefined;
    case "rollback":
      return state === "failed"
        ? undefined
        : new TransitionError("NOTHING_HELD", "rollback needs a transition that is held, and there is none");
    case "admit":
    case "unregister":
      return state === "up" ? undefined : busy(kind);
  }
}

function notUp(what: string): TransitionError {
  return new TransitionError("NOT_UP", `${what} was asked for, but the lifecycle is down: ask for up first`);
}

function busy(what: string): TransitionError {
  return new TransitionError("BUSY", `${what} needs a lifecycle that is up and idle`);
}
