/**
 * Told: under which ConfMap a participant was last told of each volume and group.
 *
 * A participant that takes a volume down wants the options that it set the volume up with, and by then the volume's
 * section may be gone or changed. Who was told what is kept as layers, newest first: a transition adds one layer with the
 * subjects that it touched, so that a reload of one volume among a hundred thousand costs one entry.
 */
import type { ConfMap } from "../conf/conf-map.ts";

/** A persistent record; sharing one between participants is safe. */
export interface Told {
  /** The ConfMap of everything that no newer layer names. */
  readonly base: ConfMap | undefined;
  /** Newest first. */
  readonly layers: readonly ToldLayer[];
}

/** What one transition (or several, merged) told. */
export interface ToldLayer {
  readonly groups: ReadonlyMap<string, ConfMap>;
  readonly volumes: ReadonlyMap<string, ConfMap>;
}

export const NOTHING_TOLD: Told = { base: undefined, layers: [] };

/** Everything was told under this ConfMap. */
export function toldAll(confMap: ConfMap | undefined): Told {
  return confMap === undefined ? NOTHING_TOLD : { base: confMap, layers: [] };
}

/** A look-up walks the layers, so there may not be many of them. */
const LAYERS_AT_MOST = 8;

/** Adds what a transition under `confMap` told. */
export function tell(
  told: Told,
  confMap: ConfMap | undefined,
  touched: { groups: Iterable<string>; volumes: Iterable<string> },
): Told {
  if (confMap === undefined) return told;
  const groups = new Map<string, ConfMap>();
  const volumes = new Map<string, ConfMap>();
  for (const name of touched.groups) groups.set(name, confMap);
  for (const name of touched.volumes) volumes.set(name, confMap);
  if (groups.size === 0 && volumes.size === 0) return told;
  const layers = [{ groups, volumes }, ...told.layers];
  return { base: told.base, layers: layers.length > LAYERS_AT_MOST ? [mergeLayers(layers)] : layers };
}

/** The ConfMap under which the volume was last told of. */
export function toldOfVolume(told: Told, name: string): ConfMap | undefined {
  for (const layer of told.layers) {
    const confMap = layer.volumes.get(name);
    if (confMap !== undefined) return confMap;
  }
  return told.base;
}

/** The ConfMap under which the group was last told of. */
export function toldOfGroup(told: Told, name: string): ConfMap | undefined {
  for (const layer of told.layers) {
    const confMap = layer.groups.get(name);
    if (confMap !== undefined) return confMap;
  }
  return told.base;
}

function mergeLayers(layers: readonly ToldLayer[]): ToldLayer {
  const groups = new Map<string, ConfMap>();
  const volumes = new Map<string, ConfMap>();
  for (const layer of [...layers].reverse()) {
    for (const [name, confMap] of layer.groups) groups.set(name, confMap);
    for (const [name, confMap] of layer.volumes) volumes.set(name, confMap);
  }
  return { groups, volumes };
}
