/**
 * Replay: the facts of a journal, read back and folded.
 *
 * Start-up, history commands and tests all go through here. A snapshot stands for the facts before it: a start reads the
 * newest one and what follows.
 */
import { z } from "zod";
import { ConfMap } from "../conf/conf-map.ts";
import type { ConfSource } from "../conf/conf-source.ts";
import { TransitionError } from "../error.ts";
import type { LifecycleEvent } from "../plan/lifecycle-event.ts";
import {
  type Drifted,
  driftedFrom,
  type Known,
  type ParticipantState,
  type Settled,
} from "../plan/participant-state.ts";
import type { Told } from "../plan/told.ts";
import { readTopology } from "../topology/read-topology.ts";
import { equalTopologies, type Topology } from "../topology/topology.ts";
import { confOfRecord } from "./conf-record.ts";
import { evolve } from "./evolve.ts";
import type { DoubtfulStep, Fact } from "./fact.ts";
import { decodeRecord } from "./fact-codec.ts";
import type { Journal, JournalRecord, JournalSnapshot } from "./journal.ts";
import { EMPTY_LEDGER, type Ledger } from "./ledger.ts";

/** One fact with the ledger after it. */
export interface ReplayedFact {
  readonly record: JournalRecord;
  readonly fact: Fact;
  readonly ledger: Ledger;
}

/**
 * The ledger that follows from all facts of the journal, and the fact after which the snapshot was made that it set out from;
 * 0: there was none.
 */
export async function restore(journal: Journal): Promise<{ readonly ledger: Ledger; readonly snapshotAt: number }> {
  const snapshot = await journal.snapshot();
  const replay = new Replay(snapshot);
  for await (const record of journal.read({ from: replay.ledger.seq + 1 })) replay.next(record);
  return { ledger: replay.ledger, snapshotAt: snapshot?.seq ?? 0 };
}

/** Every fact up to `to`, in order, with the ledger after it; from the first fact, or the first that a memory journal kept. */
export async function* replayJournal(journal: Journal, to?: number): AsyncIterableIterator<ReplayedFact> {
  const replay = new Replay(undefined);
  for await (const record of journal.read({ to })) yield replay.next(record);
}

/** Folds records one by one. */
export class Replay {
  #ledger: Ledger;
  readonly #confs = new Map<string, ConfMap>();
  readonly #topologies = new Map<string, Topology>();

  constructor(snapshot: JournalSnapshot | undefined) {
    this.#ledger = snapshot === undefined ? EMPTY_LEDGER : this.#fromSnapshot(snapshot);
  }

  get ledger(): Ledger {
    return this.#ledger;
  }

  /** Another one at the same fact, so that one can be kept where it is while the other goes on. */
  fork(): Replay {
    const fork = new Replay(undefined);
    fork.#ledger = this.#ledger;
    for (const [hash, confMap] of this.#confs) fork.#confs.set(hash, confMap);
    for (const [hash, topology] of this.#topologies) fork.#topologies.set(hash, topology);
    return fork;
  }

  next(record: JournalRecord): ReplayedFact {
    const fact = decodeRecord(record, {
      ledger: this.#ledger,
      confMap: (hash) => this.#confs.get(hash),
      confOf: (conf) => confOfRecord(conf, this.#confs.get(conf.base ?? "")),
      topologyOf: (hash) => {
        const confMap = this.#confs.get(hash);
        return confMap && this.#topology(confMap);
      },
    });
    if (fact.type === "ConfRecorded") this.#confs.set(fact.hash, fact.confMap);
    try {
      this.#ledger = evolve(this.#ledger, fact);
    } catch (error) {
      throw new TransitionError(
        "JOURNAL_DAMAGED",
        `fact ${record.seq} (${record.type}) does not fit the facts before it: ${String(error)}`,
        { cause: error },
      );
    }
    return { record, fact, ledger: this.#ledger };
  }

  #topology(confMap: ConfMap): Topology {
    const { hash } = confMap;
    let topology = this.#topologies.get(hash);
    if (topology === undefined) {
      topology = readTopology(confMap);
      this.#topologies.set(hash, topology);
    }
    return topology;
  }

  #fromSnapshot(snapshot: JournalSnapshot): Ledger {
    const body = snapshotSchema.parse(JSON.parse(snapshot.body));
    for (const [hash, source] of body.confs) this.#confs.set(hash, ConfMap.fromSource(source as ConfSource));
    const confMap = (hash: string | null): ConfMap | undefined => (hash === null ? undefined : this.#confs.get(hash));
    const topology = (hash: string | null): Topology | undefined => {
      const conf = confMap(hash);
      return conf === undefined ? undefined : this.#topology(conf);
    };
    const states = body.states.map((state) => stateFromRecord(state, { confMap, topology }));
    const current = confMap(body.current);
    return {
      ...EMPTY_LEDGER,
      seq: snapshot.seq,
      streamId: body.streamId,
      epoch: body.epoch,
      whoAmI: body.whoAmI,
      participants: body.participants as Ledger["participants"],
      confs: new Set(body.confs.map(([hash]) => hash)),
      transitions: body.transitions,
      current: current === undefined ? undefined : { confMap: current, topology: this.#topology(current) },
      states: new Map(body.stateOf.map(([name, index]) => [name, states[index] as ParticipantState])),
      inDoubt: body.inDoubt.map((step) => doubtFromRecord(step, { confMap, topology })),
    };
  }
}

// ── Snapshots ───────────────────────────────────────────────────────────────────────────────────────────────────────

const told = z.lazy(() =>
  z.object({
    base: z.string().nullable(),
    layers: z.array(
      z.object({
        groups: z.array(z.tuple([z.string(), z.string()])),
        volumes: z.array(z.tuple([z.string(), z.string()])),
      }),
    ),
  }),
);
const known = z.lazy(() =>
  z.union([
    z.object({ kind: z.literal("settled"), conf: z.string().nullable(), told }),
    z.object({
      kind: z.literal("drifted"),
      groups: z.array(z.tuple([z.string(), z.string(), z.string().nullable()])),
      volumes: z.array(z.tuple([z.string(), z.string(), z.boolean(), z.boolean(), z.string().nullable()])),
    }),
  ]),
);
const stateSchema = z.lazy(() =>
  z.object({ up: z.boolean(), quiesced: z.boolean(), last: z.string().nullable(), known }),
);
const doubtSchema = z.lazy(() =>
  z.object({
    idempotencyKey: z.string(),
    transitionId: z.string(),
    participant: z.string(),
    callback: z.string(),
    event: z.looseObject({ type: z.string() }),
    conf: z.string().nullable(),
    target: z.boolean(),
    attempts: z.number(),
  }),
);
const snapshotSchema = z.lazy(() =>
  z.object({
    version: z.literal(1),
    streamId: z.string(),
    epoch: z.number(),
    whoAmI: z.string().optional(),
    participants: z.array(
      z.object({ name: z.string(), callbacks: z.array(z.string()), after: z.array(z.string()), durable: z.boolean() }),
    ),
    confs: z.array(z.tuple([z.string(), z.unknown()])),
    transitions: z.number(),
    current: z.string().nullable(),
    states: z.array(stateSchema),
    stateOf: z.array(z.tuple([z.string(), z.number()])),
    inDoubt: z.array(doubtSchema),
  }),
);
type StateRecord = z.infer<typeof stateSchema>;
type SnapshotBody = z.infer<typeof snapshotSchema>;

interface ConfLookup {
  confMap(hash: string | null): ConfMap | undefined;
  topology(hash: string | null): Topology | undefined;
}

/** The ledger between two transitions, with every ConfMap that it still speaks of, and their hashes. */
export function snapshotOf(ledger: Ledger): {
  readonly snapshot: JournalSnapshot;
  readonly confs: ReadonlySet<string>;
} {
  const confs = new Map<string, ConfMap>();
  const hashOf = (confMap: ConfMap | undefined): string | null => {
    if (confMap === undefined) return null;
    confs.set(confMap.hash, confMap);
    return confMap.hash;
  };
  const distinct = [...new Set(ledger.states.values())];
  const body: Omit<SnapshotBody, "confs"> = {
    version: 1,
    streamId: ledger.streamId,
    epoch: ledger.epoch,
    whoAmI: ledger.whoAmI,
    participants: ledger.participants.map(({ name, callbacks, after, durable }) => ({
      name,
      callbacks: [...callbacks],
      after: [...after],
      durable,
    })),
    transitions: ledger.transitions,
    current: hashOf(ledger.current?.confMap),
    states: distinct.map((state) => stateRecord(state, hashOf)),
    stateOf: [...ledger.states].map(([name, state]) => [name, distinct.indexOf(state)]),
    inDoubt: ledger.inDoubt.map(({ confMap, target, ...step }) => ({
      ...step,
      event: { ...step.event },
      conf: hashOf(confMap),
      target: target !== undefined,
    })),
  };
  const sources = [...confs].map(([hash, confMap]): [string, unknown] => [hash, confMap.source()]);
  return {
    snapshot: { seq: ledger.seq, body: JSON.stringify({ ...body, confs: sources }) },
    confs: new Set(confs.keys()),
  };
}

function stateRecord(state: ParticipantState, hashOf: (confMap: ConfMap | undefined) => string | null): StateRecord {
  const { up, quiesced } = state;
  const last = hashOf(state.lastConfMap);
  if (state.known.kind === "settled" && isAtLastConf(state.known, state.lastConfMap)) {
    const { topology, told: record } = state.known;
    const conf = topology.groups.length === 0 ? null : last;
    const layers = record.layers.map(({ groups, volumes }) => ({
      groups: [...groups].map(([name, confMap]): [string, string] => [name, hashOf(confMap) as string]),
      volumes: [...volumes].map(([name, confMap]): [string, string] => [name, hashOf(confMap) as string]),
    }));
    return { up, quiesced, last, known: { kind: "settled", conf, told: { base: hashOf(record.base), layers } } };
  }
  const { groups, volumes } = driftedFrom(state.known);
  return {
    up,
    quiesced,
    last,
    known: {
      kind: "drifted",
      groups: [...groups].map(([name, group]) => [name, group.activePeer, hashOf(group.told)]),
      volumes: [...volumes].map(([name, v]) => [name, v.group, v.served, v.noticed, hashOf(v.told)]),
    },
  };
}

/**
 * A settled participant is nearly always at the topology of the ConfMap that reached it last; not so one that was told
 * nothing but SignaledStart of a later one.
 */
function isAtLastConf({ topology }: Settled, lastConfMap: ConfMap | undefined): boolean {
  return (
    topology.groups.length === 0 ||
    (lastConfMap !== undefined && equalTopologies(readTopology(lastConfMap, topology), topology))
  );
}

function stateFromRecord(record: StateRecord, lookup: ConfLookup): ParticipantState {
  const { up, quiesced } = record;
  return { up, quiesced, lastConfMap: lookup.confMap(record.last), known: knownFromRecord(record.known, lookup) };
}

function knownFromRecord(record: StateRecord["known"], { confMap, topology }: ConfLookup): Known {
  if (record.kind === "settled") {
    const layers = record.told.layers.map(({ groups, volumes }) => ({
      groups: new Map(groups.map(([name, hash]) => [name, confMap(hash) as ConfMap])),
      volumes: new Map(volumes.map(([name, hash]) => [name, confMap(hash) as ConfMap])),
    }));
    const record_: Told = { base: confMap(record.told.base), layers };
    return { kind: "settled", topology: topology(record.conf) ?? { whoAmI: "", peers: [], groups: [] }, told: record_ };
  }
  const drifted: Drifted = {
    kind: "drifted",
    groups: new Map(record.groups.map(([name, activePeer, hash]) => [name, { activePeer, told: confMap(hash) }])),
    volumes: new Map(
      record.volumes.map(([name, group, served, noticed, hash]) => [
        name,
        { group, served, noticed, told: confMap(hash) },
      ]),
    ),
  };
  return drifted;
}

function doubtFromRecord(record: z.infer<typeof doubtSchema>, { confMap, topology }: ConfLookup): DoubtfulStep {
  const { conf, target, event, callback, ...rest } = record;
  return {
    ...rest,
    callback: callback as DoubtfulStep["callback"],
    event: event as unknown as LifecycleEvent,
    confMap: confMap(conf),
    target: target ? topology(conf) : undefined,
  };
}
