/**
 * The present state: every actor that is there, as a viewer who comes late has to be told before anything else.
 *
 * It holds actors and no text, so that it costs nothing while nobody looks. Of those that are over, the latest stay.
 */
import type { InspectionEvent } from "xstate";
import { type WatchedActor, watchedActor, wireActor } from "./wire-event.ts";

/** Actors that are over and are remembered: about ten transitions. */
const OVER_AT_MOST = 150;

interface Known {
  readonly actor: WatchedActor;
  readonly rootId: string;
  over: boolean;
}

export class PresentState {
  /** By session, in the order in which they came: parents before their children. */
  readonly #known = new Map<string, Known>();
  #over = 0;

  hear(event: InspectionEvent): void {
    const actor = watchedActor(event);
    const { sessionId } = actor;
    if (event.type === "@xstate.actor") {
      if (this.#known.get(sessionId)?.over === true) this.#over--;
      this.#known.set(sessionId, { actor, rootId: event.rootId, over: false });
    }
    if (event.type === "@xstate.snapshot" && event.snapshot.status !== "active") this.#isOver(sessionId);
  }

  /** The texts that tell of everything. `time` is in milliseconds since the epoch. */
  *texts(time: number): IterableIterator<string> {
    for (const { actor, rootId } of this.#known.values()) yield wireActor(actor, rootId, time);
  }

  #isOver(sessionId: string): void {
    const known = this.#known.get(sessionId);
    if (known === undefined || known.over) return;
    known.over = true;
    this.#over++;
    if (this.#over > OVER_AT_MOST) this.#forgetOldest();
  }

  /** The oldest that is over, with everything in it: an actor without its parent would stand nowhere. */
  #forgetOldest(): void {
    for (const [sessionId, { over }] of this.#known) {
      if (!over || this.#hasLiving(sessionId)) continue;
      this.#forget(sessionId);
      return;
    }
  }

  #hasLiving(parentId: string): boolean {
    return [...this.#known.values()].some(({ actor, over }) => !over && actor._parent?.sessionId === parentId);
  }

  #forget(sessionId: string): void {
    if (this.#known.get(sessionId)?.over === true) this.#over--;
    this.#known.delete(sessionId);
    for (const [child, { actor }] of [...this.#known]) if (actor._parent?.sessionId === sessionId) this.#forget(child);
  }
}
