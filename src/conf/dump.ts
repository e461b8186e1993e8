/**
 * Canonical text of a conf: sections and options sorted, names aligned, values separated by a comma and a blank.
 *
 * The original wrote values as they were, so that one with a blank in it came back as two. Here text that would read
 * differently is never written: what the dialect cannot express is refused.
 */

import { TransitionError } from "../error.ts";
import { atOnce } from "../stretches.ts";
import { scanningConf } from "./conf-scan.ts";
import { CHARACTER_CLASS, escapeValue, NAME, SECTION, VALUE } from "./dialect.ts";
import { nameOf, quote } from "./refusal.ts";
import { settingText } from "./setting-text.ts";
import { findSetting, type Settings, settingsOf, textRun, valuesOf } from "./settings.ts";

/**
 * Text that reads back as the same settings.
 *
 * @throws TransitionError CONF_UNREPRESENTABLE with section and option, for what the dialect has no way to write: an empty
 * value, a section without options, other characters than the dialect's.
 */
export function dumpSettings(settings: Settings): string {
  const names = [...settings.keys()].sort();
  return names.map((name) => dumpSection(name, settings)).join("\n");
}

function dumpSection(section: string, settings: Settings): string {
  const run = settings.get(section);
  const options = run === undefined ? [] : [...settingsOf(run)].sort(([a], [b]) => (a < b ? -1 : 1));
  if (!isAll(section, SECTION))
    throw unrepresentable("the section's name has characters that no header may have", section);
  if (options.length === 0) throw unrepresentable("a section without options cannot be written: give it one", section);
  const width = options.reduce((widest, [option]) => Math.max(widest, option.length), 0) + 1;
  const lines = options.map(([option, setting]) => dumpOption(section, option, valuesOf(setting), width));
  return `[${section}]\n${lines.join("")}`;
}

function dumpOption(section: string, option: string, values: readonly string[], width: number): string {
  const written = values.map(escapeValue);
  const line = `${`${option}:`.padEnd(width)} ${written.join(", ")}`.trimEnd();
  if (isPlainName(option) && values.every(isPlainValue)) return `${line}\n`;
  // A few odd settings, such as an option with an empty name, can be read though they look as if they could not.
  const found = [line, `${option}:${written.join(" ")}`].find((text) => readsAs(text, option, values));
  if (found !== undefined) return `${found}\n`;
  const culprit = isPlainName(option)
    ? `the value ${quote(values.find((value) => !isPlainValue(value)) ?? "")}`
    : "the name";
  throw unrepresentable(
    `${culprit} of the option ${quote(option)} cannot be written in a conf: use JSON`,
    section,
    option,
  );
}

function readsAs(line: string, option: string, values: readonly string[]): boolean {
  if (/[\r\n]/.test(line)) return false;
  try {
    const { table, steps } = atOnce(scanningConf(settingText("", `[S]\n${line}\n`)));
    const step = steps[0];
    if (steps.length !== 1 || step?.kind !== "section") return false;
    const setting = findSetting(textRun(table, step.from, step.to, undefined), option);
    return setting !== undefined && JSON.stringify(valuesOf(setting)) === JSON.stringify(values);
  } catch (error) {
    if (error instanceof TransitionError) return false;
    throw error;
  }
}

function isPlainName(option: string): boolean {
  return isAll(option.endsWith("$") ? option.slice(0, -1) : option, NAME) && !option.includes(":");
}

/** Whether a value is one that reads back from its escaped form. */
function isPlainValue(value: string): boolean {
  const written = escapeValue(value);
  return isAll(written.endsWith("$") ? written.slice(0, -1) : written, VALUE) && !/\\[uU]00(?:20|2[cC])/.test(value);
}

function isAll(text: string, wanted: number): boolean {
  for (let at = 0; at < text.length; at++) {
    if (((CHARACTER_CLASS[text.charCodeAt(at)] ?? 0) & wanted) === 0) return false;
  }
  return text !== "";
}

function unrepresentable(why: string, section: string, option?: string): TransitionError {
  return new TransitionError("CONF_UNREPRESENTABLE", `${nameOf(section, option)}: ${why}`, { section, option });
}
