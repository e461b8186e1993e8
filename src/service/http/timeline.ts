/**
 * The timeline: chapters of the history, newest first, a page at a time.
 *
 * Nothing is folded. A chapter's summary follows from a handful of its facts, and those are found from the end of the
 * journal backwards, so that the first page costs the same however long the history is.
 */

import type { Secrets } from "../../inspect/secrets.ts";
import type { Fact, FailureText, TransitionKind } from "../../journal/fact.ts";
import type { Journal, JournalRecord } from "../../journal/journal.ts";
import type { Phase, Plan } from "../../plan/plan.ts";
import type { RefusalChapter } from "../history.ts";
import { type Concern, planConcerns, stepsOfPlan } from "../plan-concern.ts";
import type { Summary, Transitions } from "./answers.ts";
import type { LatestChapters } from "./chapter-lookup.ts";
import type { FactSource } from "./fact-pages.ts";
import { dropOldest } from "./oldest.ts";
import { failureAnswer, maskedCause } from "./told-text.ts";

export interface TimelineQuery extends Concern {
  /** Only chapters that begin before this fact. */
  readonly before?: number | undefined;
  readonly limit: number;
  /** Milliseconds since the epoch, of the chapter's beginning. */
  readonly since: number;
  readonly until: number;
}

const CHAPTER_FACTS: readonly Fact["type"][] = [
  ...(["ProcessStarted", "RequestRefused", "TransitionStarted", "PlanMade", "StepFailed"] as const),
  ...(["TransitionHeld", "TransitionResumed", "TransitionAbandoned", "TransitionFinished"] as const),
];
const CHAPTER_BEGINNINGS: readonly Fact["type"][] = ["ProcessStarted", "TransitionStarted"];

/** Events of plans that one page may read, and chapters that it may look at: then it ends early. */
const PLAN_EVENTS_AT_MOST = 400_000;
const CHAPTERS_AT_MOST = 5_000;

type TransitionSummary = Extract<Summary, { chapter: "transition" }>;

/** Where the timeline reads, and what it need not read. */
export interface TimelineParts extends FactSource {
  /** What the journal ends with, as it is in memory; undefined: it has to be read. */
  readonly latest: () => LatestChapters | undefined;
}

/** A place in the journal: right before a fact with which a chapter of this kind begins, or right after the last one. */
interface Boundary {
  readonly seq: number;
  readonly following: Following;
}

/** Facts between two boundaries. No more are added to them, so that what is told of them stays. */
interface Stretch {
  readonly begins: Boundary;
  /** Newest first. */
  readonly summaries: readonly Summary[];
}

/** Stretches that are kept at hand, each if it can be told in a few words. */
const STRETCHES_AT_MOST = 500;
const TOLD_AT_MOST = 50;

export class Timeline {
  readonly #parts: TimelineParts;
  /** By where they end. Pages of the newest are looked at again and again, by everybody. */
  readonly #stretches = new Map<number, Stretch>();

  constructor(parts: TimelineParts) {
    this.#parts = parts;
  }

  async page(query: TimelineQuery): Promise<Transitions> {
    const { limit, before = Number.MAX_SAFE_INTEGER } = query;
    const transitions: Summary[] = [];
    const known = this.#known(query);
    for (;;) {
      const { value, done } = await known.next();
      if (done === true) return this.#read(value, query, transitions);
      if (value.seq < before) transitions.push(value);
      if (transitions.length === limit) return { transitions, next: value.seq > 1 ? value.seq : null };
    }
  }

  /** What is known without reading; gives where reading goes on. */
  async *#known(query: TimelineQuery): AsyncGenerator<Summary, Boundary> {
    const { secrets, latest } = this.#parts;
    const { before } = query;
    const end = () => boundaryAt(this.#parts, before ?? Number.MAX_SAFE_INTEGER);
    if (isChosen(query)) return end();
    const newest = before === undefined ? latest() : undefined;
    if (newest !== undefined) yield* latestSummaries(newest, secrets);
    let at = newest === undefined ? await end() : { seq: newest.chapter.seq, following: newest.chapter.kind };
    for (;;) {
      const stretch = this.#stretches.get(at.seq);
      if (stretch === undefined) return at;
      yield* stretch.summaries;
      at = stretch.begins;
    }
  }

  async #read(from: Boundary, query: TimelineQuery, transitions: Summary[]): Promise<Transitions> {
    const { journal } = this.#parts;
    const { limit, before = Number.MAX_SAFE_INTEGER } = query;
    if (from.seq <= 1) return { transitions, next: null };
    const reading = new BackwardReading({
      following: from.following,
      lastSeq: from.seq - 1,
      query,
      parts: this.#parts,
    });
    let end = from;
    let summaries: Summary[] = [];
    for await (const record of journal.select({ types: CHAPTER_FACTS, to: from.seq - 1, order: "newest-first" })) {
      const summary = await reading.take(record);
      if (summary !== undefined) summaries.push(summary);
      if (summary !== undefined && summary.seq < before) transitions.push(summary);
      if (isBeginning(record)) {
        const begins = { seq: record.seq, following: reading.following };
        if (!isChosen(query)) this.#keep(end, { begins, summaries });
        end = begins;
        summaries = [];
        if (record.time < query.since) break;
      }
      const full = transitions.length === limit || (isBeginning(record) && reading.isTiring);
      if (full) return { transitions, next: record.seq > 1 ? record.seq : null };
    }
    return { transitions, next: null };
  }

  #keep(end: Boundary, stretch: Stretch): void {
    const failures = stretch.summaries.flatMap((each) => (each.chapter === "transition" ? each.failures : []));
    if (end.following === "end" || stretch.summaries.length + failures.length > TOLD_AT_MOST) return;
    this.#stretches.set(end.seq, stretch);
    dropOldest(this.#stretches, STRETCHES_AT_MOST);
  }
}

/** Whether only some of the chapters are wanted. */
function isChosen(query: TimelineQuery): boolean {
  return isConcerned(query) || query.since > 0 || query.until < Number.POSITIVE_INFINITY;
}

function isConcerned({ subject, group, participant }: Concern): boolean {
  return subject !== undefined || group !== undefined || participant !== undefined;
}

function* latestSummaries({ chapter, refusals }: LatestChapters, secrets: Secrets): Generator<Summary> {
  for (const refusal of refusals.toReversed()) yield refusalSummary(refusal, secrets);
  yield {
    chapter: "transition",
    ...{ seq: chapter.seq, lastSeq: chapter.lastSeq, transitionId: chapter.transitionId, kind: chapter.kind },
    time: new Date(chapter.time).toISOString(),
    ended: new Date(chapter.ended).toISOString(),
    cause: maskedCause(chapter.cause, secrets),
    outcome: chapter.outcome,
    steps: chapter.courses.reduce((sum, { plan }) => sum + stepsOfPlan(plan), 0),
    failures: chapter.failures.map((failure) => failureAnswer(failure, secrets)),
  };
}

function refusalSummary({ seq, time, kind, cause, code, message }: RefusalChapter, secrets: Secrets): Summary {
  const said = { cause: maskedCause(cause, secrets), message: secrets.freeText(message) };
  return { chapter: "refusal", seq, time: new Date(time).toISOString(), kind, code, ...said };
}

function isBeginning({ type }: JournalRecord): boolean {
  return (CHAPTER_BEGINNINGS as readonly string[]).includes(type);
}

/** What comes after a chapter, which says how it ended. */
type Following = TransitionKind | "process" | "end";

/** Where the chapters that begin before a fact end, the last of them with all its facts. */
async function boundaryAt({ journal, outlines }: TimelineParts, before: number): Promise<Boundary> {
  const version = await journal.version();
  if (before <= version) {
    for await (const record of journal.select({ types: CHAPTER_BEGINNINGS, from: before, order: "oldest-first" })) {
      return { seq: record.seq, following: followingOf(await outlines.of(record)) };
    }
  }
  return { seq: version + 1, following: "end" };
}

function followingOf(fact: Fact): Following {
  return fact.type === "TransitionStarted" ? fact.kind : "process";
}

interface ReadingParts {
  readonly following: Following;
  readonly lastSeq: number;
  readonly query: TimelineQuery;
  readonly parts: TimelineParts;
}

/** What is known of a chapter whose beginning has not been met yet. */
interface Tail {
  lastSeq: number;
  end: "finished" | "unchanged" | "superseded" | undefined;
  /** Whether it was held last; undefined: nothing was said of it. */
  held: boolean | undefined;
  readonly failures: TransitionSummary["failures"];
  /** Failures whose plan has not been met yet. */
  readonly unplaced: (FailureText & { readonly seq: number; readonly delivery: number; readonly index: number })[];
  steps: number;
  concerned: boolean;
}

class BackwardReading {
  readonly #query: TimelineQuery;
  readonly #parts: TimelineParts;
  #following: Following;
  #tail: Tail;
  #planEvents = 0;
  #chapters = 0;

  constructor({ following, lastSeq, query, parts }: ReadingParts) {
    this.#query = query;
    this.#parts = parts;
    this.#following = following;
    this.#tail = emptyTail(lastSeq);
  }

  /** What the chapter that was taken last is followed by in reading. */
  get following(): Following {
    return this.#following;
  }

  get isTiring(): boolean {
    return this.#planEvents > PLAN_EVENTS_AT_MOST || this.#chapters > CHAPTERS_AT_MOST;
  }

  /** The chapter that begins with this record, if it is wanted. */
  async take(record: JournalRecord): Promise<Summary | undefined> {
    const { seq } = record;
    const { journal, outlines, secrets } = this.#parts;
    const fact = await outlines.of(record);
    const tail = this.#tail;
    switch (fact.type) {
      case "RequestRefused":
        if (!this.#wanted(record, !isConcerned(this.#query))) return undefined;
        return refusalSummary({ chapter: "refusal", ...fact, seq, time: record.time }, secrets);
      case "ProcessStarted":
        this.#begin(seq, "process");
        return this.#wanted(record, !isConcerned(this.#query)) ? processSummary(record, fact) : undefined;
      case "TransitionStarted": {
        const following = this.#following;
        this.#begin(seq, fact.kind);
        if (!this.#wanted(record, tail.concerned || !isConcerned(this.#query))) return undefined;
        const ended = await timeOf(journal, tail.lastSeq);
        return this.#summary({ record, fact, tail, ended, outcome: outcomeOf(tail, following) });
      }
      case "PlanMade":
        this.#planEvents += fact.plan.phases.reduce((sum, phase) => sum + eventsOf(phase), 0);
        this.#takePlan(fact.plan);
        return undefined;
      case "StepFailed":
        tail.unplaced.push({ seq, delivery: fact.delivery, index: fact.index, ...fact.failure });
        return undefined;
      case "TransitionFinished":
        tail.end = fact.outcome;
        tail.lastSeq = seq;
        return undefined;
      case "TransitionAbandoned":
        tail.end = "superseded";
        tail.lastSeq = seq;
        return undefined;
      case "TransitionHeld":
        tail.held ??= true;
        return undefined;
      case "TransitionResumed":
        tail.held ??= false;
        return undefined;
      default:
        return undefined;
    }
  }

  #wanted({ time }: JournalRecord, concerned: boolean): boolean {
    return concerned && time >= this.#query.since && time <= this.#query.until;
  }

  #begin(seq: number, following: Following): void {
    this.#following = following;
    this.#tail = emptyTail(seq - 1);
    this.#chapters++;
  }

  #takePlan(plan: Plan): void {
    const tail = this.#tail;
    tail.steps += stepsOfPlan(plan);
    if (isConcerned(this.#query) && !tail.concerned) tail.concerned = planConcerns(plan, this.#query);
    for (const { delivery, index, message, ...failure } of tail.unplaced.splice(0)) {
      const at = plan.deliveries[delivery];
      const place = at === undefined ? {} : { participant: at.participant, callback: at.callback };
      tail.failures.unshift({
        ...failure,
        ...place,
        subject: at?.events.subject(index) ?? "",
        message: this.#parts.secrets.freeText(message),
      });
    }
  }

  #summary(chapter: {
    readonly record: JournalRecord;
    readonly fact: Extract<Fact, { type: "TransitionStarted" }>;
    readonly tail: Tail;
    readonly ended: number;
    readonly outcome: TransitionSummary["outcome"];
  }): TransitionSummary {
    const { record, fact, tail, ended, outcome } = chapter;
    return {
      chapter: "transition",
      seq: record.seq,
      lastSeq: tail.lastSeq,
      time: new Date(record.time).toISOString(),
      ended: new Date(ended).toISOString(),
      transitionId: fact.transitionId,
      kind: fact.kind,
      cause: maskedCause(fact.cause, this.#parts.secrets),
      outcome,
      steps: tail.steps,
      failures: [...tail.failures].sort((a, b) => a.seq - b.seq),
    };
  }
}

function eventsOf({ cohorts }: Phase): number {
  return cohorts.reduce((sum, { events }) => sum + events.length, 0);
}

function emptyTail(lastSeq: number): Tail {
  return { lastSeq, end: undefined, held: undefined, failures: [], unplaced: [], steps: 0, concerned: false };
}

function outcomeOf({ end, held = false }: Tail, following: Following): TransitionSummary["outcome"] {
  if (end !== undefined) return end;
  if (following === "process") return "interrupted";
  if (following === "end") return held ? "held" : "running";
  if (!held) return "superseded";
  return following === "rollback" ? "rolled-back" : "held";
}

function processSummary({ seq, time }: JournalRecord, fact: Extract<Fact, { type: "ProcessStarted" }>): Summary {
  const { program, pid, host, epoch } = fact;
  return { chapter: "process", seq, time: new Date(time).toISOString(), program, pid, host, epoch };
}

async function timeOf(journal: Journal, seq: number): Promise<number> {
  for await (const record of journal.select({ from: seq, to: seq, order: "oldest-first" })) return record.time;
  return 0;
}
