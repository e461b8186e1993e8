/**
 * Chapter lookup: a transition with all its plans and how far each came, by its id.
 *
 * The one under way, and the last one that ended in this process, are kept as their facts come. An earlier one is found in
 * the journal and folded from the snapshot before it.
 */
import type { FactListener } from "../../effects/recorder.ts";
import { FactOutlines } from "../../journal/fact-outline.ts";
import type { Journal } from "../../journal/journal.ts";
import type { Ledger } from "../../journal/ledger.ts";
import { ChapterFold, HistoryReader, type RefusalChapter, type TransitionChapter } from "../history.ts";
import { HttpRefusal } from "./http-refusal.ts";
import { dropOldest } from "./oldest.ts";
import { inTurns } from "./turns.ts";

/** What the journal ends with. */
export interface LatestChapters {
  /** The transition that began last. */
  readonly chapter: TransitionChapter;
  /** Since then, oldest first. */
  readonly refusals: readonly RefusalChapter[];
}

/** Refusals that are kept at hand; more have to be read. */
const REFUSALS_AT_MOST = 100;

export class ChapterLookup {
  readonly #journal: Journal;
  readonly #outlines: FactOutlines;
  readonly #fold = new ChapterFold();
  #before: Ledger;
  #ended: TransitionChapter | undefined;
  #refusals: RefusalChapter[] = [];
  /** Chapters that are over do not change, and who looks at one looks again. */
  readonly #found = new Map<string, TransitionChapter>();

  constructor(journal: Journal, ledger: Ledger) {
    this.#journal = journal;
    this.#outlines = new FactOutlines(journal);
    this.#before = ledger;
  }

  readonly hear: FactListener = (fact, ledger, time) => {
    const before = this.#before;
    this.#before = ledger;
    for (const chapter of this.#fold.take({ seq: ledger.seq, time, fact, before, ledger })) {
      if (chapter.chapter === "transition") this.#ended = chapter;
      if (chapter.chapter === "refusal" && this.#refusals.length <= REFUSALS_AT_MOST) this.#refusals.push(chapter);
    }
    if (fact.type === "TransitionStarted") this.#refusals = [];
  };

  /** Undefined where it is not all in memory. */
  get latest(): LatestChapters | undefined {
    const chapter = this.open ?? this.#ended;
    if (chapter === undefined || this.#refusals.length > REFUSALS_AT_MOST) return undefined;
    return { chapter, refusals: this.#refusals };
  }

  /** The one that is open, as far as it is. */
  get open(): TransitionChapter | undefined {
    return this.#fold.flush();
  }

  /** `current` is the open one, else the latest. @throws HttpRefusal NOT_FOUND */
  async find(id: string): Promise<TransitionChapter> {
    const { open } = this;
    if (open !== undefined && (id === "current" || id === open.transitionId)) return open;
    const ended = this.#ended;
    if (ended !== undefined && (id === "current" || id === ended.transitionId)) return ended;
    const known = this.#found.get(id);
    if (known !== undefined) return known;
    const seq = id === "current" ? await this.#latest() : await this.#seqOf(id);
    if (seq === undefined) {
      throw new HttpRefusal(
        "NOT_FOUND",
        id === "current" ? "there was no transition yet" : `there is no transition ${id}`,
      );
    }
    return this.beginningAt(seq);
  }

  /** The one that begins with a fact. @throws HttpRefusal NOT_FOUND */
  async beginningAt(seq: number): Promise<TransitionChapter> {
    const known = [this.open, this.#ended, ...this.#found.values()].find((chapter) => chapter?.seq === seq);
    return known ?? this.#keep(await this.#read(seq));
  }

  #keep(chapter: TransitionChapter): TransitionChapter {
    // What is not over yet will be another next time.
    if (chapter.outcome === "running" || chapter.outcome === "held") return chapter;
    this.#found.set(chapter.transitionId, chapter);
    dropOldest(this.#found, FOUND_AT_MOST);
    return chapter;
  }

  async #latest(): Promise<number | undefined> {
    for await (const { seq } of this.#journal.select({ types: ["TransitionStarted"], order: "newest-first" }))
      return seq;
    return undefined;
  }

  /** The ids of a stream are counted, so that the one looked for can be closed in on. */
  async #seqOf(id: string): Promise<number | undefined> {
    const wanted = ordinalOf(id);
    let [low, high] = [1, await this.#journal.version()];
    while (low <= high) {
      const middle = Math.floor((low + high) / 2);
      const found = await this.#startedFrom(middle, high);
      if (found === undefined) high = middle - 1;
      else if (found.id === id) return found.seq;
      else if (ordinalOf(found.id) < wanted) low = found.seq + 1;
      else high = middle - 1;
    }
    return undefined;
  }

  async #startedFrom(from: number, to: number): Promise<{ readonly seq: number; readonly id: string } | undefined> {
    const selection = { types: ["TransitionStarted"], from, to, order: "oldest-first" } as const;
    for await (const record of this.#journal.select(selection)) {
      const fact = await this.#outlines.of(record);
      if (fact.type === "TransitionStarted") return { seq: record.seq, id: fact.transitionId };
    }
    return undefined;
  }

  async #read(seq: number): Promise<TransitionChapter> {
    const journal = this.#journal;
    const snapshot = await journal.snapshot(seq - 1);
    const source = { read: (range: object) => inTurns(journal.read(range)), version: () => journal.version() };
    const reader = new HistoryReader({ journal: source, snapshot });
    for await (const chapter of reader.read()) {
      if (chapter.seq === seq && chapter.chapter === "transition") return chapter;
    }
    const open = reader.flush();
    if (open?.seq === seq) return open;
    throw new HttpRefusal("NOT_FOUND", `no transition begins with fact ${seq}`);
  }
}

/** Old boards that are kept at hand: each holds its plans. */
const FOUND_AT_MOST = 4;

function ordinalOf(id: string): number {
  return Number(id.slice(id.lastIndexOf(".") + 1));
}
