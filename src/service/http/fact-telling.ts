/**
 * Fact telling: facts as the interface shows them, with the transition that they belong to.
 *
 * Most facts do not name their transition or the participant that they are about: both follow from the facts before. A fact
 * that happens has the ledger for that; one that is read back has a teller that has heard what came before.
 */
import { maskedValue } from "../../inspect/masked-value.ts";
import type { Secrets } from "../../inspect/secrets.ts";
import type { Fact, TransitionKind } from "../../journal/fact.ts";
import type { FactOutlines } from "../../journal/fact-outline.ts";
import type { JournalRecord } from "../../journal/journal.ts";
import type { OpenTransition } from "../../journal/ledger.ts";
import type { Plan } from "../../plan/plan.ts";
import { factWords } from "../fact-words.ts";
import type { Facts, ToldFact } from "./answers.ts";
import { maskedFact } from "./told-text.ts";

/** A fact that has just happened. */
export function toldNow(
  fact: Fact,
  transition: OpenTransition | undefined,
  at: { readonly seq: number; readonly time: number; readonly secrets: Secrets },
): ToldFact {
  const context = { kind: transition?.kind, plan: transition?.progress?.plan };
  const text = factWords(maskedFact(fact, at.secrets), context);
  return told(fact, { seq: at.seq, time: at.time, transitionId: transition?.id, text });
}

interface Telling {
  readonly seq: number;
  readonly time: number;
  readonly transitionId: string | undefined;
  readonly text: string;
}

function told(fact: Pick<Fact, "type">, { seq, time, transitionId, text }: Telling): ToldFact {
  return {
    seq,
    time: new Date(time).toISOString(),
    type: fact.type,
    ...(transitionId === undefined ? {} : { transitionId }),
    text,
  };
}

/** Facts whose words need no more than themselves and what this teller has heard. */
export class FactTeller {
  readonly #outlines: FactOutlines;
  readonly #secrets: Secrets;
  #open: { readonly id: string; readonly kind: TransitionKind } | undefined;
  #plan: Plan | undefined;

  constructor(outlines: FactOutlines, secrets: Secrets) {
    this.#outlines = outlines;
    this.#secrets = secrets;
  }

  /** Takes in a fact without telling it. */
  async hear(record: JournalRecord): Promise<Fact> {
    const fact = await this.#outlines.of(record);
    if (fact.type === "ConfRecorded") this.#secrets.learn(fact.confMap);
    if (fact.type === "ProcessStarted") this.#open = undefined;
    if (fact.type === "TransitionStarted") {
      this.#open = { id: fact.transitionId, kind: fact.kind };
      this.#plan = undefined;
    }
    if (fact.type === "PlanMade") this.#plan = fact.plan;
    return fact;
  }

  async tell(record: JournalRecord): Promise<ToldFact> {
    const fact = await this.hear(record);
    const text = factWords(maskedFact(fact, this.#secrets), { kind: this.#open?.kind, plan: this.#plan });
    const { seq, time } = record;
    const answer = told(fact, { seq, time, transitionId: this.#open?.id, text });
    if (fact.type === "TransitionFinished") this.#open = undefined;
    return answer;
  }

  /** With its body as it is stored, masked. */
  async tellWhole(record: JournalRecord): Promise<Facts["facts"][number]> {
    return { ...(await this.tell(record)), body: this.#body(record) };
  }

  #body(record: JournalRecord): Record<string, unknown> {
    const body = JSON.parse(record.body) as Record<string, unknown>;
    // The text of the files is for /conf, which can mask it option by option.
    if (record.type === "ConfRecorded") return { hash: body["hash"], source: sourceName(body["source"]) };
    return maskedValue(body, this.#secrets) as Record<string, unknown>;
  }
}

/** The main file of a source, or what else it is. */
export function sourceName(source: unknown): string | null {
  const { main, file, of, over } = source as Record<string, unknown> & { file?: { path?: string } };
  if (typeof main === "string") return main;
  if (typeof file?.path === "string") return file.path;
  if (of !== undefined) return sourceName(of);
  if (over !== undefined) return sourceName(over);
  return null;
}
