/**
 * Teller: says to an inspector what happens among stand-ins, in xstate's three words: actor, event, snapshot.
 *
 * Progress is told at most every so often: the steps of a large transition are a few snapshots, and what the last of them
 * left out is told with whatever comes next.
 */
import type { InspectionEvent, Snapshot } from "xstate";
import { asActor, type ShownSnapshot, type StandIn } from "./stand-in.ts";

/** An event as inspectors show it. Plain JSON. */
export interface ShownEvent {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** Milliseconds between two snapshots that only tell of progress. */
const PROGRESS_EVERY = 250;

export class Teller {
  readonly #tell: (event: InspectionEvent) => void;
  readonly #now: () => number;
  readonly #rootId: string;
  readonly #shownAt = new WeakMap<StandIn, number>();
  readonly #overdue = new Set<StandIn>();

  constructor(options: {
    readonly tell: (event: InspectionEvent) => void;
    /** Milliseconds; only differences mean something. */
    readonly now: () => number;
    readonly rootId: string;
  }) {
    this.#tell = options.tell;
    this.#now = options.now;
    this.#rootId = options.rootId;
  }

  /** The actor is there from now on. */
  appears(actor: StandIn): void {
    this.#tell({ type: "@xstate.actor", rootId: this.#rootId, actorRef: asActor(actor) });
  }

  /** Somebody, or nobody in particular, said something to the actor. */
  says(event: ShownEvent, { to, from }: { readonly to: StandIn; readonly from?: StandIn | undefined }): void {
    const [actorRef, sourceRef] = [asActor(to), from === undefined ? undefined : asActor(from)];
    this.#tell({ type: "@xstate.event", rootId: this.#rootId, actorRef, sourceRef, event });
  }

  /** The actor is as its snapshot says since the event. */
  shows(actor: StandIn, event: ShownEvent, shown: ShownSnapshot = actor.getSnapshot()): void {
    this.#overdue.delete(actor);
    this.#shownAt.set(actor, this.#now());
    const snapshot = shown as unknown as Snapshot<unknown>;
    this.#tell({ type: "@xstate.snapshot", rootId: this.#rootId, actorRef: asActor(actor), event, snapshot });
  }

  /** The actor got on. */
  showsProgress(actor: StandIn): void {
    if (this.#now() - (this.#shownAt.get(actor) ?? Number.NEGATIVE_INFINITY) < PROGRESS_EVERY) this.#overdue.add(actor);
    else this.shows(actor, PROGRESS);
  }

  /** Shows what was held back and is due. */
  catchUp(): void {
    for (const actor of [...this.#overdue]) this.showsProgress(actor);
  }

  /** The actor is over, and is shown for the last time. */
  ends(actor: StandIn, event: ShownEvent): void {
    actor.freeze();
    this.shows(actor, event);
  }
}

const PROGRESS: ShownEvent = { type: "progress" };
