/**
 * EventsAhead: the events of a batch, made some way ahead of the steps that are given them.
 */
import type { EventList } from "../plan/event-list.ts";
import type { LifecycleEvent } from "../plan/lifecycle-event.ts";

/** Events that are made at once, at first and at most: twice as many each time. Who fails at the first needs no more. */
const AT_FIRST = 16;
const AT_MOST = 1024;

const NONE: readonly LifecycleEvent[] = [];

/** Fields that the hot loops read: a call for each of a million events would cost as much as making them. */
export class EventsAhead {
  /** Those that are made, of the steps from one to before another. */
  made = NONE;
  from = 0;
  to = 0;
  readonly #events: EventList;
  readonly #end: number;
  #next = AT_FIRST;

  /** @param end the position behind the batch's last step */
  constructor(events: EventList, end: number) {
    this.#events = events;
    this.#end = end;
  }

  /** Sees to it that the event at `index` is made. Steps take them in order. */
  have(index: number): void {
    if (index < this.to) return;
    this.from = index;
    this.to = Math.min(this.#end, index + this.#next);
    this.made = this.#events.stretch(index, this.to);
    this.#next = Math.min(this.#next * 2, AT_MOST);
  }
}
