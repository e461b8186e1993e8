/**
 * A plan's phases as a journal keeps them: names, with the groups of volumes as runs.
 *
 * Full event objects of a large plan would be several times the size, and writing them would take longer than the
 * transition; names say the same.
 */
import { z } from "zod";
import { EventList } from "../plan/event-list.ts";
import { CALLBACK_NAMES, CALLBACKS, type CallbackName } from "../plan/lifecycle-event.ts";
import type { Cohort } from "../plan/plan.ts";
import { PlacedVolumes } from "../topology/placed-volumes.ts";

const cohortSchema = z.lazy(() =>
  z.object({
    origin: z.number().int(),
    participants: z.array(z.string()),
    /** Volumes, in dispatch order. */
    volumes: z.array(z.string()).optional(),
    /** Their groups: name and number of consecutive volumes. */
    runs: z.array(z.tuple([z.string(), z.number().int()])).optional(),
    /** Groups: name, active peer, virtual IP address. */
    groups: z.array(z.tuple([z.string(), z.string(), z.string()])).optional(),
  }),
);
type CohortRecord = z.infer<typeof cohortSchema>;

const callback = z.lazy(() => z.enum(CALLBACK_NAMES as unknown as readonly [CallbackName, ...CallbackName[]]));

export const planSchema = z.lazy(() =>
  z.object({
    command: z.enum(["up", "signaled", "down"]),
    order: z.enum(["documented", "proxyfs"]),
    arrives: z.boolean(),
    participants: z.array(z.object({ name: z.string(), callbacks: z.array(callback).optional() })),
    origins: z.array(z.array(z.string())),
    phases: z.array(
      z.object({ callback, direction: z.enum(["registration", "reverse"]), cohorts: z.array(cohortSchema) }),
    ),
  }),
);

export function cohortRecord({ origin, participants, events }: Cohort): CohortRecord {
  const record = { origin, participants: [...participants] };
  switch (CALLBACKS[events.callback].subject) {
    case "none":
      return record;
    case "group":
      return {
        ...record,
        groups: events.groups().map(({ name, activePeer, virtualIPAddr }) => [name, activePeer, virtualIPAddr]),
      };
    case "volume":
      return { ...record, ...events.volumesInRuns() };
  }
}

export function cohortFromRecord(name: CallbackName, record: CohortRecord): Cohort {
  const { origin, participants, volumes = [], runs = [], groups = [] } = record;
  switch (CALLBACKS[name].subject) {
    case "none":
      return { origin, participants, events: new EventList(name, []) };
    case "group": {
      const subjects = groups.map(([group, activePeer, virtualIPAddr]) => ({
        name: group,
        activePeer,
        virtualIPAddr,
        volumes: [],
      }));
      return { origin, participants, events: new EventList(name, subjects) };
    }
    case "volume": {
      const subjects = new PlacedVolumes();
      for (const [volumeGroupName, count] of runs) {
        for (let i = 0; i < count; i++) subjects.add(volumes[subjects.length] as string, volumeGroupName);
      }
      return { origin, participants, events: new EventList(name, subjects) };
    }
  }
}
