/**
 * The live view: where everything is at this moment, read off the ledger in memory.
 *
 * It asks nobody and waits for nothing, so that looking never takes part in the order. Numbers are worked out from the
 * progress of the plan, not from the states of the volumes, which would take as long as the transition.
 */
import type { Transitions } from "../../effects/transitions.ts";
import type { Secrets } from "../../inspect/secrets.ts";
import type { Cause } from "../../journal/fact.ts";
import type { Journal } from "../../journal/journal.ts";
import type { Ledger } from "../../journal/ledger.ts";
import { VERSION } from "../../version.ts";
import type { Service } from "../service.ts";
import type { Running, Status } from "./answers.ts";
import { countsIn } from "./participant-counts.ts";

export interface LiveViewParts {
  readonly service: Service;
  readonly transitions: Transitions;
  readonly journal: Journal;
  readonly secrets: Secrets;
  /** As it is when the view is made. */
  readonly ledger: Ledger;
}

export class LiveView {
  readonly service: Service;
  readonly transitions: Transitions;
  readonly journal: Journal;
  readonly secrets: Secrets;
  readonly startedAt = new Date(Date.now() - performance.now()).toISOString();
  #ledger: Ledger;

  constructor({ ledger, ...parts }: LiveViewParts) {
    this.service = parts.service;
    this.transitions = parts.transitions;
    this.journal = parts.journal;
    this.secrets = parts.secrets;
    this.#ledger = ledger;
    this.#learn(ledger);
    parts.transitions.subscribe((_, after) => {
      this.#ledger = after;
      this.#learn(after);
    });
  }

  get ledger(): Ledger {
    return this.#ledger;
  }

  status(): Status {
    const ledger = this.#ledger;
    const { state, transition, queued, broken } = this.transitions.status();
    const { service, secrets } = this;
    return {
      state,
      version: VERSION,
      pid: process.pid,
      conf: service.conf,
      journal: this.journal.location,
      ...(transition === undefined
        ? {}
        : {
            transition: {
              ...transition,
              cause: this.cause(transition.cause),
              held: transition.held && { ...transition.held, message: secrets.freeText(transition.held.message) },
              running: this.running().map(({ participant: _, callback: __, overdue: ___, ...step }) => step),
            },
          }),
      participants: ledger.participants.map(({ name }) => ({ name, ...countsIn(ledger, name) })),
      inDoubt: ledger.inDoubt.map(({ idempotencyKey, participant, callback }) => ({
        idempotencyKey,
        participant,
        callback,
      })),
      queued: [...queued],
      ...(broken === undefined ? {} : { broken: { code: broken.code, message: secrets.freeText(broken.message) } }),
      seq: ledger.seq,
      confHash: ledger.current?.confMap.hash ?? null,
      confInUse: service.isPosted(ledger.current?.confMap.hash) ? "posted" : "file",
      startedAt: this.startedAt,
    };
  }

  /** The steps that are waited for. */
  running(): Running[] {
    const { transition } = this.transitions.status();
    if (transition === undefined) return [];
    const now = performance.now();
    const { participant = "", callback = "" } = transition;
    return transition.running.map(({ since, text, ...step }) => ({
      ...step,
      ...(text === undefined ? {} : { text: this.secrets.freeText(text) }),
      participant,
      callback,
      elapsed: Math.round(now - since),
      overdue: now - since > step.deadline / 2,
    }));
  }

  /** What somebody wrote may hold anything. */
  cause({ how, who, reason }: Cause): Cause {
    return {
      how,
      ...(who === undefined ? {} : { who }),
      ...(reason === undefined ? {} : { reason: this.secrets.freeText(reason) }),
    };
  }

  #learn({ current, transition }: Ledger): void {
    if (current !== undefined) this.secrets.learn(current.confMap);
    if (transition !== undefined) this.secrets.learn(transition.confMap);
  }
}
