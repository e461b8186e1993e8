/**
 * The timeline: chapters of the history, newest first, a page at a time.
 *
 * Nothing is folded. A chapter's summary follows from a handful of its facts, and those are found from the end of the
 * journal backwards, so that the first page costs the same however long the history is.
 */

import type { Secrets } from "../../inspect/secrets.ts";
import type { Fact, FailureText, TransitionKind } from "../../journal/fact.ts";
import { factOutline } from "../../journal/fact-codec.ts";
import type { Journal, JournalRecord } from "../../journal/journal.ts";
import type { Plan } from "../../plan/plan.ts";
import { type Concern, planConcerns, stepsOfPlan } from "../plan-concern.ts";
import type { Summary, Transitions } from "./answers.ts";

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

/** Bytes of plans that one page may read, and chapters that it may look at: then it ends early. */
const PLAN_BYTES_AT_MOST = 8_000_000;
const CHAPTERS_AT_MOST = 5_000;

type TransitionSummary = Extract<Summary, { chapter: "transition" }>;

export async function timelinePage(journal: Journal, query: TimelineQuery, secrets: Secrets): Promise<Transitions> {
  const { limit, before = Number.MAX_SAFE_INTEGER } = query;
  const end = await boundaryAt(journal, before);
  const reading = new BackwardReading({ following: end.following, lastSeq: end.seq - 1, query, secrets });
  const transitions: Summary[] = [];
  for await (const record of journal.select({ types: CHAPTER_FACTS, to: end.seq - 1, order: "newest-first" })) {
    const chapter = await reading.take(record, journal);
    if (chapter !== undefined && chapter.seq < before) transitions.push(chapter);
    if (isBeginning(record) && record.time < query.since) break;
    const full = transitions.length === limit || (isBeginning(record) && reading.isTiring);
    if (full) return { transitions, next: record.seq > 1 ? record.seq : null };
  }
  return { transitions, next: null };
}

function isBeginning({ type }: JournalRecord): boolean {
  return (CHAPTER_BEGINNINGS as readonly string[]).includes(type);
}

/** What comes after a chapter, which says how it ended. */
type Following = TransitionKind | "process" | "end";

/** Where the chapters that begin before a fact end, the last of them with all its facts. */
async function boundaryAt(journal: Journal, before: number): Promise<{ seq: number; following: Following }> {
  const version = await journal.version();
  if (before <= version) {
    for await (const record of journal.select({ types: CHAPTER_BEGINNINGS, from: before, order: "oldest-first" })) {
      return { seq: record.seq, following: followingOf(factOutline(record)) };
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
  readonly secrets: Secrets;
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
  readonly #secrets: Secrets;
  #following: Following;
  #tail: Tail;
  #planBytes = 0;
  #chapters = 0;

  constructor({ following, lastSeq, query, secrets }: ReadingParts) {
    this.#query = query;
    this.#secrets = secrets;
    this.#following = following;
    this.#tail = emptyTail(lastSeq);
  }

  get isTiring(): boolean {
    return this.#planBytes > PLAN_BYTES_AT_MOST || this.#chapters > CHAPTERS_AT_MOST;
  }

  /** The chapter that begins with this record, if it is wanted. */
  async take(record: JournalRecord, journal: Journal): Promise<Summary | undefined> {
    const { seq } = record;
    const fact = factOutline(record);
    const tail = this.#tail;
    switch (fact.type) {
      case "RequestRefused":
        return this.#wanted(record, !this.#isFiltered) ? this.#refusal(record, fact) : undefined;
      case "ProcessStarted":
        this.#begin(seq, "process");
        return this.#wanted(record, !this.#isFiltered) ? processSummary(record, fact) : undefined;
      case "TransitionStarted": {
        const following = this.#following;
        this.#begin(seq, fact.kind);
        if (!this.#wanted(record, tail.concerned || !this.#isFiltered)) return undefined;
        const ended = await timeOf(journal, tail.lastSeq);
        return this.#summary({ record, fact, tail, ended, outcome: outcomeOf(tail, following) });
      }
      case "PlanMade":
        this.#planBytes += record.body.length;
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

  get #isFiltered(): boolean {
    const { subject, group, participant } = this.#query;
    return subject !== undefined || group !== undefined || participant !== undefined;
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
    if (this.#isFiltered && !tail.concerned) tail.concerned = planConcerns(plan, this.#query);
    for (const { delivery, index, message, ...failure } of tail.unplaced.splice(0)) {
      const at = plan.deliveries[delivery];
      const place = at === undefined ? {} : { participant: at.participant, callback: at.callback };
      tail.failures.unshift({
        ...failure,
        ...place,
        subject: at?.events.subject(index) ?? "",
        message: this.#secrets.freeText(message),
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
      cause: maskedCause(fact.cause, this.#secrets),
      outcome,
      steps: tail.steps,
      failures: [...tail.failures].sort((a, b) => a.seq - b.seq),
    };
  }

  #refusal({ seq, time }: JournalRecord, fact: Extract<Fact, { type: "RequestRefused" }>): Summary {
    const { kind, cause, code, message } = fact;
    const said = { cause: maskedCause(cause, this.#secrets), message: this.#secrets.freeText(message) };
    return { chapter: "refusal", seq, time: new Date(time).toISOString(), kind, code, ...said };
  }
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

export function maskedCause<Cause extends { readonly reason?: string | undefined }>(
  cause: Cause,
  secrets: Secrets,
): Cause {
  return cause.reason === undefined ? cause : { ...cause, reason: secrets.freeText(cause.reason) };
}

async function timeOf(journal: Journal, seq: number): Promise<number> {
  for await (const record of journal.select({ from: seq, to: seq, order: "oldest-first" })) return record.time;
  return 0;
}
