/** What an operator may do where the service stands. */
import type { Status } from "../service/http/answers.ts";

export type Verb = "retry" | "rollback" | "skip" | "pause" | "resume" | "reload" | "down";

export interface Action {
  readonly verb: Verb;
  readonly word: string;
  readonly tone?: "primary" | "danger";
}

/** In the order in which a person would try them. */
export function actionsFor({ state, transition, broken }: Status): readonly Action[] {
  if (broken !== undefined) return [];
  const down: Action = { verb: "down", word: "Go down", tone: "danger" };
  if (state === "failed")
    return [
      { verb: "retry", word: "Retry", tone: "primary" },
      { verb: "rollback", word: "Roll back" },
      { verb: "skip", word: "Skip the step" },
      down,
    ];
  if (state === "up") return [{ verb: "reload", word: "Reload the file" }, down];
  if (state === "down") return [];
  return transition?.paused === true
    ? [{ verb: "resume", word: "Resume", tone: "primary" }, down]
    : [{ verb: "pause", word: "Pause" }, down];
}
