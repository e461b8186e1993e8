/** Laws of the delta, as properties. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Delta, diffTopologies, isEmptyDelta } from "../../src/topology/delta.ts";
import type { Topology } from "../../src/topology/topology.ts";
import { topologies } from "./topologies.ts";

const RUNS = { numRuns: 1_000 };

/** What a topology says, without order: group → peer, volume → group. */
function contents(topology: Topology) {
  const groups = new Map(topology.groups.map(({ name, activePeer }) => [name, activePeer]));
  const volumes = new Map(
    topology.groups.flatMap(({ name, volumes }) => volumes.map((volume): [string, string] => [volume, name])),
  );
  return { groups, volumes };
}

function applied(topology: Topology, delta: Delta) {
  const { groups, volumes } = contents(topology);
  for (const { name, activePeer } of [...delta.groupsCreated, ...delta.groupsMoved]) groups.set(name, activePeer);
  for (const { volumeName, volumeGroupName } of [...delta.volumesCreated, ...delta.volumesMoved])
    volumes.set(volumeName, volumeGroupName);
  for (const { volumeName } of delta.volumesDestroyed) volumes.delete(volumeName);
  for (const { name } of delta.groupsDestroyed) groups.delete(name);
  return { groups, volumes };
}

test("equal topologies give an empty delta", () => {
  fc.assert(
    fc.property(topologies(), (at) => void expect(isEmptyDelta(diffTopologies(at, structuredClone(at)))).toBe(true)),
    RUNS,
  );
});

test("a delta applied to the old gives the new", () => {
  fc.assert(
    fc.property(
      topologies(),
      topologies(),
      (from, to) => void expect(applied(from, diffTopologies(from, to))).toEqual(contents(to)),
    ),
    RUNS,
  );
});

test("created, destroyed and moved are disjoint, and each subject is named once", () => {
  fc.assert(
    fc.property(topologies(), topologies(), (from, to) => {
      const delta = diffTopologies(from, to);
      const groups = [...delta.groupsCreated, ...delta.groupsMoved, ...delta.groupsDestroyed].map(({ name }) => name);
      const volumes = [...delta.volumesCreated, ...delta.volumesMoved, ...delta.volumesDestroyed].map(
        ({ volumeName }) => volumeName,
      );
      expect(new Set(groups).size).toBe(groups.length);
      expect(new Set(volumes).size).toBe(volumes.length);
    }),
    RUNS,
  );
});

test("the rules of serving, asked volume by volume", () => {
  fc.assert(
    fc.property(topologies(), topologies(), (from, to) => {
      const delta = diffTopologies(from, to);
      const before = contents(from);
      const after = contents(to);
      const unserve = new Set(delta.toUnserve.map(({ volumeName }) => volumeName));
      const serve = new Set(delta.toServe.map(({ volumeName }) => volumeName));
      for (const volume of new Set([...before.volumes.keys(), ...after.volumes.keys()])) {
        const then = before.volumes.get(volume);
        const now = after.volumes.get(volume);
        const servedThen = then !== undefined && before.groups.get(then) === "Peer0";
        const servedNow = now !== undefined && after.groups.get(now) === "Peer0";
        const groupMoved = then !== undefined && then === now && before.groups.get(then) !== after.groups.get(then);
        const touched = then !== now || groupMoved;
        expect(unserve.has(volume)).toBe(servedThen && touched);
        expect(serve.has(volume)).toBe(servedNow && touched);
      }
    }),
    RUNS,
  );
});

test("the order of groups and volumes has no meaning for what is in a delta", () => {
  fc.assert(
    fc.property(topologies(), topologies(), (from, to) => {
      const backwards = {
        ...to,
        groups: [...to.groups].reverse().map((group) => ({ ...group, volumes: [...group.volumes].reverse() })),
      };
      const names = (delta: Delta) =>
        Object.entries(delta).map(([key, list]: [string, readonly object[]]) => [
          key,
          list.map((each) => ("name" in each ? each.name : JSON.stringify(each))).sort(),
        ]);
      expect(names(diffTopologies(from, backwards))).toEqual(names(diffTopologies(from, to)));
    }),
    RUNS,
  );
});
