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
  offsetIn,
  type Run,
  rawTextOf,
  type Setting,
  type Settings,
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
    return setting === undefined ? undefined : new ConfOption(setting.run, setting.at);
  }

  /** The text of all its settings, comments between them included; undefined where it does not stand in one piece. */
  get text(): string | undefined {
    return textOfRun(this.#run);
  }

  /** The option with so many settings before it. The section must stand in one piece, and have as many. */
  optionAt(offset: number): ConfOption {
    return new ConfOption(this.#run, offsetIn(this.#run, offset));
  }
}

/** One option of a section. Ten thousand are kept with a topology, so it is its setting itself. */
export class ConfOption implements Setting {
  readonly run: Run;
  readonly at: number;

  constructor(run: Run, at: number) {
    this.run = run;
    this.at = at;
  }

  /** The settings that it stands among: its section, where that stands in one piece. */
  get section(): ConfSection {
    return new ConfSection(this.run);
  }

  /** The number of settings before it there. */
  get offset(): number {
    return this.at - offsetIn(this.run, 0);
  }

  /** As `ConfMap.rawText`: where it is the same for two options, the values are. */
  get text(): string {
    return rawTextOf(this);
  }

  get values(): readonly string[] {
    return valuesOf(this);
  }

  /** Its only value, or nothing for none; undefined where there are several. */
  get sole(): string | undefined {
    return soleValueOf(this);
  }

  /** Puts the values behind the names that are in `roll`. */
  enrol(roll: NameRoll): void {
    enrolValues(this, roll);
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
