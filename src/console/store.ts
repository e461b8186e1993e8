/**
 * What the page knows of the service, in one place: views read it, and only `live.ts` and the operator's actions write it.
 */
import { useEffect, useState } from "preact/hooks";
import type { Board, Me, Status, ToldFact } from "../service/http/answers.ts";

/** `signed-out`: the service wants a token that it has not got. */
export type Connection = "connecting" | "live" | "lost" | "signed-out";

export interface Notice {
  readonly tone: "good" | "bad" | "plain";
  readonly text: string;
}

export interface Known {
  readonly connection: Connection;
  /** Milliseconds since the epoch, of when the connection was lost. */
  readonly lostSince: number | undefined;
  readonly me: Me | undefined;
  readonly status: Status | undefined;
  /** Of the transition that is under way or held, else the latest; undefined: there was none yet, or it is not known. */
  readonly board: Board | undefined;
  /** When `board.running` was heard, by `performance.now`: what is elapsed grows from there. */
  readonly boardHeard: number;
  /** Facts heard since the page was opened, the latest first. */
  readonly facts: readonly ToldFact[];
  /** What became of the operator's last action. */
  readonly notice: Notice | undefined;
}

let known: Known = {
  connection: "connecting",
  lostSince: undefined,
  me: undefined,
  status: undefined,
  board: undefined,
  boardHeard: 0,
  facts: [],
  notice: undefined,
};
const listeners = new Set<() => void>();

export function current(): Known {
  return known;
}

export function update(change: Partial<Known>): void {
  known = { ...known, ...change };
  for (const listener of [...listeners]) listener();
}

/** The part of what is known that a view shows; it is drawn again when that part is another. */
export function useKnown<Part>(select: (known: Known) => Part): Part {
  const [, redraw] = useState(0);
  const part = select(known);
  useEffect(() => {
    let shown = part;
    const listener = (): void => {
      const next = select(known);
      if (Object.is(next, shown)) return;
      shown = next;
      redraw((count) => count + 1);
    };
    listeners.add(listener);
    // Something may have changed between drawing and now.
    listener();
    return () => {
      listeners.delete(listener);
    };
  });
  return part;
}

/** Whether this person may steer. */
export function maySteer({ me }: Known): boolean {
  return me?.role === "steer";
}
