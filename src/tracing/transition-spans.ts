/**
 * Spans of OpenTelemetry for what a lifecycle does: one for each transition, and in it one for each phase, each participant
 * in it, and each step that is slow or fails.
 *
 * It listens to the facts, so that it can be put on any instance and slows none; a step's own time is no fact, and is
 * looked at while it is waited for. Only who asks for this module loads the API of OpenTelemetry.
 */
import {
  type Attributes,
  type Context,
  context,
  type Link,
  type Span,
  SpanStatusCode,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import type { Transitions } from "../effects/transitions.ts";
import { Secrets } from "../inspect/secrets.ts";
import { type Fact, idempotencyKeyOf } from "../journal/fact.ts";
import type { Ledger, OpenTransition } from "../journal/ledger.ts";
import type { Delivery } from "../plan/plan.ts";
import { VERSION } from "../version.ts";

export interface TracingOptions {
  /** Default: that of the provider that the application has registered. */
  readonly tracer?: Tracer | undefined;
  /** Milliseconds from which on a step has a span of its own. Default 1,000. */
  readonly slow?: number | undefined;
}

/** Begins to trace an instance. Gives the way to stop, which ends the spans that are open. */
export function traceTransitions(transitions: Transitions, options: TracingOptions = {}): () => void {
  const tracer = options.tracer ?? trace.getTracer("signaled", VERSION);
  const spans = new TransitionSpans({ transitions, tracer, slow: options.slow ?? 1_000 });
  const unsubscribe = transitions.subscribe((fact, ledger, time) => spans.hear(fact, ledger, time));
  return () => {
    unsubscribe();
    spans.stop();
  };
}

interface SpanParts {
  readonly transitions: Transitions;
  readonly tracer: Tracer;
  readonly slow: number;
}

interface OpenSpan {
  readonly span: Span;
  readonly inside: Context;
}

class TransitionSpans {
  readonly #parts: SpanParts;
  readonly #secrets = new Secrets();
  #transition: OpenSpan | undefined;
  #phase: (OpenSpan & { readonly index: number }) | undefined;
  #delivery: (OpenSpan & { readonly at: Delivery; readonly transitionId: string }) | undefined;
  /** Slow steps that are waited for, by subject. */
  readonly #steps = new Map<string, Span>();
  #held: Link | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(parts: SpanParts) {
    this.#parts = parts;
  }

  stop(): void {
    this.#endTransition(Date.now());
  }

  hear(fact: Fact, { transition }: Ledger, time: number): void {
    switch (fact.type) {
      case "TransitionStarted":
        this.#endTransition(time);
        this.#held = undefined;
        if (transition !== undefined) this.#beginTransition(transition, time);
        return;
      case "StepsAnnounced":
      case "StepsApplied":
        if (transition !== undefined) this.#enter(transition, fact.delivery, time);
        return;
      case "StepFailed":
        this.#fail(fact.index, { message: fact.failure.message, inDoubt: fact.inDoubt }, time);
        return;
      case "TransitionHeld":
        this.#transition?.span.setStatus({ code: SpanStatusCode.ERROR, message: this.#said(fact.failure.message) });
        this.#held = this.#transition && { context: this.#transition.span.spanContext() };
        this.#endTransition(time);
        return;
      case "TransitionResumed":
        if (transition !== undefined && this.#transition === undefined) this.#beginTransition(transition, time);
        return;
      case "TransitionPaused":
        this.#transition?.span.addEvent("paused", {}, time);
        return;
      case "TransitionAbandoned":
        this.#transition?.span.setAttribute("signaled.outcome", "superseded");
        this.#endTransition(time);
        return;
      case "TransitionFinished":
        this.#transition?.span.setAttribute("signaled.outcome", fact.outcome);
        this.#endTransition(time);
        return;
      default:
    }
  }

  #beginTransition({ id, kind, order, cause, target }: OpenTransition, time: number): void {
    const attributes = defined({
      "signaled.transition.id": id,
      "signaled.transition.kind": kind,
      "signaled.order": order,
      "signaled.cause.how": cause.how,
      "signaled.cause.who": cause.who,
      "signaled.cause.reason": cause.reason === undefined ? undefined : this.#said(cause.reason),
      "signaled.target.groups": target?.groups.length,
    });
    // Of the application's own span, where the request was made in one.
    const links = this.#held === undefined ? [] : [this.#held];
    const settings = { attributes, startTime: time, links };
    this.#transition = opened(this.#parts.tracer.startSpan(`transition ${kind}`, settings), context.active());
    this.#timer ??= setInterval(() => this.#lookAtSteps(), this.#parts.slow / 2).unref();
  }

  #enter(transition: OpenTransition, delivery: number, time: number): void {
    const at = transition.progress?.plan.deliveries[delivery];
    const parent = this.#transition;
    if (at === undefined || parent === undefined || at === this.#delivery?.at) return;
    this.#endDelivery(time);
    if (this.#phase?.index !== at.phase) this.#beginPhase(transition, at.phase, time);
    const attributes = {
      "signaled.callback": at.callback,
      "signaled.participant": at.participant,
      "signaled.steps": at.events.length,
    };
    const settings = { attributes, startTime: time };
    const inside = this.#phase?.inside ?? parent.inside;
    const span = this.#parts.tracer.startSpan(`${at.callback} ${at.participant}`, settings, inside);
    this.#delivery = { ...opened(span, inside), at, transitionId: transition.id };
  }

  #beginPhase({ progress }: OpenTransition, index: number, time: number): void {
    this.#phase?.span.end(time);
    const phase = progress?.plan.phases[index];
    const parent = this.#transition;
    if (phase === undefined || parent === undefined) return;
    const attributes = {
      "signaled.callback": phase.callback,
      "signaled.direction": phase.direction,
      "signaled.participants": phase.participants.length,
    };
    const span = this.#parts.tracer.startSpan(
      `phase ${phase.callback}`,
      { attributes, startTime: time },
      parent.inside,
    );
    this.#phase = { ...opened(span, parent.inside), index };
  }

  /** A step that failed has a span also where it was not slow. */
  #fail(index: number, failure: { readonly message: string; readonly inDoubt: boolean }, time: number): void {
    const delivery = this.#delivery;
    if (delivery === undefined) return;
    const subject = delivery.at.events.subject(index);
    const span = this.#steps.get(subject) ?? this.#stepSpan(subject, time);
    const message = this.#said(failure.message);
    span?.setAttribute("signaled.in_doubt", failure.inDoubt);
    span?.setStatus({ code: SpanStatusCode.ERROR, message });
    span?.end(time);
    this.#steps.delete(subject);
    delivery.span.setStatus({ code: SpanStatusCode.ERROR, message });
  }

  /** Begins spans of steps that have become slow, and ends those of steps that are waited for no more. */
  #lookAtSteps(): void {
    const running = this.#parts.transitions.status().transition?.running ?? [];
    const now = performance.now();
    const waited = new Set(running.map(({ subject }) => subject));
    for (const { subject, since } of running) {
      if (now - since < this.#parts.slow || this.#steps.has(subject)) continue;
      const span = this.#stepSpan(subject, Date.now() - (now - since));
      if (span !== undefined) this.#steps.set(subject, span);
    }
    for (const [subject, span] of this.#steps) {
      if (waited.has(subject)) continue;
      span.end();
      this.#steps.delete(subject);
    }
  }

  #stepSpan(subject: string, startTime: number): Span | undefined {
    const delivery = this.#delivery;
    if (delivery === undefined) return undefined;
    const { participant, callback } = delivery.at;
    const attributes = {
      "signaled.callback": callback,
      "signaled.participant": participant,
      "signaled.subject": subject,
      "signaled.idempotency_key": idempotencyKeyOf(delivery.transitionId, participant, callback, subject),
    };
    return this.#parts.tracer.startSpan(`step ${callback}`, { attributes, startTime }, delivery.inside);
  }

  #endDelivery(time: number): void {
    for (const span of this.#steps.values()) span.end(time);
    this.#steps.clear();
    this.#delivery?.span.end(time);
    this.#delivery = undefined;
  }

  #endTransition(time: number): void {
    this.#endDelivery(time);
    this.#phase?.span.end(time);
    this.#phase = undefined;
    this.#transition?.span.end(time);
    this.#transition = undefined;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** What somebody wrote may hold anything, and spans go far. */
  #said(text: string): string {
    return this.#secrets.freeText(text);
  }
}

function opened(span: Span, outside: Context): OpenSpan {
  return { span, inside: trace.setSpan(outside, span) };
}

function defined(attributes: Readonly<Record<string, string | number | undefined>>): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined)) as Attributes;
}
