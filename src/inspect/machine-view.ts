/**
 * Machine view: the lifecycle machine as an actor, under the same name and session in every process of a history.
 *
 * The machine moves when a fact is recorded, before anybody else hears of the fact. What its inspection says waits here for
 * a moment, so that a phase is seen to end before the machine is seen to go on to the next.
 */
import type { InspectionEvent, Snapshot } from "xstate";
import type { InspectionMasking } from "./masked-inspection.ts";
import { type ShownSnapshot, StandIn } from "./stand-in.ts";
import type { Teller } from "./teller.ts";

type AnyEvent = { readonly type: string };

/** The machine's actor, as far as it is looked at. */
type MachineActor = InspectionEvent["actorRef"] & { readonly logic?: { readonly config?: object } };

export class MachineView {
  /** Undefined until there is a machine. */
  actor: StandIn | undefined;
  readonly #teller: Teller;
  readonly #masking: InspectionMasking;
  readonly #sessionId: string;
  #waiting: (() => void)[] = [];
  /** The event that was masked last: it comes twice, by itself and with the snapshot that follows from it. */
  #last: { readonly event: AnyEvent; readonly said: AnyEvent } | undefined;

  constructor(teller: Teller, masking: InspectionMasking, sessionId: string) {
    this.#teller = teller;
    this.#masking = masking;
    this.#sessionId = sessionId;
  }

  hear(event: InspectionEvent): void {
    if (event.type === "@xstate.actor") {
      const actor = this.#standIn(event.actorRef);
      this.actor = actor;
      this.#later(() => this.#teller.appears(actor));
    }
    const { actor } = this;
    if (actor === undefined) return;
    if (event.type === "@xstate.event") {
      const said = this.#event(event.event);
      this.#later(() => this.#teller.says(said, { to: actor }));
    }
    if (event.type === "@xstate.snapshot") {
      const [said, snapshot] = [this.#event(event.event), this.#snapshot(event.snapshot)];
      this.#later(() => this.#teller.shows(actor, said, snapshot));
    }
  }

  /** Tells what has waited. */
  flush(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const tell of waiting) tell();
  }

  #later(tell: () => void): void {
    if (this.#waiting.length === 0) queueMicrotask(() => this.flush());
    this.#waiting.push(tell);
  }

  #standIn(machine: MachineActor): StandIn {
    const config = machine.logic?.config;
    const definition = config === undefined ? undefined : this.#masking.definition(config);
    const parts = { name: "lifecycle", sessionId: this.#sessionId, parent: undefined, definition };
    return new StandIn(parts, () => this.#snapshot(machine.getSnapshot()));
  }

  #event(event: AnyEvent): AnyEvent {
    if (this.#last?.event !== event) this.#last = { event, said: this.#masking.event(event) };
    return this.#last.said;
  }

  /** Of the participants, whom one sees as actors, the names are enough; masking all that is known of them would take longest. */
  #snapshot(snapshot: Snapshot<unknown>): ShownSnapshot {
    const { context } = snapshot as { context?: { participants?: readonly { readonly name: string }[] } };
    if (context?.participants === undefined) return this.#masking.snapshot(snapshot);
    const participants = context.participants.map(({ name }) => name);
    return this.#masking.snapshot({
      ...snapshot,
      context: { ...context, participants },
    } as unknown as Snapshot<unknown>);
  }
}
