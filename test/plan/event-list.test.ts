/** Event lists: events are the same one by one and by the stretch, fresh each time, and in the direction of their phase. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { EventList } from "../../src/plan/event-list.ts";
import { CALLBACK_NAMES, CALLBACKS, subjectOf } from "../../src/plan/lifecycle-event.ts";
import { planTransition } from "../../src/plan/plan.ts";
import { PlacedVolumes } from "../../src/topology/placed-volumes.ts";
import { topologies } from "../topology/topologies.ts";

const RUNS = { numRuns: 1_000 };

function oneByOne(list: EventList, from = 0, to = list.length) {
  return Array.from({ length: to - from }, (_, i) => list.at(from + i));
}

test("every stretch of the events of any callback is what they are one by one, in either direction", () => {
  const names = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 4 }), { maxLength: 12 });
  const bounds = fc.tuple(fc.nat(12), fc.nat(12));
  fc.assert(
    fc.property(fc.constantFrom(...CALLBACK_NAMES), names, fc.boolean(), bounds, (callback, subjects, back, ends) => {
      const volumes = new PlacedVolumes();
      for (const name of subjects) volumes.add(name, `group of ${name}`);
      const groups = subjects.map((name) => ({ name, activePeer: `peer of ${name}`, virtualIPAddr: "", volumes: [] }));
      const kind = CALLBACKS[callback].subject;
      const list = new EventList(callback, kind === "volume" ? volumes : groups, back ? "reverse" : "registration");
      const [from = 0, to = 0] = ends.map((end) => Math.min(end, list.length)).sort((a, b) => a - b);
      expect(list.stretch(from, to)).toEqual(oneByOne(list, from, to));
      const told = list.stretch(0, list.length).map(subjectOf);
      if (kind !== "none") expect(back ? told.reverse() : told).toEqual(subjects);
    }),
    RUNS,
  );
});

test("the volumes of whole groups are told by the stretch as one by one, and each event is a fresh one", () => {
  fc.assert(
    fc.property(topologies(), fc.constantFrom("up" as const, "down" as const), (topology, command) => {
      const from = command === "down" ? topology : undefined;
      const { phases } = planTransition({ command, from, to: topology, participants: ["p"] });
      for (const { cohorts } of phases) {
        for (const { events } of cohorts) {
          // First by the stretch, which has the names made.
          const stretch = events.stretch(0, events.length);
          expect(stretch).toEqual(oneByOne(events));
          expect(stretch[0]).not.toBe(events.stretch(0, 1)[0]);
        }
      }
    }),
    RUNS,
  );
});
