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
    const place = { section: "FSGlobals", option: "VolumeGroupList", near: firstSetting(globals) };
    throw refused(place, "must be there, or else VolumeList, but not both");
  }

  const prefix = affixOf(settings, "AutoVolumeGroupPrefix");
  const suffix = affixOf(settings, "AutoVolumeGroupSuffix");
  const names = valuesOf(list);
  const volumes = new Map<string, LegacyVolume>();
  const flowOf = flowReader(settings);
  for (const name of names) {
    if (volumes.has(name)) {
      throw refused({ section: "FSGlobals", option: "VolumeList", near: list }, `must name ${shorten(name)} only once`);
    }
    const section = settings.get(`Volume:${name}`);
    if (section === undefined) {
      throw refused(
        { section: `Volume:${name}`, near: list },
        "must be there, since [FSGlobals]VolumeList names the volume",
      );
    }
    volumes.set(name, volumeOf(name, section, flowOf));
  }

  const upgraded = new Map<string, Run>(settings);
  const groupNames = names.map((name) => prefix + name + suffix);
  upgraded.set("FSGlobals", globalsWith(globals, list, groupNames));
  const origin = originOf(list);
  for (const volume of volumes.values()) {
    upgraded.set(`Volume:${volume.name}`, volumeSection(volume));
    upgraded.set(`VolumeGroup:${prefix}${volume.name}${suffix}`, groupSection(volume, origin));
  }
  for (const { flowName } of volumes.values()) upgraded.delete(`FlowControl:${flowName}`);
  return upgraded;
}

function affixOf(settings: Settings, option: string): string {
  const section = settings.get("Transitions");
  const setting = section === undefined ? undefined : findSetting(section, option);
  if (setting === undefined) return "";
  const values = valuesOf(setting);
  if (values.length > 1) {
    throw refused({ section: "Transitions", option, near: setting }, "must have one value or none");
  }
  return values[0] ?? "";
}

function volumeOf(name: string, run: Run, flowOf: FlowReader): LegacyVolume {
  const section = `Volume:${name}`;
  const options = settingsOf(run);
  const peer = options.get("PrimaryPeer");
  if (peer === undefined || valuesOf(peer).length > 1) {
    const near = peer ?? firstSetting(run);
    throw refused({ section, option: "PrimaryPeer", near }, "must be there, with one value or none");
  }
  const named = options.get("FlowControl");
  const flowNames = named === undefined ? [] : valuesOf(named);
  const flowName = flowNames[0];
  if (named === undefined || flowName === undefined || flowNames.length > 1) {
    throw refused(
      { section, option: "FlowControl", near: named ?? firstSetting(run) },
      "must name one flow control section",
    );
  }
  return { name, section: options, peer, flowName, flow: flowOf(flowName, named, section) };
}

/** The options of a flow control section that a setting of a volume names. */
type FlowReader = (name: string, named: Setting, volumeSection: string) => ReadonlyMap<string, Setting>;

/** Reads and checks each flow control section once: a thousand volumes may name the same. */
function flowReader(settings: Settings): FlowReader {
  const read = new Map<string, ReadonlyMap<string, Setting>>();
  return (name, named, volumeSection) => {
    const known = read.get(name);
    if (known !== undefined) return known;
    const section = `FlowControl:${name}`;
    const run = settings.get(section);
    const why = `must be there, since ${nameOf(volumeSection)}FlowControl names the section`;
    if (run === undefined) throw refused({ section, near: named }, why);
    const options = settingsOf(run);
    for (const option of [...GROUP_OPTIONS, ...VOLUME_OPTIONS]) {
      if (!options.has(option)) throw refused({ section, option, near: firstSetting(run) }, why);
    }
    read.set(name, options);
    return options;
  };
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

const NONE: readonly string[] = Object.freeze([]);

function groupSection({ name, peer, flow }: LegacyVolume, origin: Origin | undefined): Run {
  const entries = new Map<string, Entry>([
    ["VolumeList", { values: Object.freeze([name]), origin }],
    ["VirtualIPAddr", { values: NONE, origin }],
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
  /** A setting that is there, at or near what is wrong. */
  readonly near?: Setting | undefined;
}

function refused({ section, option, near }: Place, why: string): TransitionError {
  const origin = near === undefined ? undefined : originOf(near);
  const message = `${at(origin)}${nameOf(section ?? "", option)} ${why} (a conf from before volume groups cannot be upgraded without)`;
  return new TransitionError("UPGRADE_REFUSED", message, { section, option, ...origin });
}
