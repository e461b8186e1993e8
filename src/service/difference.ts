/**
 * The difference between two moments: settings, and what each participant knows and serves.
 */
import type { ConfMap } from "../conf/conf-map.ts";
import type { Origin } from "../conf/refusal.ts";
import { currentStates, type Ledger } from "../journal/ledger.ts";
import { type StateSummary, summaryOf, UNTOLD } from "../plan/participant-state.ts";

/** An option whose values differ; undefined: not there. */
export interface SettingChange {
  readonly section: string;
  readonly option: string;
  readonly before: readonly string[] | undefined;
  readonly after: readonly string[] | undefined;
  readonly file?: string | undefined;
  readonly line?: number | undefined;
}

export interface ParticipantChange {
  readonly participant: string;
  /** Each a sentence's end, such as `serves alpha`. */
  readonly changes: readonly string[];
}

/** Options that differ, in the order of the new configuration and then of what the old one had more. */
export function settingChanges(before: ConfMap | undefined, after: ConfMap | undefined): readonly SettingChange[] {
  const changes: SettingChange[] = [];
  const sections = new Set([...(after?.sections() ?? []), ...(before?.sections() ?? [])]);
  for (const section of sections) {
    const options = new Set([...optionsOf(after, section), ...optionsOf(before, section)]);
    for (const option of options) {
      const old = valuesOf(before, section, option);
      const now = valuesOf(after, section, option);
      if (JSON.stringify(old) === JSON.stringify(now)) continue;
      const origin: Origin | undefined = after?.origin(section, option) ?? before?.origin(section, option);
      changes.push({ section, option, before: old, after: now, ...origin });
    }
  }
  return changes;
}

function optionsOf(confMap: ConfMap | undefined, section: string): readonly string[] {
  return confMap?.has(section) ? confMap.options(section) : [];
}

function valuesOf(confMap: ConfMap | undefined, section: string, option: string): readonly string[] | undefined {
  return confMap?.has(section, option) ? confMap.strings(section, option) : undefined;
}

/** Participants that are elsewhere, in registration order. */
export function participantChanges(before: Ledger, after: Ledger): readonly ParticipantChange[] {
  const [old, now] = [currentStates(before), currentStates(after)];
  const names = new Set([...after.participants, ...before.participants].map(({ name }) => name));
  return [...names].flatMap((participant) => {
    const changes = summaryChanges(
      summaryOf(old.get(participant) ?? UNTOLD),
      summaryOf(now.get(participant) ?? UNTOLD),
    );
    return changes.length === 0 ? [] : [{ participant, changes }];
  });
}

function summaryChanges(old: StateSummary, now: StateSummary): readonly string[] {
  const changes: string[] = [];
  if (old.up !== now.up) changes.push(now.up ? "is up" : "is down");
  if (old.quiesced !== now.quiesced) changes.push(now.quiesced ? "is quiesced" : "is released");
  for (const [kind, was, is] of [
    ["group", old.groups, now.groups],
    ["volume", old.volumes, now.volumes],
  ] as const) {
    for (const name of Object.keys(was)) if (!(name in is)) changes.push(`forgot ${kind} ${name}`);
    for (const [name, place] of Object.entries(is)) {
      if (!(name in was)) changes.push(`knows ${kind} ${name}`);
      else if (was[name] !== place) changes.push(`${kind} ${name}: ${shown(was[name])} → ${shown(place)}`);
    }
  }
  const [before, after] = [new Set(old.served), new Set(now.served)];
  for (const name of before) if (!after.has(name)) changes.push(`serves ${name} no more`);
  for (const name of after) if (!before.has(name)) changes.push(`serves ${name}`);
  return changes;
}

function shown(place: string | undefined): string {
  return place === undefined || place === "" ? "nobody" : place;
}
