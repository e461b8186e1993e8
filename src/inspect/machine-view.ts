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

/** The machine's actor, as far as it is looked at. */
type MachineActor = InspectionEvent["actorRef"] & { readonly logic?: { readonly config?: object } };

export class MachineView {
  /** Undefined until there is a machine. */
  actor: StandIn | undefined;
  readonly #teller: Teller;
  readonly #masking: InspectionMasking;
  readonly #sessionId: string;
  #waiting: (() => void)[] = [];

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
      const said = this.#masking.event(event.event);
      this.#later(() => this.#teller.says(said, { to: actor }));
    }
    if (event.type === "@xstate.snapshot") {
      const [said, snapshot] = [this.#masking.event(event.event), this.#snapshot(event.snapshot)];
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

  /** Of the participants, whom one sees as actors, the names are enough. */
  #snapshot(snapshot: Snapshot<unknown>): ShownSnapshot {
    const shown = this.#masking.snapshot(snapshot);
    const context = shown.context as { participants?: readonly (string | { readonly name: string })[] } | undefined;
    if (context?.participants === undefined) return shown;
    const participants = context.participants.map((each) => (typeof each === "string" ? each : each.name));
    return { ...shown, context: { ...context, participants } };
  }
}
