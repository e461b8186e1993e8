/**
 * ConfSection: one section of a ConfMap, looked up once.
 *
 * A topology reads three options of each of ten thousand sections at every reload, and looking a section up by its long
 * name costs more than reading from it.
 */
import type { Stretches } from "../stretches.ts";
import type { NameRoll } from "./name-roll.ts";
import {
  enrolValues,
  findSetting,
  type Run,
  rawTextOf,
  type Setting,
  type Settings,
  settingLike,
  soleValueOf,
  textOfRun,
  valuesOf,
} from "./settings.ts";

export class ConfSection {
  readonly #run: Run;

  constructor(run: Run) {
    this.#run = run;
  }

  /** The setting that holds for an option. */
  find(option: string): ConfOption | undefined {
    const setting = findSetting(this.#run, option);
    return setting === undefined ? undefined : new ConfOption(setting);
  }

  /** The text of all its settings, comments between them included; undefined where it does not stand in one piece. */
  get text(): string | undefined {
    return textOfRun(this.#run);
  }

  /** The option that stands here where `option` stands in its own section. Both sections must be of the same text. */
  like(option: ConfOption): ConfOption {
    return new ConfOption(settingLike(this.#run, ConfOption.settingOf(option)));
  }
}

/** One option of a section. */
export class ConfOption {
  readonly #setting: Setting;

  constructor(setting: Setting) {
    this.#setting = setting;
  }

  static settingOf(option: ConfOption): Setting {
    return option.#setting;
  }

  /** As `ConfMap.rawText`: where it is the same for two options, the values are. */
  get text(): string {
    return rawTextOf(this.#setting);
  }

  get values(): readonly string[] {
    return valuesOf(this.#setting);
  }

  /** Its only value, or nothing for none; undefined where there are several. */
  get sole(): string | undefined {
    return soleValueOf(this.#setting);
  }

  /** Puts the values behind the names that are in `roll`. */
  enrol(roll: NameRoll): void {
    enrolValues(this.#setting, roll);
  }
}

const SECTIONS_PER_STRETCH = 8_192;

/**
 * Sections whose names begin alike, found by the rest of their name. Whoever asks in the order in which they stand in the
 * conf is answered without a look-up: a reload asks for ten thousand of them, and most confs list groups in their order.
 */
export class SectionFamily {
  readonly #settings: Settings;
  readonly #prefix: string;
  readonly #names: string[] = [];
  readonly #runs: Run[] = [];
  #next = 0;

  private constructor(settings: Settings, prefix: string) {
    this.#settings = settings;
    this.#prefix = prefix;
  }

  static *gathering(settings: Settings, prefix: string): Stretches<SectionFamily> {
    const family = new SectionFamily(settings, prefix);
    let sections = 0;
    for (const [name, run] of settings) {
      if (++sections % SECTIONS_PER_STRETCH === 0) yield;
      if (!name.startsWith(prefix)) continue;
      family.#names.push(name);
      family.#runs.push(run);
    }
    return family;
  }

  find(name: string): ConfSection | undefined {
    const at = this.#next++;
    const there = this.#names[at];
    const isThere = there !== undefined && there.length === this.#prefix.length + name.length && there.endsWith(name);
    const run = isThere ? this.#runs[at] : this.#settings.get(this.#prefix + name);
    return run === undefined ? undefined : new ConfSection(run);
  }
}
