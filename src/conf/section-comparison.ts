/**
 * Whether two sections say the same, without making a string of what has not changed.
 *
 * A reload compares every section with what it was; nearly all are equal to the last character.
 */

import { type Run, rawTextOf, type Setting, settingsOf, textOfRun, valuesOf } from "./settings.ts";

/** Whether both have the same options, apart from `except`, with the same values, or are both missing. */
export function sameSettings(ours: Run | undefined, theirs: Run | undefined, except: readonly string[]): boolean {
  if (ours === theirs) return true;
  if (ours === undefined || theirs === undefined) return false;
  if (sameText(ours, theirs)) return true;
  const left = settingsOf(ours);
  const right = settingsOf(theirs);
  let counted = 0;
  for (const [option, setting] of left) {
    if (except.includes(option)) continue;
    const other = right.get(option);
    if (other === undefined || !sameValues(setting, other)) return false;
    counted++;
  }
  let others = right.size;
  for (const option of new Set(except)) if (right.has(option)) others--;
  return counted === others;
}

/** Whether two settings have the same values. */
function sameValues(left: Setting, right: Setting): boolean {
  if (rawTextOf(left) === rawTextOf(right)) return true;
  const values = valuesOf(left);
  const others = valuesOf(right);
  return values.length === others.length && values.every((value, at) => value === others[at]);
}

/** Whether two sections, each in one piece, are the same piece of text, comments included. */
function sameText(ours: Run, theirs: Run): boolean {
  const text = textOfRun(ours);
  return text !== undefined && text === textOfRun(theirs);
}
