/**
 * Settings out of a {@link ConfSource}: the one reading that parsing a text, loading files and replaying a journal share.
 */

import { atOnce } from "../stretches.ts";
import { type ConfScan, scanningConf } from "./conf-scan.ts";
import type { ConfFile, ConfSource } from "./conf-source.ts";
import { includesOf, settlingTree } from "./conf-tree.ts";
import { settingsOfEntries } from "./given-settings.ts";
import { settingsOfIni } from "./ini-form.ts";
import { settingsOfJson } from "./json-form.ts";
import { upgradeSettings } from "./legacy-form.ts";
import { applyOverrides } from "./override.ts";
import { settingText } from "./setting-text.ts";
import { layOver, type Settings } from "./settings.ts";

/**
 * Reads what a source says. Pure.
 *
 * @throws TransitionError as the parts of the source do; a source taken from a ConfMap never does.
 */
export function readSource(source: ConfSource): Settings {
  switch (source.kind) {
    case "conf":
      return readTexts(source.main, source.files);
    case "ini":
      return settingsOfIni(source.file.path, source.file.text).settings;
    case "json":
      return settingsOfJson(source.file.path, source.file.text).settings;
    case "given":
      return settingsOfEntries(source.sections, () => undefined);
    case "overridden":
      return applyOverrides(readSource(source.of), source.overrides, 1);
    case "merged":
      return layOver(readSource(source.under), readSource(source.over));
    case "upgraded":
      return upgradeSettings(readSource(source.of));
  }
}

function readTexts(main: string, files: readonly ConfFile[]): Settings {
  const texts = new Map(files.map(({ path, text }) => [path, text]));
  const scans = new Map<string, ConfScan>();
  const wanted = [main];
  for (let path = wanted.pop(); path !== undefined; path = wanted.pop()) {
    const text = texts.get(path);
    if (text === undefined || scans.has(path)) continue;
    const scan = atOnce(scanningConf(settingText(path, text)));
    scans.set(path, scan);
    wanted.push(...includesOf(path, scan).map((include) => include.path));
  }
  return atOnce(settlingTree({ main, scans }));
}
