/**
 * Present telling: what the event stream says of now, beside the facts: the status when it has changed, and what changes on
 * the board of the running transition.
 *
 * Each is made at most four times a second, and less often where making it takes long: telling may cost a twentieth of the
 * time at most.
 */

import { BoardChanges } from "./board-telling.ts";
import type { ChapterLookup } from "./chapter-lookup.ts";
import type { Telling } from "./event-stream.ts";
import type { LiveView } from "./live-view.ts";

/** Milliseconds. */
const TELL_EVERY = 250;
const COST_AT_MOST = 1 / 20;

export class PresentTelling implements Telling {
  readonly #view: LiveView;
  readonly #chapters: ChapterLookup;
  readonly #board = new BoardChanges();
  #seq = -1;
  #state = "";
  #next = 0;

  constructor(view: LiveView, chapters: ChapterLookup) {
    this.#view = view;
    this.#chapters = chapters;
  }

  greeting(): string {
    return event("status", this.#view.status());
  }

  due(): string {
    const began = performance.now();
    if (began < this.#next) return "";
    const { ledger } = this.#view;
    let text = "";
    const { state } = this.#view.transitions.status();
    if (ledger.seq !== this.#seq || state !== this.#state) {
      this.#seq = ledger.seq;
      this.#state = state;
      text += event("status", this.#view.status());
    }
    const progress = this.#board.next(this.#chapters.open, { ledger, running: this.#view.running() });
    if (progress !== undefined) text += event("progress", progress);
    const now = performance.now();
    this.#next = now + Math.max(TELL_EVERY, (now - began) / COST_AT_MOST);
    return text;
  }
}

function event(name: string, data: object): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
