/**
 * Facts as text, and back.
 *
 * A journal keeps each fact as a type, a version and a JSON body. Bodies are checked by zod schemas when they are read;
 * a body of an older version is upcast first, so that the fold only ever sees today's shapes. ConfMaps are kept once, by
 * hash; a plan as the names that each phase is about, so that history reads the same when the planner has changed.
 */
import { z } from "zod";
import type { ConfMap } from "../conf/conf-map.ts";
import { TransitionError } from "../error.ts";
import { UNTOLD } from "../plan/participant-state.ts";
import { assemblePlan, type Plan, type PlannedParticipant } from "../plan/plan.ts";
import type { Topology } from "../topology/topology.ts";
import { type ConfRecord, confRecord, confRecordSchema } from "./conf-record.ts";
import type { Fact } from "./fact.ts";
import type { JournalEntry, JournalRecord } from "./journal.ts";
import { currentStates, type Ledger } from "./ledger.ts";
import { type PlanRecord, phasesOfRecord, planRecord, planSchema, type RecordedConf } from "./plan-record.ts";

/** What a record is read with: the ledger before it, and the confs that earlier records brought. */
export interface DecodingContext {
  readonly ledger: Ledger;
  /** The ConfMap of a hash. */
  confMap(hash: string): ConfMap | undefined;
  /** That of a record of one. */
  confOf(record: ConfRecord): ConfMap | undefined;
  /** Its topology; read once for each hash. */
  topologyOf(hash: string): Topology | undefined;
}

const cause = z.lazy(() => z.object({ how: z.string(), who: z.string().optional(), reason: z.string().optional() }));
const failure = z.lazy(() => z.object({ code: z.string(), message: z.string() }));
const range = z.lazy(() => z.tuple([z.number().int(), z.number().int()]));
const declared = z.lazy(() =>
  z.object({
    name: z.string(),
    callbacks: z.array(z.string()),
    after: z.array(z.string()),
    durable: z.boolean(),
  }),
);
const kind = z.lazy(() => z.enum(["up", "signaled", "down", "rollback", "admit", "unregister"]));
const order = z.lazy(() => z.enum(["documented", "proxyfs"]));

/** The bodies as the journal has them, at their present versions. Made when one is read: at each import it would take long. */
const bodies = {
  ProcessStarted: z.lazy(() =>
    z.object({
      streamId: z.string(),
      program: z.string(),
      pid: z.number(),
      host: z.string(),
      epoch: z.number(),
    }),
  ),
  ParticipantsDeclared: z.lazy(() => z.object({ participants: z.array(declared) })),
  ConfRecorded: confRecordSchema,
  TransitionStarted: z.lazy(() =>
    z.object({
      transitionId: z.string(),
      kind,
      order,
      conf: z.string(),
      down: z.boolean(),
      participant: z.string().optional(),
      declared: declared.optional(),
      cause,
    }),
  ),
  PlanMade: planSchema,
  StepsAnnounced: z.lazy(() => z.object({ delivery: z.number().int(), range })),
  StepsApplied: z.lazy(() => z.object({ delivery: z.number().int(), ranges: z.array(range) })),
  StepFailed: z.lazy(() =>
    z.object({
      delivery: z.number().int(),
      index: z.number().int(),
      inDoubt: z.boolean(),
      failure,
      attempts: z.number().int(),
      dropped: z.boolean(),
    }),
  ),
  StepsWithdrawn: z.lazy(() => z.object({ delivery: z.number().int() })),
  StepsDropped: z.lazy(() => z.object({ delivery: z.number().int(), indexes: z.array(z.number().int()) })),
  StepSkipped: z.lazy(() => z.object({ as: z.enum(["applied", "not-applied"]), cause })),
  DoubtRedelivered: z.lazy(() => z.object({ idempotencyKey: z.string() })),
  DoubtSettled: z.lazy(() =>
    z.object({ idempotencyKey: z.string(), outcome: z.enum(["applied", "not-applied"]), by: z.string() }),
  ),
  LateAnswerHeard: z.lazy(() =>
    z.object({ idempotencyKey: z.string(), outcome: z.enum(["applied", "not-applied", "in-doubt"]) }),
  ),
  TransitionHeld: z.lazy(() =>
    z.object({
      failure,
      participant: z.string().optional(),
      callback: z.string().optional(),
      subject: z.string().optional(),
    }),
  ),
  TransitionResumed: z.lazy(() => z.object({ cause })),
  TransitionPaused: z.lazy(() => z.object({ cause })),
  TransitionAbandoned: z.lazy(() => z.object({ reason: z.string() })),
  PlanCarriedOut: z.lazy(() => z.object({})),
  TransitionFinished: z.lazy(() => z.object({ outcome: z.enum(["finished", "unchanged"]) })),
  RequestRefused: z.lazy(() =>
    z.object({
      kind,
      code: z.string(),
      message: z.string(),
      problems: z.array(z.looseObject({ rule: z.string(), message: z.string() })),
      cause,
    }),
  ),
} as const satisfies Record<Fact["type"], z.ZodType>;

/** Present version of every fact's body. Raise it with an upcast beside it. */
const VERSIONS: Readonly<Record<Fact["type"], number>> = {
  ...(Object.fromEntries(Object.keys(bodies).map((type) => [type, 1])) as Record<Fact["type"], number>),
  ConfRecorded: 2,
  PlanMade: 2,
};

/** Turns a body of an older version into one of the next; by type, then by the version that it starts from. */
const UPCASTS: Partial<Record<string, Readonly<Record<number, (body: unknown) => unknown>>>> = {
  // The first version kept every conf whole, which the second may do as well.
  ConfRecorded: { 1: (body) => body },
  // The first version had the names of volumes with each phase, as the second has those that stand in no roll.
  PlanMade: { 1: (body) => ({ ...(body as object), rolls: [] }) },
};

/**
 * A fact on its way into a journal.
 * @param confs those that the journal has, and keeps
 */
export function entryOf(fact: Fact, time: number, confs: readonly RecordedConf[]): JournalEntry {
  return new FactEntry(fact, time, confs);
}

/** The confs that a plan may be about: the one that was reached, and the one that shall be. */
export function recordedConfs({ current, transition, confs }: Ledger): readonly RecordedConf[] {
  return [transition && { confMap: transition.confMap, topology: transition.target }, current].flatMap((place) =>
    place?.topology !== undefined && confs.has(place.confMap.hash)
      ? [{ hash: place.confMap.hash, topology: place.topology }]
      : [],
  );
}

/** One object: a journal in memory keeps thousands of them. */
class FactEntry implements JournalEntry {
  readonly time: number;
  readonly #fact: Fact;
  readonly #confs: readonly RecordedConf[];

  constructor(fact: Fact, time: number, confs: readonly RecordedConf[]) {
    this.#fact = fact;
    this.#confs = confs;
    this.time = time;
  }

  get type(): Fact["type"] {
    return this.#fact.type;
  }

  get version(): number {
    return VERSIONS[this.#fact.type];
  }

  encode(): string {
    return JSON.stringify(bodyOf(this.#fact, this.#confs));
  }
}

function bodyOf(fact: Fact, confs: readonly RecordedConf[]): unknown {
  switch (fact.type) {
    case "ConfRecorded":
      return confRecord(fact.confMap, fact.base);
    case "TransitionStarted": {
      const { type: _, confMap, target, ...rest } = fact;
      return { ...rest, conf: confMap.hash, down: target === undefined };
    }
    case "PlanMade":
      return planRecord(fact.plan, confs);
    default: {
      const { type: _, ...rest } = fact;
      return rest;
    }
  }
}

/** The body of a record, upcast and checked. @throws TransitionError JOURNAL_DAMAGED, JOURNAL_NEWER */
function decodeBody(record: JournalRecord): {
  readonly type: Fact["type"];
  readonly body: Record<string, unknown>;
} {
  const schema = (bodies as Record<string, z.ZodType | undefined>)[record.type];
  const version = (VERSIONS as Record<string, number | undefined>)[record.type];
  if (schema === undefined || version === undefined || record.version > version) {
    throw new TransitionError(
      "JOURNAL_NEWER",
      `fact ${record.seq} is a ${record.type} of version ${record.version}, which this program does not know: use the program that wrote it, or a newer one`,
    );
  }
  try {
    let body: unknown = JSON.parse(record.body);
    for (let v = record.version; v < version; v++) body = UPCASTS[record.type]?.[v]?.(body);
    return { type: record.type as Fact["type"], body: schema.parse(body) as Record<string, unknown> };
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    throw new TransitionError("JOURNAL_DAMAGED", `fact ${record.seq} (${record.type}) cannot be read: ${why}`, {
      cause: error,
    });
  }
}

/** The fact of a record, with what it speaks of. @throws TransitionError JOURNAL_DAMAGED, JOURNAL_NEWER */
export function decodeRecord(record: JournalRecord, context: DecodingContext): Fact {
  const { type, body } = decodeBody(record);
  const damaged = (why: string) =>
    new TransitionError("JOURNAL_DAMAGED", `fact ${record.seq} (${type}) does not fit the facts before it: ${why}`);
  switch (type) {
    case "ConfRecorded": {
      const record = body as ConfRecord;
      const confMap = context.confOf(record);
      if (confMap === undefined) throw damaged("it does not make of the conf before it what was recorded");
      return { type, hash: record.hash, confMap };
    }
    case "TransitionStarted": {
      const { conf, down, ...rest } = body as z.infer<typeof bodies.TransitionStarted>;
      const confMap = context.confMap(conf);
      if (confMap === undefined) throw damaged(`no conf ${conf.slice(0, 12)} was recorded`);
      return { type, ...rest, confMap, target: down ? undefined : context.topologyOf(conf) } as Fact;
    }
    case "PlanMade": {
      const plan = body as PlanRecord;
      const open = context.ledger.transition;
      if (open === undefined) throw damaged("no transition is open");
      return { type, plan: planOfRecord(plan, open.target, context, damaged) };
    }
    default:
      return { type, ...body } as unknown as Fact;
  }
}

function planOfRecord(
  record: PlanRecord,
  target: Topology | undefined,
  { ledger, topologyOf }: DecodingContext,
  damaged: (why: string) => TransitionError,
): Plan {
  // The plan before, if it was one of the Up phase alone, is worked in only by this very fact.
  const states = currentStates(ledger);
  const origins = record.origins.map((participants) => ({
    participants,
    state: states.get(participants[0] ?? "") ?? UNTOLD,
  }));
  try {
    const participants = record.participants as readonly PlannedParticipant[];
    return assemblePlan({ ...record, target, participants, origins, phases: phasesOfRecord(record, topologyOf) });
  } catch (error) {
    if (error instanceof RangeError) throw damaged(error.message);
    throw error;
  }
}
