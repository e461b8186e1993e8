/**
 * What a reload changes in the configuration, as lines that a person reads beside the transition.
 */
import type { ConfMap } from "../conf/conf-map.ts";
import { MASK, type Secrets } from "./secrets.ts";

/** Lines that are shown. */
const LINES_AT_MOST = 20;

/** The options that differ, secrets masked; the first few of them. */
export function confChanges(before: ConfMap, after: ConfMap, secrets: Secrets): readonly string[] {
  const lines: string[] = [];
  for (const line of changedOptions(before, after, secrets)) {
    if (lines.length === LINES_AT_MOST) return [...lines, "… and more"];
    lines.push(line);
  }
  return lines;
}

function* changedOptions(before: ConfMap, after: ConfMap, secrets: Secrets): IterableIterator<string> {
  const sections = new Set([...after.sections(), ...before.sections()]);
  for (const section of sections) {
    if (after.sameSection(before, section)) continue;
    const options = new Set([...optionsOf(after, section), ...optionsOf(before, section)]);
    for (const option of options) {
      const [old, now] = [valuesIn(before, section, option), valuesIn(after, section, option)];
      if (old === now) continue;
      const shown = (value: string | undefined): string =>
        value === undefined ? "(none)" : secrets.hides(option) ? MASK : secrets.text(value);
      yield `[${section}] ${option}: ${shown(old)} → ${shown(now)}`;
    }
  }
}

function optionsOf(confMap: ConfMap, section: string): readonly string[] {
  return confMap.has(section) ? confMap.options(section) : [];
}

function valuesIn(confMap: ConfMap, section: string, option: string): string | undefined {
  return confMap.has(section, option) ? confMap.strings(section, option).join(", ") : undefined;
}
