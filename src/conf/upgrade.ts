/**
 * The upgrade of confs from before volume groups, as the contract's `upgradeConfMapIfNeeded`.
 */

import { ConfMap } from "./conf-map.ts";
import { upgradeSettings } from "./legacy-form.ts";

/**
 * The ConfMap with volume groups: the given one itself when it has them already, else a new one in which every volume of
 * `[FSGlobals]VolumeList` has a group of its own. The given one never changes, and options that are carried over keep their
 * origins. Source: the contract's chapter of the same name.
 *
 * @throws TransitionError UPGRADE_REFUSED with section, option, file and line where known.
 */
export function upgradeConfMapIfNeeded(confMap: ConfMap): ConfMap {
  const settings = ConfMap.settingsOf(confMap);
  const upgraded = upgradeSettings(settings);
  if (upgraded === settings) return confMap;
  return ConfMap.ofSettings(upgraded, () => ({ kind: "upgraded", of: confMap.source() }));
}
