/**
 * ConfSection: one section of a ConfMap, looked up once.
 *
 * A topology reads three options of each of ten thousand sections at every reload, and looking a section up by its long
 * name costs more than reading from it.
 */
import { findSetting, type NameHashes, type Run, rawTextOf, type Setting, valuesOf } from "./settings.ts";

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
}

/** One option of a section. */
export class ConfOption {
  readonly #setting: Setting;

  constructor(setting: Setting) {
    this.#setting = setting;
  }

  /** As `ConfMap.rawText`: where it is the same for two options, the values are. */
  get text(): string {
    return rawTextOf(this.#setting);
  }

  get values(): readonly string[] {
    return valuesOf(this.#setting);
  }

  /** As `values`, and puts the `hashOfName` of each behind those that are in `hashes`. */
  hashedValues(hashes: NameHashes): readonly string[] {
    return valuesOf(this.#setting, hashes);
  }
}
