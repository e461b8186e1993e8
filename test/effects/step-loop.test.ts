/**
 * The loop of steps: the events that it makes are those of the event list, for any callback and in either direction, fresh each
 * time, called in one go, in parts, or one by one.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { Brake } from "../../src/effects/brake.ts";
import type { DeliveryFrame } from "../../src/effects/dispatched-step.ts";
import { StepLoop } from "../../src/effects/step-loop.ts";
import { EventList } from "../../src/plan/event-list.ts";
import { CALLBACK_NAMES, CALLBACKS, type LifecycleEvent, subjectOf } from "../../src/plan/lifecycle-event.ts";
import { planTransition } from "../../src/plan/plan.ts";
import { PlacedVolumes } from "../../src/topology/placed-volumes.ts";
import { topologies } from "../topology/topologies.ts";

const RUNS = { numRuns: 1_000 };

/** A loop over these events, and what it calls. */
function loopOver(events: EventList, method: (event: LifecycleEvent) => void | PromiseLike<void> = () => {}) {
  const told: LifecycleEvent[] = [];
  const brake = new Brake();
  const frame = { delivery: { events } } as unknown as DeliveryFrame;
  const called = (event: LifecycleEvent) => {
    told.push(event);
    return method(event);
  };
  return { loop: new StepLoop(frame, { callbacks: {}, method: called }, brake), told, brake };
}

/** The events from one on, called in these numbers at a time; 0: one by one. */
function toldIn(events: EventList, from: number, parts: readonly number[]): readonly LifecycleEvent[] {
  const { loop, told } = loopOver(events);
  const lane: Parameters<StepLoop["one"]>[1] = { step: undefined };
  for (let turn = 0, next = from; next < events.length; turn++) {
    const part = parts[turn % parts.length] ?? 0;
    if (part === 0) {
      loop.one(next, lane);
      expect(lane.step?.index).toBe(next++);
    } else {
      loop.run(next, Math.min(events.length, next + part));
      next = loop.next;
    }
  }
  return told;
}

function oneByOne(events: EventList, from = 0) {
  return Array.from({ length: events.length - from }, (_, i) => events.at(from + i));
}

const parts = fc.array(fc.nat(9), { minLength: 1, maxLength: 5 });

test("the events of any callback are what the list says, in either direction, from anywhere on", () => {
  const names = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 4 }), { maxLength: 12 });
  fc.assert(
    fc.property(
      fc.constantFrom(...CALLBACK_NAMES),
      names,
      fc.boolean(),
      fc.nat(12),
      parts,
      (callback, subjects, back, start, each) => {
        const volumes = new PlacedVolumes();
        subjects.forEach((name, i) => {
          volumes.add(name, `group ${i >> 1}`);
        });
        const groups = subjects.map((name) => ({
          name,
          activePeer: `peer of ${name}`,
          virtualIPAddr: "",
          volumes: [],
        }));
        const kind = CALLBACKS[callback].subject;
        const list = new EventList(callback, kind === "volume" ? volumes : groups, back ? "reverse" : "registration");
        fc.pre(list.length > 0);
        const from = Math.min(start, list.length - 1);
        expect(toldIn(list, from, each)).toEqual(oneByOne(list, from));
        const told = toldIn(list, 0, each).map(subjectOf);
        if (kind !== "none") expect(back ? told.reverse() : told).toEqual(subjects);
      },
    ),
    RUNS,
  );
});

test("so are those of whole groups, whose names are made by the loop, and each event is a fresh one", () => {
  fc.assert(
    fc.property(topologies(), fc.constantFrom("up" as const, "down" as const), parts, (topology, command, each) => {
      const from = command === "down" ? topology : undefined;
      const { phases } = planTransition({ command, from, to: topology, participants: ["p"] });
      for (const { cohorts } of phases) {
        for (const { events } of cohorts) {
          const told = toldIn(events, 0, each);
          expect(told).toEqual(oneByOne(events));
          expect(told[0]).not.toBe(toldIn(events, 0, [1])[0]);
        }
      }
    }),
    RUNS,
  );
});

const NAMES = ["a", "b", "c", "d", "e"];

test.each([
  ["volumes", "stopped", () => new EventList("ServeVolume", placed(NAMES))],
  ["volumes", "paused", () => new EventList("ServeVolume", placed(NAMES))],
  ["groups", "stopped", () => new EventList("VolumeGroupMoved", NAMES.map(groupNamed))],
  ["groups", "paused", () => new EventList("VolumeGroupMoved", NAMES.map(groupNamed))],
] as const)(
  "it says which step threw, which one answered with a promise, and where somebody braked: %s, %s",
  (_, by, make) => {
    const list = make();
    const answer = Promise.resolve();
    const { loop, told, brake } = loopOver(list, (event) => {
      const subject = subjectOf(event);
      if (subject === "b") throw new Error("full");
      if (subject === "c") return answer;
      if (subject === "d") brake[by] = true;
      return undefined;
    });
    expect(() => loop.run(0, 5)).toThrow("full");
    expect([loop.step?.index, loop.next]).toEqual([1, 2]);
    expect(loop.run(2, 5)).toBe(answer);
    expect([loop.step?.index, loop.next]).toEqual([2, 3]);
    expect(loop.run(3, 5)).toBeUndefined();
    expect([loop.step?.index, loop.next]).toEqual([3, 4]);
    expect(told.map(subjectOf)).toEqual(["a", "b", "c", "d"]);
  },
);

function placed(names: readonly string[]): PlacedVolumes {
  const volumes = new PlacedVolumes();
  for (const name of names) volumes.add(name, name < "c" ? "G" : "H");
  return volumes;
}

function groupNamed(name: string) {
  return { name, activePeer: "P", virtualIPAddr: "", volumes: [] };
}
