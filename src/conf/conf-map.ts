/**
 * The ConfMap: an immutable configuration, section by section, option by option, each option a list of string values.
 *
 * It is what every callback of the contract gets. The typed accessors read one option and refuse, with the place in the
 * file, what is not of the type asked for; a ConfMap never changes, so that one handed to a participant stays what it was.
 */

import { TransitionError } from "../error.ts";
import { atOnce, type Stretches } from "../stretches.ts";
import { readSource } from "./conf-reading.ts";
import { SectionFamily } from "./conf-section.ts";
import type { ConfSource } from "./conf-source.ts";
import { dumpSettings } from "./dump.ts";
import { entriesOf, entriesOfSettings, objectOf, settingsOfEntries } from "./given-settings.ts";
import type { NameRoll } from "./name-roll.ts";
import { BASE_64, BOOL, DURATION, FLOAT_32, FLOAT_64, UINT_8, UINT_16, UINT_32, UINT_64, UUID } from "./option-form.ts";
import {
  missingSection,
  type OptionPlace,
  readEach,
  readOption,
  readScaled,
  settingOf,
  singleValue,
} from "./option-reading.ts";
import { applyOverrides } from "./override.ts";
import { nameOf, type Origin } from "./refusal.ts";
import { sameSettings } from "./section-comparison.ts";
import {
  enrolValues,
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
import { hashingSource } from "./source-hash.ts";

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
      const subject = section === undefined ? "the conf" : nameOf(section, option);
      throw new TransitionError("CONF_SYNTAX", `${subject} ${checked.problem.message}`, { section, option });
    }
    const settings = settingsOfEntries(checked.entries, () => undefined);
    return new ConfMap(settings, () => ({ kind: "given", sections: entriesOfSettings(settings) }));
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
    if (run === undefined) throw missingSection(section);
    return [...settingsOf(run).keys()];
  }

  /** Whether there is such a section or, where an option is named, such an option in it. */
  has(section: string, option?: string): boolean {
    return option === undefined ? this.#settings.has(section) : this.#find(section, option) !== undefined;
  }

  /** The values as plain data, in the shape that {@link ConfMap.from} takes. */
  toJSON(): Record<string, Record<string, string[]>> {
    return objectOf(entriesOfSettings(this.#settings));
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

  /** Puts the values of an option behind the names that are in `roll`, without making a string of any. */
  enrol(section: string, option: string, roll: NameRoll): void {
    enrolValues(settingOf(this.#option(section, option)), roll);
  }

  /** The sections whose names begin with `prefix`, for who reads several options of each. */
  gatheringFamily(prefix: string): Stretches<SectionFamily> {
    return SectionFamily.gathering(this.#settings, prefix);
  }

  /** Everything that {@link ConfMap.fromSource} needs to make this ConfMap again; plain JSON. */
  source(): ConfSource {
    return this.#source();
  }

  /** Identity of the source: SHA-256 over its texts and names, 64 hexadecimal digits, computed when first asked for. */
  get hash(): string {
    return atOnce(this.hashing());
  }

  /** Computes the hash, for who lets others have their turn meanwhile. */
  *hashing(): Stretches<string> {
    this.#hash ??= yield* hashingSource(this.#source());
    return this.#hash;
  }

  /** The values of an option, of which there may be none. */
  strings(section: string, option: string): readonly string[] {
    return valuesOf(settingOf(this.#option(section, option)));
  }

  /** The only value of an option. Like all accessors, @throws TransitionError SECTION_MISSING, OPTION_MISSING or OPTION_VALUE. */
  string(section: string, option: string): string {
    return singleValue(this.#option(section, option));
  }

  /** yes, on or true; no, off or false; in any case. */
  bool(section: string, option: string): boolean {
    return readOption(this.#option(section, option), BOOL);
  }

  uint8(section: string, option: string): number {
    return Number(readOption(this.#option(section, option), UINT_8));
  }

  uint16(section: string, option: string): number {
    return Number(readOption(this.#option(section, option), UINT_16));
  }

  uint32(section: string, option: string): number {
    return Number(readOption(this.#option(section, option), UINT_32));
  }

  uint64(section: string, option: string): bigint {
    return readOption(this.#option(section, option), UINT_64);
  }

  float32(section: string, option: string): number {
    return readOption(this.#option(section, option), FLOAT_32);
  }

  float64(section: string, option: string): number {
    return readOption(this.#option(section, option), FLOAT_64);
  }

  /** The value times `multiplier`, rounded half up, below 2^32 - 1. */
  floatScaledToUint32(section: string, option: string, multiplier: number): number {
    return Number(readScaled(this.#option(section, option), multiplier, 2 ** 32 - 1));
  }

  /** The value times `multiplier` in 64-bit floats, rounded half up, below 2^64. */
  floatScaledToUint64(section: string, option: string, multiplier: bigint): bigint {
    return readScaled(this.#option(section, option), Number(multiplier), 2 ** 64);
  }

  /** Milliseconds, with fractions, of a duration in Go's notation that is not negative. */
  duration(section: string, option: string): number {
    return Number(readOption(this.#option(section, option), DURATION)) / 1e6;
  }

  /** A UUID, in lower case with dashes. */
  uuid(section: string, option: string): string {
    return readOption(this.#option(section, option), UUID);
  }

  /** The bytes of a base64 value. */
  base64(section: string, option: string): Uint8Array {
    return readOption(this.#option(section, option), BASE_64);
  }

  /** The bytes of each of an option's base64 values. */
  base64s(section: string, option: string): Uint8Array[] {
    return readEach(this.#option(section, option), BASE_64);
  }

  #option(section: string, option: string): OptionPlace {
    return { settings: this.#settings, section, option };
  }

  #find(section: string, option: string): Setting | undefined {
    const run = this.#settings.get(section);
    return run === undefined ? undefined : findSetting(run, option);
  }
}
