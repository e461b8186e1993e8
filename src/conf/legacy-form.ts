/**
 * Confs from before volume groups, and what they become: one group for each volume.
 *
 * In such a conf a volume names its peer and a flow control section; in a modern one the group has the peer and the read
 * cache, the volume the flush limits. Everything is checked before anything is made: an upgrade is whole or refused.
 */

import { type Problem, TransitionError } from "../error.ts";
import { at, nameOf, type Origin, shorten } from "./refusal.ts";
import {
  type Entry,
  findSetting,
  firstSetting,
  listRun,
  originOf,
  type Run,
  type Setting,
  type Settings,
  settingsOf,
  valuesOf,
} from "./settings.ts";

/** Options that a group takes from its volume's flow control section. */
const GROUP_OPTIONS = ["ReadCacheLineSize", "ReadCacheWeight"] as const;
/** Options that a volume takes from it and that must be there, and those that need not. */
const VOLUME_OPTIONS = ["MaxFlushSize", "MaxFlushTime"] as const;
const OPTIONAL_OPTIONS = ["FileDefragmentChunkSize", "FileDefragmentChunkDelay"] as const;

/** Everything about one volume of a legacy conf, found and checked. */
interface LegacyVolume {
  readonly name: string;
  readonly section: ReadonlyMap<string, Setting>;
  readonly peer: Setting;
  readonly flowName: string;
  readonly flow: ReadonlyMap<string, Setting>;
}

/**
 * The settings with volume groups; the very same settings when they have them already.
 *
 * @throws TransitionError UPGRADE_REFUSED with section, option, file and line where known.
 */
export function upgradeSettings(settings: Settings): Settings {
  const globals = settings.get("FSGlobals");
  if (globals === undefined) throw refused({ section: "FSGlobals" }, "must be there, with a VolumeGroupList");
  const list = findSetting(globals, "VolumeList");
  const groups = findSetting(globals, "VolumeGroupList");
  if (list === undefined && groups !== undefined) return settings;
  if (list === undefined || groups !== undefined) {
    const place = { section: "FSGlobals", option: "VolumeGroupList", origin: originIn(globals) };
    throw refused(place, "must be there, or else VolumeList, but not both");
  }

  const prefix = affixOf(settings, "AutoVolumeGroupPrefix");
  const suffix = affixOf(settings, "AutoVolumeGroupSuffix");
  const names = valuesOf(list);
  const volumes = new Map<string, LegacyVolume>();
  for (const name of names) {
    if (volumes.has(name)) {
      const place = { section: "FSGlobals", option: "VolumeList", origin: originOf(list) };
      throw refused(place, `must name ${shorten(name)} only once`);
    }
    volumes.set(name, volumeOf(settings, name));
  }

  const upgraded = new Map<string, Run>(settings);
  upgraded.set(
    "FSGlobals",
    globalsWith(
      globals,
      list,
      names.map((name) => prefix + name + suffix),
    ),
  );
  for (const volume of volumes.values()) {
    upgraded.set(`Volume:${volume.name}`, volumeSection(volume));
    upgraded.set(`VolumeGroup:${prefix}${volume.name}${suffix}`, groupSection(volume, list));
  }
  for (const { flowName } of volumes.values()) upgraded.delete(`FlowControl:${flowName}`);
  return upgraded;
}

function originIn(section: Run): Origin | undefined {
  const first = firstSetting(section);
  return first === undefined ? undefined : originOf(first);
}

function affixOf(settings: Settings, option: string): string {
  const section = settings.get("Transitions");
  const setting = section === undefined ? undefined : findSetting(section, option);
  if (setting === undefined) return "";
  const values = valuesOf(setting);
  if (values.length > 1) {
    throw refused({ section: "Transitions", option, origin: originOf(setting) }, "must have one value or none");
  }
  return values[0] ?? "";
}

function volumeOf(settings: Settings, name: string): LegacyVolume {
  const section = `Volume:${name}`;
  const run = settings.get(section);
  if (run === undefined) throw refused({ section }, "must be there, since [FSGlobals]VolumeList names the volume");
  const options = settingsOf(run);
  const peer = options.get("PrimaryPeer");
  const origin = originIn(run);
  if (peer === undefined)
    throw refused({ section, option: "PrimaryPeer", origin }, "must be there, with a peer or empty");
  if (valuesOf(peer).length > 1) {
    throw refused({ section, option: "PrimaryPeer", origin: originOf(peer) }, "must have one value or none");
  }
  const named = options.get("FlowControl");
  const flowNames = named === undefined ? [] : valuesOf(named);
  const flowName = flowNames[0];
  if (named === undefined || flowName === undefined || flowNames.length > 1) {
    const place = { section, option: "FlowControl", origin: named === undefined ? origin : originOf(named) };
    throw refused(place, "must name one flow control section");
  }
  const flow = settings.get(`FlowControl:${flowName}`);
  if (flow === undefined) {
    const place = { section: `FlowControl:${flowName}`, origin: originOf(named) };
    throw refused(place, `must be there, since ${nameOf(section)}FlowControl names it`);
  }
  const flowOptions = settingsOf(flow);
  for (const option of [...GROUP_OPTIONS, ...VOLUME_OPTIONS]) {
    if (flowOptions.has(option)) continue;
    const place = { section: `FlowControl:${flowName}`, option, origin: originIn(flow) };
    throw refused(place, `must be there, since ${nameOf(section)}FlowControl names the section`);
  }
  return { name, section: options, peer, flowName, flow: flowOptions };
}

function globalsWith(globals: Run, list: Setting, groupNames: readonly string[]): Run {
  const entries = new Map<string, Entry>();
  for (const [option, setting] of settingsOf(globals)) {
    if (option !== "VolumeList") entries.set(option, setting);
    else entries.set("VolumeGroupList", { values: Object.freeze([...groupNames]), origin: originOf(list) });
  }
  return runOf(entries);
}

function volumeSection({ section, flow }: LegacyVolume): Run {
  const entries = new Map<string, Entry>(section);
  entries.delete("PrimaryPeer");
  entries.delete("FlowControl");
  for (const option of [...VOLUME_OPTIONS, ...OPTIONAL_OPTIONS]) {
    const setting = flow.get(option);
    if (setting !== undefined) entries.set(option, setting);
  }
  return runOf(entries);
}

function groupSection({ name, peer, flow }: LegacyVolume, list: Setting): Run {
  const origin: Origin | undefined = originOf(list);
  const entries = new Map<string, Entry>([
    ["VolumeList", { values: Object.freeze([name]), origin }],
    ["VirtualIPAddr", { values: Object.freeze([]), origin }],
    ["PrimaryPeer", peer],
  ]);
  for (const option of GROUP_OPTIONS) {
    const setting = flow.get(option);
    if (setting !== undefined) entries.set(option, setting);
  }
  return runOf(entries);
}

function runOf(entries: ReadonlyMap<string, Entry>): Run {
  return listRun([...entries.keys()], [...entries.values()], undefined);
}

interface Place extends Pick<Problem, "section" | "option"> {
  readonly origin?: Origin | undefined;
}

function refused({ section, option, origin }: Place, why: string): TransitionError {
  const message = `${at(origin)}${nameOf(section ?? "", option)} ${why} (a conf from before volume groups cannot be upgraded without)`;
  return new TransitionError("UPGRADE_REFUSED", message, { section, option, ...origin });
}
