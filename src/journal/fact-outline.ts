/**
 * FactOutlines: facts read one by one, without those before them, for who lists or searches a history and does not fold it.
 *
 * The only fact that cannot be read by itself is the plan of a large transition, whose names stand in a conf that was recorded
 * before it. That one is looked for.
 */
import { ConfMap } from "../conf/conf-map.ts";
import { inStretches } from "../stretches.ts";
import { readingTopology } from "../topology/read-topology.ts";
import { emptyTopology, type Topology } from "../topology/topology.ts";
import { type ConfRecord, confOfRecord, confRecordSchema, newsOfRecord } from "./conf-record.ts";
import type { Fact } from "./fact.ts";
import { decodeRecord } from "./fact-codec.ts";
import type { Journal, JournalRecord } from "./journal.ts";
import { EMPTY_LEDGER, type OpenTransition } from "./ledger.ts";
import { confsNamedIn, type RecordedConf } from "./plan-record.ts";

const NO_CONF = ConfMap.from({});
const NO_TOPOLOGY = emptyTopology("");
const NO_TRANSITION: OpenTransition = {
  ...{ id: "", kind: "signaled", order: "documented", confMap: NO_CONF, target: undefined, participant: undefined },
  ...{ cause: { how: "" }, progress: undefined, failed: undefined, held: undefined, paused: false, without: [] },
};
const OUTLINE_LEDGER = { ...EMPTY_LEDGER, transition: NO_TRANSITION };

export class FactOutlines {
  readonly #journal: Journal;
  readonly #atHand: () => readonly RecordedConf[];
  /** The conf that was read last: plans that follow each other speak of few. */
  #last: RecordedConf | undefined;

  /** @param atHand confs that need not be read */
  constructor(journal: Journal, atHand: () => readonly RecordedConf[] = () => []) {
    this.#journal = journal;
    this.#atHand = atHand;
  }

  /**
   * The fact of a record: a transition has an empty ConfMap and an empty target, a plan does not know where its participants set
   * out from, and of a conf that was kept as edits there is what they add.
   * @throws TransitionError JOURNAL_DAMAGED, JOURNAL_NEWER
   */
  async of(record: JournalRecord): Promise<Fact> {
    const topologies = new Map<string, Topology>();
    for (const hash of confsNamedIn(record)) {
      const topology = await this.#topologyOf(hash, record.seq);
      if (topology !== undefined) topologies.set(hash, topology);
    }
    return decodeRecord(record, {
      ledger: OUTLINE_LEDGER,
      confMap: () => NO_CONF,
      confOf: confAlone,
      topologyOf: (hash) => (record.type === "PlanMade" ? topologies.get(hash) : NO_TOPOLOGY),
    });
  }

  async #topologyOf(hash: string, seq: number): Promise<Topology | undefined> {
    const known = [...this.#atHand(), this.#last].find((conf) => conf?.hash === hash);
    if (known !== undefined) return known.topology;
    const confMap = await recordedConf(this.#journal, hash, seq);
    if (confMap === undefined) return undefined;
    const { topology } = await inStretches(readingTopology(confMap));
    this.#last = { hash, topology };
    return topology;
  }
}

function confAlone(record: ConfRecord): ConfMap | undefined {
  return record.base === undefined ? confOfRecord(record, undefined) : newsOfRecord(record);
}

/** The ConfMap of a hash, as it was recorded last before a fact; what it was recorded as edits of is looked for as well. */
async function recordedConf(journal: Journal, hash: string, seq: number): Promise<ConfMap | undefined> {
  const records: ConfRecord[] = [];
  let wanted: string | undefined = hash;
  for await (const { body } of journal.select({ types: ["ConfRecorded"], to: seq, order: "newest-first" })) {
    // A body begins with the hash, and the others, which may be megabytes, need not be taken apart.
    if (!body.startsWith(`{"hash":"${wanted}"`)) continue;
    const record: ConfRecord = confRecordSchema.parse(JSON.parse(body));
    records.unshift(record);
    wanted = record.base;
    if (wanted === undefined) break;
  }
  return records.reduce<ConfMap | undefined>((before, record) => confOfRecord(record, before), undefined);
}
