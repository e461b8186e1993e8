/**
 * History: the facts of a journal, told as transitions with what became of each.
 *
 * A fact says what happened at one instant; whoever asks "what was done last night, and why" thinks in transitions and
 * refusals. Nothing here is stored: it is read off the facts, and so cannot disagree with them.
 */

import type { ConfMap } from "../conf/conf-map.ts";
import type { Cause, Fact, TransitionHeld, TransitionKind } from "../journal/fact.ts";
import type { Journal, JournalSnapshot } from "../journal/journal.ts";
import type { Ledger, Place } from "../journal/ledger.ts";
import { Replay } from "../journal/replay.ts";
import type { CallbackName } from "../plan/lifecycle-event.ts";
import type { OrderName } from "../plan/order.ts";
import type { Delivery, Plan } from "../plan/plan.ts";
import { exceptionOf, inRanges, type Progress } from "../plan/progress.ts";
import type { Topology } from "../topology/topology.ts";

/** One thing that was asked of the lifecycle, from its first fact to its last. */
export type Chapter = TransitionChapter | RefusalChapter | ProcessChapter;

export interface TransitionChapter {
  readonly chapter: "transition";
  readonly seq: number;
  readonly lastSeq: number;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly ended: number;
  readonly transitionId: string;
  readonly kind: TransitionKind;
  readonly cause: Cause;
  readonly order: OrderName;
  /**
   * `rolled-back`: it failed, and a rollback followed; `superseded`: left for a later one; `interrupted`: its process ended;
   * `held`: it was so when the next one, or the end of the journal, came; `running`: it is, as far as the journal goes.
   */
  readonly outcome: "finished" | "unchanged" | "rolled-back" | "superseded" | "interrupted" | "held" | "running";
  /** What was reached before, or, before a rollback, what was tried; undefined: down. */
  readonly from: Place | undefined;
  readonly to: { readonly confMap: ConfMap; readonly topology: Topology | undefined };
  /** Every plan that was made, with how far it came. */
  readonly courses: readonly Course[];
  readonly failures: readonly ChapterFailure[];
  /** Where and why it stopped, if it did so last. */
  readonly held: HeldAt | undefined;
  /** What operators did on the way. */
  readonly remarks: readonly Remark[];
}

/** One thing that an operator did. */
export interface Remark {
  readonly what: string;
  readonly cause: Cause;
}

interface HeldAt {
  readonly code: string;
  readonly message: string;
  readonly participant?: string | undefined;
  readonly callback?: string | undefined;
  readonly subject?: string | undefined;
}

/** A plan and how far it came. */
export interface Course {
  readonly plan: Plan;
  readonly progress: Progress;
}

interface ChapterFailure {
  readonly seq: number;
  readonly participant: string | undefined;
  readonly callback: CallbackName | undefined;
  readonly subject: string | undefined;
  readonly code: string;
  readonly message: string;
}

/** A request that was refused before anything moved. */
export interface RefusalChapter {
  readonly chapter: "refusal";
  readonly seq: number;
  readonly time: number;
  readonly kind: TransitionKind;
  readonly cause: Cause;
  readonly code: string;
  readonly message: string;
}

/** A process took the journal over. */
interface ProcessChapter {
  readonly chapter: "process";
  readonly seq: number;
  readonly time: number;
  readonly program: string;
  readonly pid: number;
  readonly host: string;
  readonly epoch: number;
}

/** What became of one step. */
export type StepOutcome = "applied" | "failed" | "in-doubt" | "dropped" | "not-reached";

export function stepOutcome({ plan, progress }: Course, delivery: Delivery, index: number): StepOutcome {
  const exception = exceptionOf(progress, delivery.index, index);
  if (exception !== undefined) return exception.outcome === "not-applied" ? "failed" : exception.outcome;
  if (delivery.index < progress.cursor || progress.cursor >= plan.deliveries.length) return "applied";
  return delivery.index === progress.cursor && inRanges(progress.applied, index) ? "applied" : "not-reached";
}

/** Where facts are read as chapters. */
export interface ChapterSource {
  readonly journal: Pick<Journal, "read" | "version">;
  /** Stands for the facts before it: the chapters after it are told. Default: all are. */
  readonly snapshot?: JournalSnapshot | undefined;
}

/** Reads a journal as chapters, each once it is over; `flush` gives the one that is open. */
export class HistoryReader {
  readonly #journal: ChapterSource["journal"];
  readonly #replay: Replay;
  readonly #chapters = new ChapterFold();

  constructor({ journal, snapshot }: ChapterSource) {
    this.#journal = journal;
    this.#replay = new Replay(snapshot);
  }

  /** The chapters that have ended since the last reading; only up to the fact `to`, if one is given. */
  async *read(to?: number): AsyncIterableIterator<Chapter> {
    const from = this.#replay.ledger.seq + 1;
    if ((await this.#journal.version()) < from) return;
    for await (const record of this.#journal.read({ from, to })) {
      const before = this.#replay.ledger;
      const { fact, ledger } = this.#replay.next(record);
      yield* this.#chapters.take({ seq: record.seq, time: record.time, fact, ledger, before });
    }
  }

  /** The transition that is under way or held where the journal ends. */
  flush(): TransitionChapter | undefined {
    return this.#chapters.flush();
  }
}

/** A fact with its place, and the ledgers around it. */
export interface FactInPlace {
  readonly seq: number;
  readonly time: number;
  readonly fact: Fact;
  readonly before: Ledger;
  readonly ledger: Ledger;
}

/** Makes chapters of facts as they come. */
export class ChapterFold {
  #open: Draft | undefined;

  /** The transition that is open after the facts taken so far. */
  flush(): TransitionChapter | undefined {
    const open = this.#open;
    return open && chapterOf(open, open.held === undefined ? "running" : "held");
  }

  /** Takes the next fact, and gives the chapters that it ends. */
  *take({ seq, time, fact, ledger, before }: FactInPlace): IterableIterator<Chapter> {
    const open = this.#open;
    if (open !== undefined) {
      open.lastSeq = seq;
      open.ended = time;
    }
    switch (fact.type) {
      case "ProcessStarted": {
        yield* this.#end("interrupted");
        const { program, pid, host, epoch } = fact;
        yield { chapter: "process", seq, time, program, pid, host, epoch };
        return;
      }
      case "RequestRefused": {
        const { kind, cause, code, message } = fact;
        yield { chapter: "refusal", seq, time, kind, cause, code, message };
        return;
      }
      case "TransitionStarted":
        yield* this.#end(open?.held !== undefined ? (fact.kind === "rollback" ? "rolled-back" : "held") : "superseded");
        this.#open = {
          ...{ seq, lastSeq: seq, time, ended: time, held: undefined, courses: [], failures: [], remarks: [] },
          from: fact.kind === "rollback" ? triedPlace(before) : before.current,
          ...{ transitionId: fact.transitionId, kind: fact.kind, cause: fact.cause, order: fact.order },
          to: { confMap: fact.confMap, topology: fact.target },
        };
        return;
      case "TransitionFinished":
        if (open !== undefined) arriveAt(open);
        yield* this.#end(fact.outcome);
        return;
      case "TransitionAbandoned":
        yield* this.#end("superseded");
        return;
      case "TransitionHeld":
        if (open !== undefined) open.held = heldAt(fact);
        return;
      case "TransitionResumed":
        if (open !== undefined) open.held = undefined;
        open?.remarks.push({ what: "goes on", cause: fact.cause });
        return;
      case "TransitionPaused":
        open?.remarks.push({ what: "paused", cause: fact.cause });
        return;
      case "StepSkipped":
        open?.remarks.push({ what: `failed step settled as ${fact.as}`, cause: fact.cause });
        break;
      case "StepFailed": {
        const delivery = ledger.transition?.progress?.plan.deliveries[fact.delivery];
        open?.failures.push({
          seq,
          participant: delivery?.participant,
          callback: delivery?.callback,
          subject: delivery?.events.subject(fact.index),
          ...fact.failure,
        });
        break;
      }
      default:
    }
    const progress = ledger.transition?.progress;
    if (open !== undefined && progress !== undefined) keepCourse(open, progress);
  }

  *#end(outcome: TransitionChapter["outcome"]): IterableIterator<Chapter> {
    const open = this.#open;
    this.#open = undefined;
    if (open !== undefined) yield chapterOf(open, outcome);
  }
}

/** What a transition that is rolled back was going to. */
function triedPlace({ transition }: Ledger): Place | undefined {
  return transition?.target && { confMap: transition.confMap, topology: transition.target };
}

interface Draft extends Omit<TransitionChapter, "chapter" | "outcome"> {
  lastSeq: number;
  ended: number;
  held: HeldAt | undefined;
  readonly courses: Course[];
  readonly failures: ChapterFailure[];
  readonly remarks: Remark[];
}

function chapterOf(draft: Draft, outcome: TransitionChapter["outcome"]): TransitionChapter {
  return { chapter: "transition", ...draft, outcome };
}

function heldAt({ failure, participant, callback, subject }: TransitionHeld): HeldAt {
  return {
    ...failure,
    ...(participant === undefined ? {} : { participant }),
    ...(callback === undefined ? {} : { callback }),
    ...(subject === undefined ? {} : { subject }),
  };
}

function keepCourse({ courses }: Draft, progress: Progress): void {
  const last = courses[courses.length - 1];
  if (last?.plan === progress.plan) courses[courses.length - 1] = { plan: progress.plan, progress };
  else courses.push({ plan: progress.plan, progress });
}

/** A finished transition has delivered all of its last plan, whether or not the last outcomes had a fact of their own. */
function arriveAt({ courses }: Draft): void {
  const last = courses.pop();
  if (last === undefined) return;
  courses.push({ ...last, progress: { ...last.progress, cursor: last.plan.deliveries.length } });
}

export function remarkText({ what, cause: { how, who, reason } }: Remark): string {
  return `${what}, by ${[how, who].filter((part) => part !== undefined).join(" ")}${reason === undefined ? "" : `: ${reason}`}`;
}
