/**
 * Wire events: xstate's inspection events as the text that Stately's receivers read, in the form of @statelyai/inspect.
 *
 * Only what is masked already comes here, so that nothing has to be cut or hidden any more.
 */
import type { InspectionEvent } from "xstate";

/** The version of @statelyai/inspect whose form this is. */
const FORM_VERSION = "0.7.2";

/** What inspectors look at of an actor. */
export interface WatchedActor {
  readonly id: string;
  readonly sessionId: string;
  readonly _parent?: WatchedActor | undefined;
  readonly logic?: { readonly config?: object | undefined } | undefined;
  getSnapshot(): unknown;
}

export function watchedActor(event: InspectionEvent): WatchedActor {
  return event.actorRef as unknown as WatchedActor;
}

/** The event as text; undefined: receivers know no such event. `time` is in milliseconds since the epoch. */
export function wireEvent(event: InspectionEvent, time: number): string | undefined {
  switch (event.type) {
    case "@xstate.actor":
      return wireActor(watchedActor(event), event.rootId, time);
    case "@xstate.event": {
      const { type, event: said, sourceRef } = event;
      return JSON.stringify({ type, event: said, sourceId: sourceRef?.sessionId, ...common(event, time) });
    }
    case "@xstate.snapshot": {
      const { type, event: said, snapshot } = event;
      return JSON.stringify({ type, event: said, snapshot, ...common(event, time) });
    }
    default:
      return undefined;
  }
}

/** That there is an actor, and how it is now. */
export function wireActor(actor: WatchedActor, rootId: string, time: number): string {
  return JSON.stringify({
    type: "@xstate.actor",
    name: actor.id,
    snapshot: actor.getSnapshot(),
    // A text within the text: receivers parse it once more.
    definition: JSON.stringify(actor.logic?.config ?? { id: actor.id }),
    parentId: actor._parent?.sessionId,
    sessionId: actor.sessionId,
    rootId,
    ...form(time),
  });
}

function common(event: InspectionEvent, time: number): object {
  return { sessionId: event.actorRef.sessionId, rootId: event.rootId, ...form(time) };
}

function form(time: number): object {
  return { id: null, createdAt: String(time), _version: FORM_VERSION };
}
