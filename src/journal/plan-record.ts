/**
 * A plan as a journal keeps it: the names that its events are about, and not the events.
 *
 * Full event objects of a large plan would be several times the size, and writing them would take longer than the transition;
 * names say the same. A start and an end tell of the volumes of one topology several times: they stand in the record once, as
 * a roll, and each phase says which groups of it it is about. A large roll is that of a conf which the journal has already,
 * and the record says of which one.
 */
import { z } from "zod";
import { EventList, type Subjects } from "../plan/event-list.ts";
import { CALLBACK_NAMES, CALLBACKS, type CallbackName } from "../plan/lifecycle-event.ts";
import type { OrderRow } from "../plan/order.ts";
import type { Cohort, PhaseInDraft, Plan } from "../plan/plan.ts";
import { atOnce } from "../stretches.ts";
import { PlacedVolumes } from "../topology/placed-volumes.ts";
import { hasVolumeRoll, type Topology, volumeRoll } from "../topology/topology.ts";
import type { VolumeGroup } from "../topology/volume-group.ts";
import { VolumeRoll } from "../topology/volume-roll.ts";
import type { JournalRecord } from "./journal.ts";

/** Names from which on a list is told by its conf. Smaller ones are kept whole: anybody can read them where they are. */
const LARGE = 1_024;

const FIRST_WITH_ROLLS = 2;

const span = z.lazy(() => z.tuple([z.number().int().min(0), z.number().int()]));

const rollSchema = z.lazy(() =>
  z.union([
    /** The groups of a conf, and their volumes: its hash. */
    z.object({ conf: z.string() }),
    z
      .object({
        /** Name and number of volumes. */
        groups: z.array(z.tuple([z.string(), z.number().int().min(0)])),
        /** Those of all groups. */
        volumes: z.array(z.string()),
      })
      .refine(({ groups, volumes }) => groups.reduce((sum, [, count]) => sum + count, 0) === volumes.length, {
        message: "its groups have more volumes than it has, or fewer",
      }),
  ]),
);
type RollRecord = z.infer<typeof rollSchema>;

const cohortSchema = z.lazy(() =>
  z.object({
    origin: z.number().int(),
    participants: z.array(z.string()),
    /** The events are about groups of this one of the plan's rolls, or their volumes; the phase's direction goes through them. */
    roll: z.number().int().optional(),
    /** Which groups: the first of each span, and the one behind its last. */
    spans: z.array(span).optional(),
    /** Volumes that stand in no roll, in dispatch order. */
    volumes: z.array(z.string()).optional(),
    /** Their groups: name and number of consecutive volumes. */
    runs: z.array(z.tuple([z.string(), z.number().int()])).optional(),
    /** Groups that stand in no roll, in dispatch order: name, active peer, virtual IP address. */
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
    rolls: z.array(rollSchema),
    phases: z.array(
      z.object({ callback, direction: z.enum(["registration", "reverse"]), cohorts: z.array(cohortSchema) }),
    ),
  }),
);
export type PlanRecord = z.infer<typeof planSchema>;

/** A conf that a journal has by the time of a plan. */
export interface RecordedConf {
  readonly hash: string;
  readonly topology: Topology;
}

/**
 * @param confs those that it may speak of
 * @param large names from which on it does
 */
export function planRecord(plan: Plan, confs: readonly RecordedConf[], large = LARGE): PlanRecord {
  const rolls = new Rolls(confs, large);
  const phases = plan.phases.map(({ callback, direction, cohorts }) => ({
    callback,
    direction,
    cohorts: cohorts.map((cohort) => cohortRecord(cohort, rolls)),
  }));
  return {
    command: plan.command,
    order: plan.order,
    arrives: plan.arrives,
    participants: plan.participants as PlanRecord["participants"],
    origins: plan.origins.map(({ participants }) => [...participants]),
    rolls: rolls.records,
    phases,
  };
}

/** The rolls of a record, as they come up. */
class Rolls {
  readonly records: RollRecord[] = [];
  readonly #confs: readonly RecordedConf[];
  readonly #large: number;
  /** Of a roll that is kept whole, or the hash of a conf. */
  readonly #positions = new Map<VolumeRoll | string, number>();

  constructor(confs: readonly RecordedConf[], large: number) {
    this.#confs = confs;
    this.#large = large;
  }

  of(roll: VolumeRoll): number {
    const conf = roll.length >= this.#large && this.#confs.find(({ topology }) => hasVolumeRoll(topology, roll));
    if (conf) return this.#ofConf(conf);
    return this.#position(roll, () => {
      roll.names.make(0, roll.length);
      return {
        groups: roll.groups.map((name, i) => [name, roll.startOf(i + 1) - roll.startOf(i)]),
        volumes: roll.names.made.slice(0, roll.length) as string[],
      };
    });
  }

  /** The position of the conf that has these groups and no others; undefined: none has. */
  ofGroups(groups: Subjects): number | undefined {
    if (groups.length < this.#large) return undefined;
    const conf = this.#confs.find(({ topology }) => areSame(topology.groups, groups));
    return conf && this.#ofConf(conf);
  }

  #ofConf({ hash }: RecordedConf): number {
    return this.#position(hash, () => ({ conf: hash }));
  }

  #position(key: VolumeRoll | string, record: () => RollRecord): number {
    const known = this.#positions.get(key);
    if (known !== undefined) return known;
    this.#positions.set(key, this.records.length);
    return this.records.push(record()) - 1;
  }
}

function areSame(groups: readonly VolumeGroup[], subjects: Subjects): boolean {
  return (
    !(subjects instanceof PlacedVolumes) &&
    groups.length === subjects.length &&
    groups.every((group, i) => group === subjects[i])
  );
}

function cohortRecord({ origin, participants, events }: Cohort, rolls: Rolls): CohortRecord {
  const record = { origin, participants: [...participants] };
  switch (CALLBACKS[events.callback].subject) {
    case "none":
      return record;
    case "group": {
      const roll = rolls.ofGroups(events.subjects);
      if (roll !== undefined) return { ...record, roll, spans: [[0, events.length]] };
      return {
        ...record,
        groups: events.groups().map(({ name, activePeer, virtualIPAddr }) => [name, activePeer, virtualIPAddr]),
      };
    }
    case "volume": {
      const volumes = events.subjects as PlacedVolumes;
      if (volumes.roll === undefined) return { ...record, ...events.volumesInRuns() };
      return { ...record, roll: rolls.of(volumes.roll), spans: volumes.spans() };
    }
  }
}

/** The hashes of the confs that have the names of a record, if it is a plan's. */
export function confsNamedIn({ type, version, body }: JournalRecord): readonly string[] {
  if (type !== "PlanMade" || version < FIRST_WITH_ROLLS) return [];
  const { rolls } = JSON.parse(body) as Pick<PlanRecord, "rolls">;
  return rolls.flatMap((roll) => ("conf" in roll ? [roll.conf] : []));
}

/** What a recorded plan's events are made from. */
interface Roll {
  readonly groups: readonly VolumeGroup[];
  readonly volumes: VolumeRoll;
}

/**
 * The phases of a plan that was recorded.
 * @param topologyOf the topology of a conf, by its hash
 * @throws RangeError when it speaks of a conf that is not there, or of groups that its roll does not have
 */
export function phasesOfRecord(
  { rolls, phases }: PlanRecord,
  topologyOf: (hash: string) => Topology | undefined,
): PhaseInDraft[] {
  const made = rolls.map((roll) => ("conf" in roll ? rollOfConf(roll.conf, topologyOf) : rollOfNames(roll)));
  return phases.map(({ callback, direction, cohorts }) => ({
    callback,
    direction,
    cohorts: cohorts.map((cohort) => {
      const { origin, participants } = cohort;
      return { origin, participants, events: eventsOfRecord(cohort, { callback, direction }, made) };
    }),
  }));
}

function rollOfConf(hash: string, topologyOf: (hash: string) => Topology | undefined): Roll {
  const topology = topologyOf(hash);
  if (topology === undefined) throw new RangeError(`no conf ${hash.slice(0, 12)} was recorded`);
  return { groups: topology.groups, volumes: volumeRoll(topology) };
}

function rollOfNames({ groups, volumes }: Exclude<RollRecord, { readonly conf: string }>): Roll {
  let from = 0;
  const whole = groups.map(([name, count]): VolumeGroup => {
    const own = volumes.slice(from, from + count);
    from += count;
    return { name, activePeer: "", virtualIPAddr: "", volumes: own };
  });
  return { groups: whole, volumes: atOnce(VolumeRoll.making(whole)) };
}

function eventsOfRecord(
  { roll: position, spans = [], volumes = [], runs = [], groups = [] }: CohortRecord,
  { callback, direction }: OrderRow,
  rolls: readonly Roll[],
): EventList {
  const { subject } = CALLBACKS[callback];
  if (subject === "none") return new EventList(callback, []);
  if (position === undefined) {
    if (subject === "volume") return new EventList(callback, volumesOfRuns(volumes, runs));
    const own = groups.map(([name, activePeer, virtualIPAddr]) => ({ name, activePeer, virtualIPAddr, volumes: [] }));
    return new EventList(callback, own);
  }
  const roll = rolls[position];
  if (roll === undefined || spans.some(([from, to]) => from > to || to > roll.groups.length))
    throw new RangeError(`${callback} is about groups that the plan's roll ${position} does not have`);
  if (subject === "group")
    return new EventList(
      callback,
      spans.flatMap(([from, to]) => roll.groups.slice(from, to)),
      direction,
    );
  const placed = new PlacedVolumes();
  for (const [from, to] of spans) for (let group = from; group < to; group++) placed.addGroup(roll.volumes, group);
  return new EventList(callback, placed, direction);
}

function volumesOfRuns(volumes: readonly string[], runs: readonly (readonly [string, number])[]): PlacedVolumes {
  const placed = new PlacedVolumes();
  for (const [volumeGroupName, count] of runs)
    for (let i = 0; i < count; i++) placed.add(volumes[placed.length] as string, volumeGroupName);
  return placed;
}
