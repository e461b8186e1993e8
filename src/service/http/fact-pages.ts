/**
 * Pages of facts, oldest first, each told as if all before it had been heard.
 */
import type { Secrets } from "../../inspect/secrets.ts";
import type { FactOutlines } from "../../journal/fact-outline.ts";
import type { Journal, JournalRecord } from "../../journal/journal.ts";
import type { Facts, ToldFact } from "./answers.ts";
import type { Past } from "./event-stream.ts";
import { FactTeller } from "./fact-telling.ts";
import { inTurns } from "./turns.ts";

/** Where facts are read, and what they are told with. */
export interface FactSource {
  readonly journal: Journal;
  readonly outlines: FactOutlines;
  readonly secrets: Secrets;
}

export interface FactsQuery {
  readonly from: number;
  /** Inclusive. */
  readonly to?: number | undefined;
  readonly limit: number;
  readonly type?: string | undefined;
}

/** Characters of bodies that one page may come to: then it ends early. */
const PAGE_AT_MOST = 2_000_000;
/** Facts that readers of the event stream are caught up with at a time. */
const CATCH_UP_PAGE = 200;

export async function factsPage(source: FactSource, { from, to, limit, type }: FactsQuery): Promise<Facts> {
  const { journal } = source;
  const teller = await tellerAt(source, from);
  const facts: Facts["facts"] = [];
  let size = 0;
  const last = Math.min(to ?? Number.POSITIVE_INFINITY, await journal.version());
  for await (const record of inTurns(recordsFor(journal, { from, to: last, type }))) {
    facts.push(await teller.tellWhole(record));
    size += record.body.length;
    if (facts.length === limit || size > PAGE_AT_MOST)
      return { facts, next: record.seq < last ? record.seq + 1 : null };
  }
  return { facts, next: null };
}

function recordsFor(journal: Journal, { from, to, type }: Omit<FactsQuery, "limit">): AsyncIterable<JournalRecord> {
  if (type === undefined) return journal.read({ from, to });
  return journal.select({ types: [type], from, to, order: "oldest-first" });
}

/** A teller that knows the transition and the plan that a fact may speak of. */
async function tellerAt({ journal, outlines, secrets }: FactSource, from: number): Promise<FactTeller> {
  const teller = new FactTeller(outlines, secrets);
  const heard: JournalRecord[] = [];
  const types = ["ProcessStarted", "TransitionStarted", "TransitionFinished", "PlanMade"];
  for await (const record of journal.select({ types, to: from - 1, order: "newest-first" })) {
    heard.unshift(record);
    if (record.type !== "PlanMade") break;
    // The plan that was made last is the one.
    if (heard.length > 1) heard.shift();
  }
  for (const record of heard) if (record.type !== "TransitionFinished") await teller.hear(record);
  return teller;
}

/** What the event stream reads for who resumes. */
export function pastOf(source: FactSource): Past {
  return {
    async *read(after, to) {
      const teller = await tellerAt(source, after + 1);
      let page: ToldFact[] = [];
      for await (const record of inTurns(source.journal.read({ from: after + 1, to }))) {
        page.push(await teller.tell(record));
        if (page.length < CATCH_UP_PAGE) continue;
        yield page;
        page = [];
      }
      if (page.length > 0) yield page;
    },
  };
}
