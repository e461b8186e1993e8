/**
 * Stand-ins: the actors that an inspector gets to see.
 *
 * An inspector reads an actor's name, parent, chart and snapshot from the actor itself, so whoever may not show these as
 * they are shows another actor in its place; and what is no xstate actor at all, such as a phase, becomes visible as one.
 */
import type { InspectionEvent, Snapshot } from "xstate";

/** A snapshot as inspectors read it. Plain JSON. */
export interface ShownSnapshot {
  readonly status: Snapshot<unknown>["status"];
  readonly value?: unknown;
  readonly context?: unknown;
  readonly output?: unknown;
  readonly error?: unknown;
}

export interface StandInParts {
  /** The name that a person reads. */
  readonly name: string;
  /** Unique among everything that one inspector sees. */
  readonly sessionId: string;
  readonly parent: StandIn | undefined;
  /** In the form of a machine's config. Plain JSON. */
  readonly definition: object | undefined;
}

export class StandIn {
  readonly id: string;
  readonly sessionId: string;
  /** Where inspectors look for the parent. */
  readonly _parent: StandIn | undefined;
  /** Where inspectors look for the chart. */
  readonly logic: { readonly config: object | undefined };
  #read: () => ShownSnapshot;

  /** `read` gives the present snapshot whenever somebody looks. */
  constructor(parts: StandInParts, read: () => ShownSnapshot) {
    this.id = parts.name;
    this.sessionId = parts.sessionId;
    this._parent = parts.parent;
    this.logic = { config: parts.definition };
    this.#read = read;
  }

  getSnapshot(): ShownSnapshot {
    return this.#read();
  }

  /** Keeps the present snapshot for good, so that nothing of a transition that is over stays in memory for its sake. */
  freeze(): void {
    const last = this.#read();
    this.#read = () => last;
  }

  /** Nobody can send to a stand-in. */
  send(): void {}
}

/** The type that xstate gives actors in inspection events; of it, inspectors use what a stand-in has. */
export function asActor(standIn: StandIn): InspectionEvent["actorRef"] {
  return standIn as unknown as InspectionEvent["actorRef"];
}
