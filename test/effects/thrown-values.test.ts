/**
 * Odd values: JavaScript lets callbacks throw and answer with anything, and a failure must stay one whatever it is.
 */
import { expect, test } from "vitest";
import { z } from "zod";
import type { ParticipantOptions } from "../../src/effects/participant.ts";
import { createTransitions, type Transitions } from "../../src/effects/transitions.ts";
import { InDoubtError, type TransitionError } from "../../src/error.ts";
import { shortConf } from "./short-conf.ts";

const V1 = shortConf("G1@Peer0 V1");

function serving(serveVolume: () => unknown, options: ParticipantOptions = {}): Transitions {
  const t = createTransitions();
  t.register("fs", { serveVolume: serveVolume as () => void }, options);
  return t;
}

async function failureOf(t: Transitions): Promise<TransitionError> {
  const failure = await t.up(V1).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(Error);
  return failure as TransitionError;
}

const nasty = (): never => {
  throw new Error("not even that");
};
const THROWN: readonly (readonly [name: string, value: unknown, says: string])[] = [
  ["undefined", undefined, "undefined"],
  ["null", null, "null"],
  ["a text", "no", "no"],
  ["a symbol", Symbol("no"), "Symbol(no)"],
  ["a frozen object with a message", Object.freeze({ message: "no" }), "no"],
  ["an object without a prototype", Object.create(null), "cannot be made into text"],
  ["an error whose message throws", Object.defineProperty(new Error(), "message", { get: nasty }), "cannot be made"],
  [
    "a proxy whose every trap throws",
    new Proxy({}, { get: nasty, has: nasty, getPrototypeOf: nasty }),
    "cannot be made",
  ],
];

test.each(THROWN)("a callback that throws %s has failed, and says so", async (_name, value, says) => {
  const ways = [
    () => nastyThrow(value),
    () => Promise.reject(value),
    () => thenable((_done, fail) => fail(value)),
    () => thenable(() => nastyThrow(value)),
  ];
  for (const way of ways) {
    const t = serving(way);
    const failure = await failureOf(t);
    expect(failure).toMatchObject({ code: "CALLBACK_FAILED", participant: "fs", subject: "V1" });
    expect(failure.message).toContain(says);
    expect(t.status().state).toBe("failed");
    expect((await t.down()).outcome).toBe("finished");
  }
});

/** An object that is as good as a promise to whoever awaits it. */
function thenable(then: (done: () => void, fail: (reason: unknown) => void) => void): object {
  return { then };
}

function nastyThrow(value: unknown): never {
  throw value;
}

test("an InDoubtError of another copy of this package is one", async () => {
  const other = Object.assign(new Error("who knows"), { name: "InDoubtError" });
  const t = serving(() => Promise.reject(other));
  expect((await failureOf(t)).code).toBe("IN_DOUBT");
  expect(new InDoubtError("")).toMatchObject({ name: "InDoubtError" });
});

test("a function with a then is waited for like any other thenable", async () => {
  let answer = (): void => {};
  let over = false;
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const t = serving(() =>
    Object.assign(
      () => {},
      thenable((done) => void answered.then(done)),
    ),
  );
  const up = t.up(V1).then(() => {
    over = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(over).toBe(false);
  answer();
  await up;
});

const CONSENTS = [undefined, null, true, []];
const OBJECTIONS: readonly (readonly [answer: unknown, says: string])[] = [
  [false, "said no"],
  ["no", "no"],
  [new Error("no"), "no"],
  [[new Error("one"), "two", { rule: "r", message: "three" }, {}, 4], "one"],
];

test("validate consents with anything that says nothing", async () => {
  for (const answer of CONSENTS) {
    const t = serving(() => {}, { validate: (() => answer) as never });
    expect((await t.up(V1)).outcome).toBe("finished");
  }
});

test.each(OBJECTIONS)("validate objects with %o", async (answer, says) => {
  const failure = await failureOf(serving(() => {}, { validate: (async () => answer) as never }));
  expect(failure.code).toBe("VALIDATION_REFUSED");
  expect(failure.problems).toHaveLength(Array.isArray(answer) ? answer.length : 1);
  expect(failure.problems[0]).toMatchObject({ participant: "fs" });
  expect(failure.message).toContain(says);
  for (const { message } of failure.problems) expect(message).not.toMatch(/^(undefined|\[object)/);
});

test.each(THROWN)("validate that throws %s refuses the configuration", async (_name, value, says) => {
  const failure = await failureOf(serving(() => {}, { validate: () => nastyThrow(value) }));
  expect(failure.code).toBe("VALIDATION_REFUSED");
  expect(failure.message).toContain(says);
});

const SCHEMAS = {
  "that asks asynchronously": z.any().refine(async () => false, "not now"),
  "whose check throws": z.any().refine(() => nastyThrow(new Error("not now"))),
  "whose transformation throws": z.any().transform(() => nastyThrow(new Error("not now"))),
};

test.each(Object.entries(SCHEMAS))("a schema %s refuses the configuration like any other", async (_name, schema) => {
  const failure = await failureOf(serving(() => {}, { schemas: { "Volume:V1": schema } }));
  expect(failure).toMatchObject({ code: "VALIDATION_REFUSED", participant: "fs" });
  expect(failure.message).toContain("not now");
});

test("progress may be taken out of the context, and whatever it reports can be shown", async () => {
  const shown: unknown[] = [];
  const t = createTransitions();
  t.register("fs", {
    async serveVolume(_event, { progress }) {
      await Promise.resolve();
      for (const fraction of [Number.NaN, "half", -1, 7, 0.5]) {
        progress(fraction as number, 3 as never);
        shown.push(t.status().transition?.running[0]);
      }
    },
  });
  await t.up(V1);
  expect(shown).toEqual([0, 0, 0, 1, 0.5].map((fraction) => expect.objectContaining({ fraction, text: "3" })));
});
