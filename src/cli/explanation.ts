/**
 * The reasons of a plan's events, as lines of text.
 */
import { relative } from "node:path";
import { type ExplainRequest, type Explanation, explain, explanationText } from "../plan/explain.ts";
import type { LifecycleEvent } from "../plan/lifecycle-event.ts";
import type { Reasons } from "./plan-text.ts";

/** The one place where the command line asks for explanations. */
export function reasonsOf(request: ExplainRequest): Reasons {
  const texts = new Map(explain(request).map((each) => [keyOf(each.event), reasonText(each)]));
  return (event) => texts.get(keyOf(event));
}

/** A reason with its place as seen from here. */
export function reasonText(explanation: Explanation): string {
  return explanationText({ ...explanation, file: explanation.file && shownPath(explanation.file) });
}

/** A path in the form that is shorter to read. */
export function shownPath(path: string): string {
  const fromHere = relative(".", path);
  return fromHere !== "" && fromHere.length < path.length ? fromHere : path;
}

function keyOf(event: LifecycleEvent): string {
  return JSON.stringify(event);
}
