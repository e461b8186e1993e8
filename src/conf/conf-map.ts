/**
 * The ConfMap: an immutable configuration, section by section, option by option, each option a list of string values.
 *
 * It is what every callback of the contract gets. The typed accessors read one option and refuse, with the place in the
 * file, what is not of the type asked for; a ConfMap never changes, so that one handed to a participant stays what it was.
 */

import { TransitionError } from "../error.ts";
import { parseBase64, parseUuid } from "./byte-form.ts";
import { readSource } from "./conf-reading.ts";
import type { ConfSource } from "./conf-source.ts";
import { dumpSettings } from "./dump.ts";
import { entriesOf, settingsOfEntries } from "./given-settings.ts";
import { parseDuration } from "./go-duration.ts";
import { parseFloat32, parseFloat64, parseUnsigned } from "./go-number.ts";
import { applyOverrides } from "./override.ts";
import { type Origin, quote } from "./refusal.ts";
import { sameSettings } from "./section-comparison.ts";
import {
  findSetting,
  firstSetting,
  layOver,
  originOf,
  rawTextOf,
  type Setting,
  type Settings,
  settingsOf,
  valuesOf,
} from "./settings.ts";
import { hashSource } from "./source-hash.ts";

/** Options of a section, each with its values. */
export type SectionValues = Readonly<Record<string, readonly string[]>>;

/** A configuration as plain data: section, option, values. */
export type ConfValues = Readonly<Record<string, SectionValues>>;

/** An immutable configuration. Made by `parseConf`, `loadConf` or `ConfMap.from`. */
export class ConfMap {
  readonly #settings: Settings;
  readonly #source: () => ConfSource;
  #hash: string | undefined;

  private constructor(settings: Settings, source: () => ConfSource) {
    this.#settings = settings;
    this.#source = source;
  }

  /**
   * A ConfMap of plain data.
   *
   * @throws TransitionError CONF_SYNTAX when it is not of the shape `{section: {option: [values]}}`.
   */
  static from(values: ConfValues): ConfMap {
    const checked = entriesOf(values);
    if ("problem" in checked) {
      const [section, option] = checked.problem.path;
      const subject = section === undefined ? "the conf" : `[${section}]${option ?? ""}`;
      throw new TransitionError("CONF_SYNTAX", `${subject} ${checked.problem.message}`, { section, option });
    }
    const settings = settingsOfEntries(checked.entries, () => undefined);
    return new ConfMap(settings, () => ({ kind: "given", sections: givenSections(settings) }));
  }

  /**
   * The ConfMap that a source stands for: equal to the one that it was taken from, with the same origins. Touches no disk.
   */
  static fromSource(source: ConfSource): ConfMap {
    return new ConfMap(readSource(source), () => source);
  }

  /** For the readers of this folder: settings already read from `source`. */
  static ofSettings(settings: Settings, source: () => ConfSource): ConfMap {
    return new ConfMap(settings, source);
  }

  /** For the readers of this folder. */
  static settingsOf(confMap: ConfMap): Settings {
    return confMap.#settings;
  }

  /** The sections, in the order in which they were first set. */
  sections(): string[] {
    return [...this.#settings.keys()];
  }

  /**
   * The options of a section, in the order in which they were first set.
   *
   * @throws TransitionError SECTION_MISSING.
   */
  options(section: string): string[] {
    const run = this.#settings.get(section);
    if (run === undefined) throw sectionMissing(section);
    return [...settingsOf(run).keys()];
  }

  /** Whether there is such a section or, where an option is named, such an option in it. */
  has(section: string, option?: string): boolean {
    return option === undefined ? this.#settings.has(section) : this.#find(section, option) !== undefined;
  }

  /** The values as plain data, in the shape that {@link ConfMap.from} takes. */
  toJSON(): Record<string, Record<string, string[]>> {
    const json: Record<string, Record<string, string[]>> = {};
    for (const [section, run] of this.#settings) {
      const options: Record<string, string[]> = {};
      for (const [option, setting] of settingsOf(run)) define(options, option, [...valuesOf(setting)]);
      define(json, section, options);
    }
    return json;
  }

  /**
   * Text in the conf dialect that reads back as an equal ConfMap, the same for equal ConfMaps.
   *
   * @throws TransitionError CONF_UNREPRESENTABLE, with section and option, for what the dialect cannot express.
   */
  dump(): string {
    return dumpSettings(this.#settings);
  }

  /**
   * This configuration with one more override, or several, the last one of an option holding.
   *
   * @throws TransitionError CONF_OVERRIDE.
   */
  with(...overrides: readonly string[]): ConfMap {
    const source = this.#source();
    const known = source.kind === "overridden" ? source : { of: source, overrides: [] };
    const settings = applyOverrides(this.#settings, overrides, known.overrides.length + 1);
    return new ConfMap(settings, () => ({
      kind: "overridden",
      of: known.of,
      overrides: [...known.overrides, ...overrides],
    }));
  }

  /** This configuration with `other` laid over it: all options of both, and where both set one, the values of `other`. */
  merge(other: ConfMap): ConfMap {
    return new ConfMap(layOver(this.#settings, other.#settings), () => ({
      kind: "merged",
      under: this.source(),
      over: other.source(),
    }));
  }

  /** Whether both have the same sections, the same options in them, and the same values, whatever their order or text. */
  equals(other: ConfMap): boolean {
    if (this.#settings === other.#settings) return true;
    if (this.#settings.size !== other.#settings.size) return false;
    for (const section of this.#settings.keys()) if (!this.sameSection(other, section)) return false;
    return true;
  }

  /** Whether a section has the same options with the same values in both, or is in neither; `exceptOptions` do not count. */
  sameSection(other: ConfMap, section: string, exceptOptions: readonly string[] = []): boolean {
    return sameSettings(this.#settings.get(section), other.#settings.get(section), exceptOptions);
  }

  /** Where the setting that holds for an option stands, or a section's first; undefined for what a program gave. */
  origin(section: string, option?: string): Origin | undefined {
    const run = this.#settings.get(section);
    if (run === undefined) return undefined;
    const setting = option === undefined ? firstSetting(run) : findSetting(run, option);
    return setting === undefined ? undefined : originOf(setting);
  }

  /**
   * The text of an option's values as it stands in the source, or some text for values that have none: where it is the same
   * in two ConfMaps, the values are. Undefined for an option that is missing.
   */
  rawText(section: string, option: string): string | undefined {
    const setting = this.#find(section, option);
    return setting === undefined ? undefined : rawTextOf(setting);
  }

  /** Everything that {@link ConfMap.fromSource} needs to make this ConfMap again; plain JSON. */
  source(): ConfSource {
    return this.#source();
  }

  /** Identity of the source: SHA-256 over its texts and names, 64 hexadecimal digits, computed when first asked for. */
  get hash(): string {
    this.#hash ??= hashSource(this.#source());
    return this.#hash;
  }

  /** The values of an option, of which there may be none. */
  strings(section: string, option: string): readonly string[] {
    return valuesOf(this.#get(section, option));
  }

  /** The only value of an option. Like all accessors, @throws TransitionError SECTION_MISSING, OPTION_MISSING or OPTION_VALUE. */
  string(section: string, option: string): string {
    const values = this.strings(section, option);
    const value = values[0];
    if (value === undefined) throw this.#misfit(section, option, "must have a value");
    if (values.length > 1) throw this.#misfit(section, option, `must have a single value, and has ${values.length}`);
    return value;
  }

  /** yes, on or true; no, off or false; in any case. */
  bool(section: string, option: string): boolean {
    return this.#read(section, option, parseBool, "one of yes, on, true, no, off, false");
  }

  uint8(section: string, option: string): number {
    return Number(this.#unsigned(section, option, 8n));
  }

  uint16(section: string, option: string): number {
    return Number(this.#unsigned(section, option, 16n));
  }

  uint32(section: string, option: string): number {
    return Number(this.#unsigned(section, option, 32n));
  }

  uint64(section: string, option: string): bigint {
    return this.#unsigned(section, option, 64n);
  }

  float32(section: string, option: string): number {
    return this.#read(section, option, parseFloat32, "a number that a 32-bit float can hold");
  }

  float64(section: string, option: string): number {
    return this.#read(section, option, parseFloat64, "a number that a 64-bit float can hold");
  }

  /** The value times `multiplier`, rounded half up, below 2^32 - 1. */
  floatScaledToUint32(section: string, option: string, multiplier: number): number {
    return Number(this.#scaled(section, option, multiplier, 2 ** 32 - 1));
  }

  /** The value times `multiplier` in 64-bit floats, rounded half up, below 2^64. */
  floatScaledToUint64(section: string, option: string, multiplier: bigint): bigint {
    return this.#scaled(section, option, Number(multiplier), 2 ** 64);
  }

  /** Milliseconds, with fractions, of a duration in Go's notation that is not negative. */
  duration(section: string, option: string): number {
    return Number(this.#read(section, option, parseDuration, "a duration such as 1h15m30.5s or 10ms")) / 1e6;
  }

  /** A UUID, in lower case with dashes. */
  uuid(section: string, option: string): string {
    return this.#read(section, option, parseUuid, "a UUID of 32 hexadecimal digits and four dashes");
  }

  /** The bytes of a base64 value. */
  base64(section: string, option: string): Uint8Array {
    return this.#read(section, option, parseBase64, "base64 with padding");
  }

  /** The bytes of each of an option's base64 values. */
  base64s(section: string, option: string): Uint8Array[] {
    return this.strings(section, option).map((value) => {
      const bytes = parseBase64(value);
      if (bytes === undefined) throw this.#misfit(section, option, expected(value, "base64 with padding"));
      return bytes;
    });
  }

  #unsigned(section: string, option: string, bits: bigint): bigint {
    const largest = (1n << bits) - 1n;
    return this.#read(section, option, (text) => parseUnsigned(text, largest), `an integer from 0 to ${largest}`);
  }

  #scaled(section: string, option: string, multiplier: number, limit: number): bigint {
    const scaled = this.float64(section, option) * multiplier;
    // The rounded value is held against the limit, as the original does: 4294967294.5 is too large for 32 bits.
    if (!(scaled >= 0 && scaled + 0.5 < limit)) {
      throw this.#misfit(section, option, `times ${multiplier} is not from 0 to below ${limit}`);
    }
    return BigInt(Math.floor(scaled + 0.5));
  }

  #read<T>(section: string, option: string, parse: (text: string) => T | undefined, form: string): T {
    const text = this.string(section, option);
    const value = parse(text);
    if (value === undefined) throw this.#misfit(section, option, expected(text, form));
    return value;
  }

  #find(section: string, option: string): Setting | undefined {
    const run = this.#settings.get(section);
    return run === undefined ? undefined : findSetting(run, option);
  }

  #get(section: string, option: string): Setting {
    const run = this.#settings.get(section);
    if (run === undefined) throw sectionMissing(section);
    const setting = findSetting(run, option);
    if (setting === undefined) {
      const place = this.origin(section);
      throw new TransitionError("OPTION_MISSING", `${at(place)}[${section}] has no option ${option}: add it`, {
        section,
        option,
        ...place,
      });
    }
    return setting;
  }

  #misfit(section: string, option: string, why: string): TransitionError {
    const place = this.origin(section, option);
    return new TransitionError("OPTION_VALUE", `${at(place)}[${section}]${option} ${why}`, {
      section,
      option,
      ...place,
    });
  }
}

function sectionMissing(section: string): TransitionError {
  return new TransitionError("SECTION_MISSING", `there is no section [${section}]: add it`, { section });
}

function expected(text: string, form: string): string {
  return `is ${quote(text)}: expected ${form}`;
}

function at(place: Origin | undefined): string {
  return place === undefined ? "" : `${place.file}:${place.line}: `;
}

function parseBool(text: string): boolean | undefined {
  if (/^(?:yes|on|true)$/i.test(text)) return true;
  return /^(?:no|off|false)$/i.test(text) ? false : undefined;
}

function givenSections(settings: Settings): (readonly [string, (readonly [string, readonly string[]])[]])[] {
  return [...settings].map(([section, run]) => [
    section,
    [...settingsOf(run)].map(([option, setting]) => [option, valuesOf(setting)] as const),
  ]);
}

/** Sets a property, also one named `__proto__`. */
function define<T>(target: Record<string, T>, name: string, value: T): void {
  Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
}
