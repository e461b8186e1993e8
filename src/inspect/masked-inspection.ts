/**
 * Masked inspection: xstate's inspection events with everything in them made small and secrets masked.
 *
 * For the lifecycle machine in an actor system of the application's own; `createTransitions({ inspect })` does the same by
 * itself.
 */
import type { InspectionEvent, Snapshot } from "xstate";
import { harmless, type Inspect } from "./inspector.ts";
import { maskedDefinition, maskedValue } from "./masked-value.ts";
import { type SecretName, Secrets } from "./secrets.ts";
import { asActor, type ShownSnapshot, StandIn } from "./stand-in.ts";

export interface MaskingOptions {
  /** Names whose values are secret, besides the usual ones. */
  readonly secrets?: readonly SecretName[] | undefined;
}

/** An inspector that passes on what `inspect` may see: actors, events and snapshots, masked. */
export function maskInspection(inspect: Inspect, options: MaskingOptions = {}): (event: InspectionEvent) => void {
  const tell = harmless(inspect);
  const masking = new InspectionMasking(new Secrets(options.secrets));
  // An application's own context may throw when it is looked at.
  return harmless((event) => {
    const masked = masking.mask(event);
    if (masked !== undefined) tell(masked);
  });
}

/** What of an actor is looked at, though xstate does not promise all of it. */
interface LookedAt {
  readonly id?: string;
  readonly sessionId: string;
  readonly _parent?: LookedAt;
  readonly logic?: { readonly config?: object };
  getSnapshot(): Snapshot<unknown>;
}

export class InspectionMasking {
  readonly #secrets: Secrets;
  readonly #standIns = new WeakMap<object, StandIn>();
  readonly #definitions = new WeakMap<object, object>();

  constructor(secrets: Secrets) {
    this.#secrets = secrets;
  }

  /** The event as it may be shown; undefined: inspectors have no use for it. */
  mask(event: InspectionEvent): InspectionEvent | undefined {
    const { rootId } = event;
    const actorRef = asActor(this.#standIn(event.actorRef as LookedAt));
    switch (event.type) {
      case "@xstate.actor":
        return { type: event.type, rootId, actorRef };
      case "@xstate.event": {
        const source = event.sourceRef as LookedAt | undefined;
        const sourceRef = source === undefined ? undefined : asActor(this.#standIn(source));
        return { type: event.type, rootId, actorRef, sourceRef, event: this.event(event.event) };
      }
      case "@xstate.snapshot": {
        const snapshot = this.snapshot(event.snapshot) as unknown as Snapshot<unknown>;
        return { type: event.type, rootId, actorRef, event: this.event(event.event), snapshot };
      }
      default:
        return undefined;
    }
  }

  event<Event extends { readonly type: string }>(event: Event): Event {
    return { ...(maskedValue(event, this.#secrets) as Event), type: event.type };
  }

  snapshot(snapshot: Snapshot<unknown>): ShownSnapshot {
    const { status, output, error } = snapshot;
    const { value, context } = snapshot as { value?: unknown; context?: unknown };
    const masked = (part: unknown): unknown => maskedValue(part, this.#secrets);
    return {
      status,
      // The names of states, which are the chart's and no secret, however they are called.
      ...(value === undefined ? {} : { value }),
      ...(context === undefined ? {} : { context: masked(context) }),
      ...(output === undefined ? {} : { output: masked(output) }),
      ...(error === undefined ? {} : { error: masked(error) }),
    };
  }

  definition(config: object): object {
    let definition = this.#definitions.get(config);
    if (definition === undefined) {
      definition = maskedDefinition(config, this.#secrets) as object;
      this.#definitions.set(config, definition);
    }
    return definition;
  }

  #snapshotOf(actor: LookedAt): ShownSnapshot {
    try {
      return this.snapshot(actor.getSnapshot());
    } catch {
      // An actor is announced before it has its first snapshot, and throws when it is asked for one.
      return { status: "active" };
    }
  }

  #standIn(actor: LookedAt): StandIn {
    let standIn = this.#standIns.get(actor);
    if (standIn === undefined) {
      const config = actor.logic?.config as { readonly id?: string } | undefined;
      const { id = actor.sessionId } = actor;
      const parts = {
        // A root that was given no name of its own has its machine's.
        name: id === actor.sessionId ? (config?.id ?? id) : id,
        sessionId: actor.sessionId,
        parent: actor._parent === undefined ? undefined : this.#standIn(actor._parent),
        definition: typeof config === "object" ? this.definition(config) : undefined,
      };
      standIn = new StandIn(parts, () => this.#snapshotOf(actor));
      this.#standIns.set(actor, standIn);
    }
    return standIn;
  }
}
