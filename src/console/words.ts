/**
 * Words: what the service says in codes, as people say it; numbers, times and spans, always alike.
 */
import type { Board, Cell, Status, Summary } from "../service/http/answers.ts";

const KINDS: Readonly<Record<string, string>> = {
  up: "Start",
  signaled: "Reload",
  down: "Shutdown",
  rollback: "Rollback",
  admit: "Admission",
  unregister: "Removal",
};

export function kindWord(kind: string): string {
  return KINDS[kind] ?? kind;
}

export type Tone = "good" | "going" | "bad" | "wait" | "plain";

export const OUTCOMES: Readonly<Record<string, readonly [word: string, tone: Tone]>> = {
  finished: ["finished", "good"],
  unchanged: ["nothing to change", "good"],
  "rolled-back": ["failed, rolled back", "bad"],
  superseded: ["left for a later one", "plain"],
  interrupted: ["cut off by the end of its process", "wait"],
  held: ["held", "bad"],
  running: ["running", "going"],
};

export const CELL_WORDS: Readonly<Record<Cell["state"], readonly [word: string, tone: Tone]>> = {
  waiting: ["waiting", "plain"],
  running: ["running", "going"],
  done: ["done", "good"],
  failed: ["failed", "bad"],
  overdue: ["overdue", "wait"],
  "not-implemented": ["does not take part", "plain"],
};

export const STEP_WORDS: Readonly<Record<string, readonly [word: string, tone: Tone]>> = {
  applied: ["applied", "good"],
  failed: ["failed", "bad"],
  "in-doubt": ["in doubt", "wait"],
  dropped: ["passed over", "plain"],
  "not-reached": ["not reached", "plain"],
};

/** How the service stands, in one word and a tone. */
export function standing({ state, transition, broken }: Status): readonly [word: string, tone: Tone] {
  if (broken !== undefined) return ["Journal broken", "bad"];
  if (transition?.paused === true && state !== "failed") return ["Paused", "wait"];
  switch (state) {
    case "up":
      return ["Up", "good"];
    case "down":
      return ["Down", "plain"];
    case "failed":
      return ["Held", "bad"];
    case "signaling":
      return ["Signaling", "going"];
    case "finishing":
      return ["Finishing", "going"];
  }
}

interface Cause {
  readonly how: string;
  readonly who?: string | undefined;
  readonly reason?: string | undefined;
}

/** `by deploy: release 12`. */
export function causeWords({ how, who, reason }: Cause): string {
  const by = how === "policy" ? "by policy" : who === undefined || who === "" ? `by ${how}` : `by ${who}`;
  return reason === undefined || reason === "" ? by : `${by}: ${reason}`;
}

/** The arrow of a direction, as everywhere in Signaled. */
export function arrowOf(direction: string): string {
  return direction === "reverse" ? "↓" : "↑";
}

export function directionWords(direction: string): string {
  return direction === "reverse" ? "reverse registration order" : "registration order";
}

const NUMBER = new Intl.NumberFormat("en");

export function count(number: number): string {
  return NUMBER.format(number);
}

/** `1 volume`, `2,000 volumes`. */
export function counted(number: number, one: string, many = `${one}s`): string {
  return `${count(number)} ${number === 1 ? one : many}`;
}

export function percent(part: number, whole: number): string {
  return whole === 0 ? "0 %" : `${Math.floor((part / whole) * 100)} %`;
}

/** A span of milliseconds, short: `850 ms`, `3.2 s`, `4 min 10 s`, `2 h 5 min`. */
export function span(milliseconds: number): string {
  const ms = Math.max(0, milliseconds);
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

const CLOCK = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });

/** The time of day, with the day where it is not today. */
export function clockText(iso: string | number, now = Date.now()): string {
  const date = new Date(iso);
  const today = new Date(now).toDateString() === date.toDateString();
  return today ? CLOCK.format(date) : `${DAY.format(date)} ${CLOCK.format(date)}`;
}

/** What a chapter of the history is, as a heading. */
export function chapterWords(summary: Summary): string {
  if (summary.chapter === "process") return "Process started";
  if (summary.chapter === "refusal") return `${kindWord(summary.kind)} refused`;
  return kindWord(summary.kind);
}

/** Steps over and all steps of the present plan of a board. */
export function headway({ courses }: Board): { readonly done: number; readonly total: number } {
  let [done, total] = [0, 0];
  for (const cell of courses.at(-1)?.cells ?? []) {
    if (cell.state === "not-implemented") continue;
    done += cell.done + cell.dropped;
    total += cell.total;
  }
  return { done, total };
}
