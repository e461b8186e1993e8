/**
 * Roster: the participants that an inspector sees, from when they are declared until they are taken down for good.
 */
import type { Fact } from "../journal/fact.ts";
import type { Ledger } from "../journal/ledger.ts";
import type { Delivery } from "../plan/plan.ts";
import { ParticipantView, type WaitedFor } from "./participant-view.ts";
import type { Secrets } from "./secrets.ts";
import type { StandIn } from "./stand-in.ts";
import type { Teller } from "./teller.ts";

/** What is waited for at this moment, which no fact says. */
export interface Waiting {
  readonly delivery: Delivery | undefined;
  running(): readonly Begun[];
}

export interface Begun {
  readonly subject: string;
  /** Monotonic milliseconds. */
  readonly since: number;
  readonly fraction?: number;
  readonly text?: string;
}

/** Steps that are named as waited for. */
const WAITED_FOR_AT_MOST = 5;

export class Roster {
  readonly views = new Map<string, ParticipantView>();
  readonly #teller: Teller;
  readonly #secrets: Secrets;
  /** Milliseconds since the epoch at the zero of the monotonic clock. */
  readonly #epoch: number;

  constructor(teller: Teller, secrets: Secrets, epoch: number) {
    this.#teller = teller;
    this.#secrets = secrets;
    this.#epoch = epoch;
  }

  enlist(participants: Ledger["participants"], root: StandIn): void {
    for (const { name } of participants) {
      if (this.views.has(name)) continue;
      const view = new ParticipantView(name, root);
      this.views.set(name, view);
      this.#teller.appears(view.actor);
    }
  }

  /** Between plans everybody stands where the ledger says; who is in it no more has gone. */
  settle(ledger: Ledger, type: Fact["type"]): void {
    for (const [name, view] of this.views) {
      const before = `${view.standing} ${view.inDoubt}`;
      const state = ledger.states.get(name);
      view.standing = state?.up !== true ? "down" : state.quiesced ? "quiesced" : "up";
      view.inDoubt = doubtsOf(ledger, name);
      if (!ledger.participants.some((participant) => participant.name === name)) {
        view.gone = true;
        this.#teller.ends(view.actor, { type });
        this.views.delete(name);
      } else if (before !== `${view.standing} ${view.inDoubt}`) this.#teller.shows(view.actor, { type });
    }
  }

  /** Somebody goes on past a failure. */
  forgive(): void {
    for (const view of this.views.values()) view.failure = undefined;
  }

  /** No transition is under way. */
  rest(): void {
    for (const view of this.views.values()) view.rest();
  }

  /** A step in doubt was delivered again, is so no more, or was answered for too late. */
  hearOfDoubt(fact: Extract<Fact, { readonly idempotencyKey: string }>, ledger: Ledger): void {
    const { idempotencyKey, ...rest } = fact;
    for (const [name, view] of this.views) {
      const inDoubt = doubtsOf(ledger, name);
      const own = ledger.inDoubt.some((step) => step.idempotencyKey === idempotencyKey && step.participant === name);
      if (inDoubt === view.inDoubt && !own) continue;
      view.inDoubt = inDoubt;
      const event = { ...rest, step: idempotencyKey };
      this.#teller.says(event, { to: view.actor });
      this.#teller.shows(view.actor, event);
    }
  }

  look(waiting: Waiting): void {
    for (const [name, view] of this.views) {
      const begun = waiting.delivery?.participant === name ? waiting.running() : [];
      const waitedFor = begun.slice(0, WAITED_FOR_AT_MOST).map((step) => this.#waitedFor(step));
      if (JSON.stringify(waitedFor) === JSON.stringify(view.waitedFor)) continue;
      view.waitedFor = waitedFor;
      this.#teller.shows(view.actor, { type: "waiting" });
    }
  }

  #waitedFor({ subject, since, fraction, text }: Begun): WaitedFor {
    return {
      subject,
      since: new Date(Math.round(this.#epoch + since)).toISOString(),
      ...(fraction === undefined ? {} : { fraction }),
      ...(text === undefined ? {} : { text: this.#secrets.freeText(text) }),
    };
  }
}

function doubtsOf(ledger: Ledger, name: string): number {
  return ledger.inDoubt.filter(({ participant }) => participant === name).length;
}
