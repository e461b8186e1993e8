/**
 * Reading one option in the form that its user needs, or refusing with its name and place.
 */

import { TransitionError } from "../error.ts";
import { FLOAT_64, type OptionForm } from "./option-form.ts";
import { at, nameOf, quote } from "./refusal.ts";
import { findSetting, firstSetting, originOf, type Run, type Setting, type Settings, valuesOf } from "./settings.ts";

/** The option that is asked for. */
export interface OptionPlace {
  readonly settings: Settings;
  readonly section: string;
  readonly option: string;
}

/** @throws TransitionError SECTION_MISSING or OPTION_MISSING. */
export function settingOf({ settings, section, option }: OptionPlace): Setting {
  const run = settings.get(section);
  if (run === undefined) throw missingSection(section);
  const setting = findSetting(run, option);
  if (setting === undefined) throw missingOption(run, section, option);
  return setting;
}

/** The only value. @throws TransitionError as {@link settingOf}, and OPTION_VALUE when there are more or none. */
export function singleValue(place: OptionPlace): string {
  const values = valuesOf(settingOf(place));
  const value = values[0];
  if (value === undefined) throw misfit(place, "must have a value");
  if (values.length > 1) throw misfit(place, `must have a single value, and has ${values.length}`);
  return value;
}

/** The only value, in a form. @throws TransitionError as {@link singleValue}. */
export function readOption<Value>(place: OptionPlace, form: OptionForm<Value>): Value {
  return readText(place, singleValue(place), form);
}

/** All values, in a form. @throws TransitionError as {@link singleValue}, but there may be any number. */
export function readEach<Value>(place: OptionPlace, form: OptionForm<Value>): Value[] {
  return valuesOf(settingOf(place)).map((text) => readText(place, text, form));
}

/** The only value times `multiplier`, rounded half up to an integer below `limit`. */
export function readScaled(place: OptionPlace, multiplier: number, limit: number): bigint {
  const scaled = readOption(place, FLOAT_64) * multiplier;
  // The rounded value is held against the limit, as the original does: 4294967294.5 is too large for 32 bits.
  if (!(scaled >= 0 && scaled + 0.5 < limit)) {
    throw misfit(place, `times ${multiplier} is not a number from 0 to below ${limit}`);
  }
  return BigInt(Math.floor(scaled + 0.5));
}

export function missingSection(section: string): TransitionError {
  return new TransitionError("SECTION_MISSING", `there is no section ${nameOf(section)}: add it`, { section });
}

function readText<Value>(place: OptionPlace, text: string, form: OptionForm<Value>): Value {
  const value = form.parse(text);
  if (value === undefined) throw misfit(place, `is ${quote(text)}: expected ${form.expected}`);
  return value;
}

/** The place is that of the section: there the option belongs. */
function missingOption(run: Run, section: string, option: string): TransitionError {
  const first = firstSetting(run);
  const origin = first === undefined ? undefined : originOf(first);
  const message = `${at(origin)}${nameOf(section, option)} is missing: add it`;
  return new TransitionError("OPTION_MISSING", message, { section, option, ...origin });
}

function misfit(place: OptionPlace, why: string): TransitionError {
  const { section, option } = place;
  const origin = originOf(settingOf(place));
  return new TransitionError("OPTION_VALUE", `${at(origin)}${nameOf(section, option)} ${why}`, {
    section,
    option,
    ...origin,
  });
}
