/** Facts as lines, each a way to the moment right after it. */
import type { JSX } from "preact";
import type { ToldFact } from "../service/http/answers.ts";
import { routeTo } from "./route.ts";
import { ClockTime } from "./text.tsx";
import { count } from "./words.ts";

interface Listed {
  readonly facts: readonly ToldFact[];
  /** The one that is looked at. */
  readonly at?: number | undefined;
}

export function FactList({ facts, at }: Listed): JSX.Element {
  return (
    <ol class="facts">
      {facts.map(({ seq, time, type, text }) => (
        <li key={seq} class={tone(type)} aria-current={seq === at ? "true" : undefined}>
          <a href={routeTo(["timeline"], { at: seq })}>{count(seq)}</a>
          <ClockTime at={time} />
          <span class="fact-text">{text}</span>
        </li>
      ))}
    </ol>
  );
}

function tone(type: string): string {
  if (type === "StepFailed" || type === "TransitionHeld" || type === "RequestRefused") return "bad";
  if (type === "TransitionFinished") return "good";
  return type === "TransitionStarted" ? "going" : "";
}
