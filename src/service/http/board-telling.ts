/**
 * Board telling: the board as an answer, and what changes on it as events.
 */
import type { Secrets } from "../../inspect/secrets.ts";
import type { Ledger } from "../../journal/ledger.ts";
import { remarkText, type TransitionChapter } from "../history.ts";
import { stepsOfPlan } from "../plan-concern.ts";
import type { Board, Cell, ProgressEvent, Running } from "./answers.ts";
import { cellsOf, courseAnswer, type Going, NOTHING_GOING } from "./board.ts";
import { failureAnswer, maskedCause } from "./told-text.ts";

/** What only who is looked at now has. */
export interface Present {
  readonly ledger: Ledger;
  readonly running: readonly Running[];
  readonly secrets: Secrets;
}

export function boardAnswer(chapter: TransitionChapter, { ledger, running, secrets }: Present): Board {
  const { seq, lastSeq, transitionId, kind, outcome, order, courses, failures, remarks } = chapter;
  const open = ledger.transition?.id === transitionId ? ledger.transition : undefined;
  const going: Going = open !== undefined && open.held === undefined ? { active: true, running } : NOTHING_GOING;
  return {
    ...{ chapter: "transition", seq, lastSeq, transitionId, kind, outcome, order },
    time: new Date(chapter.time).toISOString(),
    ended: new Date(chapter.ended).toISOString(),
    cause: maskedCause(chapter.cause, secrets),
    steps: courses.reduce((sum, { plan }) => sum + stepsOfPlan(plan), 0),
    failures: failures.map((failure) => failureAnswer(failure, secrets)),
    ...(chapter.held === undefined
      ? {}
      : { held: { ...chapter.held, message: secrets.freeText(chapter.held.message) } }),
    paused: open?.paused ?? false,
    courses: courses.map((course, i) => courseAnswer(course, i === courses.length - 1 ? going : NOTHING_GOING)),
    running: open === undefined ? [] : [...running],
    remarks: remarks.map(({ what, cause }) => remarkText({ what, cause: maskedCause(cause, secrets) })),
  };
}

/** What has changed on the board of the running transition since it was asked last. */
export class BoardChanges {
  #transitionId = "";
  #course = -1;
  #cells: readonly Cell[] = [];
  #running = "";

  next(
    chapter: TransitionChapter | undefined,
    { ledger, running }: Omit<Present, "secrets">,
  ): ProgressEvent | undefined {
    const last = chapter?.courses[chapter.courses.length - 1];
    if (chapter === undefined || last === undefined) return undefined;
    const active = ledger.transition?.held === undefined;
    const course = chapter.courses.length - 1;
    const cells = cellsOf(last, { active, running });
    const same = chapter.transitionId === this.#transitionId && course === this.#course;
    const changed = same ? cells.filter((cell, i) => !isSameCell(cell, this.#cells[i])) : cells;
    const waitedFor = JSON.stringify(running);
    const news = changed.length > 0 || waitedFor !== this.#running;
    this.#transitionId = chapter.transitionId;
    this.#course = course;
    this.#cells = cells;
    this.#running = waitedFor;
    return news ? { transitionId: chapter.transitionId, course, cells: changed, running: [...running] } : undefined;
  }
}

function isSameCell(cell: Cell, other: Cell | undefined): boolean {
  return (
    other !== undefined &&
    cell.state === other.state &&
    cell.done === other.done &&
    cell.failed === other.failed &&
    cell.dropped === other.dropped &&
    cell.inDoubt === other.inDoubt
  );
}
