/**
 * Spans: a transition as a tree of them, with what failed and what was slow.
 */
import { context, type Span, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { parseConf } from "../../src/conf/conf-text.ts";
import { createTransitions, type Transitions } from "../../src/effects/transitions.ts";
import { traceTransitions } from "../../src/tracing/transition-spans.ts";

const exporter = new InMemorySpanExporter();
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });

beforeAll(() => {
  trace.setGlobalTracerProvider(provider);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
});
afterAll(() => {
  trace.disable();
  context.disable();
});
beforeEach(() => exporter.reset());

const CONF = (volumes: string) =>
  parseConf(
    `[Cluster]\nWhoAmI = P\nPeers = P\n[FSGlobals]\nVolumeGroupList = G\n[VolumeGroup:G]\nVolumeList = ${volumes}\nPrimaryPeer = P\nVirtualIPAddr =\n`,
  );

let serving: (volumeName: string) => unknown = () => {};

function instance(): Transitions {
  const t = createTransitions({ streamId: "s" });
  t.register("mounts", { serveVolume: ({ volumeName }) => serving(volumeName) as undefined, signaledFinish: () => {} });
  t.register("shares", { serveVolume: () => {} });
  return t;
}

/** The spans as a tree of names, each with its own in order of their beginning. */
function tree(parent?: string): object {
  const own = exporter.getFinishedSpans().filter((span) => span.parentSpanContext?.spanId === parent);
  return Object.fromEntries(own.sort(byStart).map((span) => [span.name, tree(span.spanContext().spanId)]));
}
const byStart = (a: ReadableSpan, b: ReadableSpan) =>
  a.startTime[0] - b.startTime[0] || a.startTime[1] - b.startTime[1];
const named = (name: string) => exporter.getFinishedSpans().filter((span) => span.name === name);

test("a transition is a tree of phases and participants, in the span of whoever asked", async () => {
  serving = () => {};
  const t = instance();
  const stop = traceTransitions(t);
  await trace.getTracer("app").startActiveSpan("app starts", async (span: Span) => {
    await t.up(CONF("A, B"), { cause: { how: "api", who: "me", reason: "with Password = hunter2" } });
    span.end();
  });
  const phases = {
    "phase ServeVolume": { "ServeVolume mounts": {}, "ServeVolume shares": {} },
    "phase SignaledFinish": { "SignaledFinish mounts": {} },
  };
  expect(tree()).toEqual({ "app starts": { "transition up": phases } });
  expect(named("transition up")[0]?.attributes).toMatchObject({
    "signaled.transition.id": "s.1",
    "signaled.transition.kind": "up",
    "signaled.cause.who": "me",
    "signaled.cause.reason": "with Password = ***",
    "signaled.outcome": "finished",
  });
  expect(named("ServeVolume mounts")[0]?.attributes).toMatchObject({
    "signaled.steps": 2,
    "signaled.participant": "mounts",
  });
  exporter.reset();
  stop();
  await t.signaled(CONF("A"));
  expect(exporter.getFinishedSpans()).toEqual([]);
  await t.close();
});

test("a failed step has a span with the error; who goes on later begins another, linked to that one", async () => {
  serving = (name) => {
    if (name === "B") throw new Error("the disk of B is gone");
  };
  const t = instance();
  traceTransitions(t);
  await t.up(CONF("A, B")).catch(() => {});
  const [step] = named("step ServeVolume");
  expect(step?.attributes).toMatchObject({
    "signaled.subject": "B",
    "signaled.idempotency_key": "s.1/mounts/ServeVolume/B",
  });
  expect(step?.status).toMatchObject({ code: 2, message: expect.stringContaining("the disk of B is gone") });
  expect(named("ServeVolume mounts")[0]?.status.code).toBe(2);
  const [held] = named("transition up");
  expect(held?.status.code).toBe(2);
  serving = () => {};
  await t.retry();
  const [, resumed] = named("transition up");
  expect(resumed?.links[0]?.context.spanId).toBe(held?.spanContext().spanId);
  expect(resumed?.attributes["signaled.outcome"]).toBe("finished");
  await t.close();
});

test("a slow step has a span from its beginning; quick ones have none", async () => {
  serving = (name) => (name === "B" ? new Promise((done) => setTimeout(done, 300)) : undefined);
  const t = instance();
  const stop = traceTransitions(t, { slow: 50 });
  await t.up(CONF("A, B, C"));
  const steps = named("step ServeVolume");
  expect(steps.map(({ attributes }) => attributes["signaled.subject"])).toEqual(["B"]);
  const [seconds = 0, nanoseconds = 0] = steps[0]?.duration ?? [];
  expect(seconds * 1_000 + nanoseconds / 1e6).toBeGreaterThan(200);
  stop();
  await t.close();
});
