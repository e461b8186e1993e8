/**
 * Any sequence of openings, takeovers, appends, snapshots and reads gives what a naive model gives: a list of facts, a
 * number for the epoch, and whose writer is whose.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, expect, it } from "vitest";
import type { Journal, JournalRecord, JournalSnapshot, JournalWriter } from "../../src/journal/journal.ts";
import { memoryJournal } from "../../src/journal/memory-journal.ts";
import { sqliteJournal } from "../../src/journal/sqlite-journal.ts";
import { collect, entry } from "./journal-contract.ts";
import { quickDriver } from "./journal-image.ts";

const folder = mkdtempSync(join(tmpdir(), "signaled-property-"));
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

type Step =
  | { readonly do: "open"; readonly takeover: boolean }
  /** `off` is how far the expected version is from the true one. */
  | { readonly do: "append"; readonly writer: number; readonly bodies: readonly unknown[]; readonly off: number }
  | { readonly do: "snapshot"; readonly writer: number; readonly seq: number; readonly body: string }
  | { readonly do: "read"; readonly from: number; readonly to: number }
  | { readonly do: "newest"; readonly atMost: number }
  | { readonly do: "close"; readonly writer: number }
  | { readonly do: "again" };

const writer = fc.nat({ max: 3 });
const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.record({ do: fc.constant("open" as const), takeover: fc.boolean() }) },
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant("append" as const),
        writer,
        bodies: fc.array(fc.jsonValue(), { maxLength: 4 }),
        off: fc.oneof(
          { weight: 9, arbitrary: fc.constant(0) },
          { weight: 1, arbitrary: fc.integer({ min: -2, max: 2 }) },
        ),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant("snapshot" as const),
        writer,
        seq: fc.nat({ max: 12 }),
        body: fc.string(),
      }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("read" as const), from: fc.nat(12), to: fc.nat(14) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("newest" as const), atMost: fc.nat(12) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("close" as const), writer }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("again" as const) }) },
  ),
  { maxLength: 25 },
);

/** What the model knows of a writer. */
interface ModelWriter {
  readonly epoch: number;
  closed: boolean;
  failed: boolean;
}

/** The naive journal: what each step must come to, as a code of refusal or "ok". */
class Model {
  readonly facts: JournalRecord[] = [];
  readonly writers: ModelWriter[] = [];
  snapshots: JournalSnapshot[] = [];
  epoch = 0;

  holder(): ModelWriter | undefined {
    return this.writers.find((candidate) => candidate.epoch === this.epoch && !candidate.closed);
  }

  open(takeover: boolean): string {
    if (this.holder() !== undefined && !takeover) return "JOURNAL_LOCKED";
    this.writers.push({ epoch: ++this.epoch, closed: false, failed: false });
    return "ok";
  }

  /** The refusal that a writer meets before its work is looked at. */
  refusal(one: ModelWriter): string | undefined {
    if (one.closed || one.failed) return "JOURNAL_UNAVAILABLE";
    return one.epoch === this.epoch ? undefined : "JOURNAL_FENCED";
  }

  append(one: ModelWriter, bodies: readonly unknown[], off: number): string {
    const refused = this.refusal(one);
    if (refused !== undefined) return refused;
    if (off !== 0) {
      one.failed = true;
      return "JOURNAL_VERSION";
    }
    for (const body of bodies)
      this.facts.push({
        seq: this.facts.length + 1,
        epoch: one.epoch,
        type: "Said",
        version: 1,
        time: 1_700_000_000_000,
        body: JSON.stringify(body),
      });
    return "ok";
  }

  snapshot(one: ModelWriter, snapshot: JournalSnapshot): string {
    const refused = this.refusal(one);
    if (refused !== undefined) return refused;
    if (snapshot.seq > this.facts.length) {
      one.failed = true;
      return "JOURNAL_VERSION";
    }
    const others = this.snapshots.filter(({ seq }) => seq !== snapshot.seq);
    this.snapshots = [...others, snapshot].sort((a, b) => a.seq - b.seq);
    return "ok";
  }

  newest(atMost: number): JournalSnapshot | undefined {
    return this.snapshots.filter(({ seq }) => seq <= atMost).at(-1);
  }
}

async function codeOf(work: number | Promise<unknown>): Promise<string> {
  return Promise.resolve(work).then(
    () => "ok",
    (error) => error.code,
  );
}

async function holds(steps: readonly Step[], first: Journal, again: (journal: Journal) => Journal): Promise<void> {
  const model = new Model();
  const writers: JournalWriter[] = [];
  let journal = first;
  // The file of a SQLite journal comes with its first writer.
  await (await journal.open()).close();
  model.open(false);
  model.writers.pop();
  try {
    for (const step of steps) await carryOut(step);
    expect(await collect(journal.read())).toEqual(model.facts);
    expect(await journal.version()).toBe(model.facts.length);
    expect(await journal.verify()).toMatchObject({ facts: model.facts.length, problems: [] });
    expect((await journal.holder())?.epoch).toBe(model.holder()?.epoch);
  } finally {
    for (const one of writers) await one.close();
    await journal.close();
  }

  async function carryOut(step: Step): Promise<void> {
    switch (step.do) {
      case "open": {
        const opened = await journal.open({ takeover: step.takeover }).catch((error) => error.code);
        expect(typeof opened === "string" ? opened : "ok").toBe(model.open(step.takeover));
        if (typeof opened === "string") return;
        writers.push(opened);
        expect(opened).toMatchObject({ epoch: model.epoch, version: model.facts.length });
        return;
      }
      case "append": {
        const [one, modelled] = [writers.at(step.writer), model.writers.at(step.writer)];
        if (one === undefined || modelled === undefined) return;
        const said = step.bodies.map((body) => entry("Said", body));
        const version = model.facts.length + step.off;
        expect(await codeOf(one.append(said, version))).toBe(model.append(modelled, step.bodies, step.off));
        return;
      }
      case "snapshot": {
        const [one, modelled] = [writers.at(step.writer), model.writers.at(step.writer)];
        if (one === undefined || modelled === undefined) return;
        const snapshot = { seq: step.seq, body: JSON.stringify(step.body) };
        expect(await codeOf(one.saveSnapshot(snapshot))).toBe(model.snapshot(modelled, snapshot));
        return;
      }
      case "read":
        expect(await collect(journal.read({ from: step.from, to: step.to }))).toEqual(
          model.facts.filter(({ seq }) => seq >= step.from && seq <= step.to),
        );
        return;
      case "newest":
        expect(await journal.snapshot(step.atMost)).toEqual(model.newest(step.atMost));
        return;
      case "close": {
        const [one, modelled] = [writers.at(step.writer), model.writers.at(step.writer)];
        await one?.close();
        if (modelled !== undefined) modelled.closed = true;
        return;
      }
      case "again":
        await journal.close();
        journal = again(journal);
    }
  }
}

it("is what the model is, in memory", async () => {
  await fc.assert(
    fc.asyncProperty(steps, (all) => holds(all, memoryJournal({ retain: Number.POSITIVE_INFINITY }), (same) => same)),
    { numRuns: 1_000 },
  );
});

it("is what the model is, in SQLite", async () => {
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(steps, (all) =>
      holds(all, sqliteJournal(join(folder, `${++runs}.db`), { driver: quickDriver }), ({ location }) =>
        sqliteJournal(location, { driver: quickDriver }),
      ),
    ),
    { numRuns: 100 },
  );
});

it("forgets the oldest facts in memory, and no others", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat({ max: 20 })), fc.integer({ min: 1, max: 30 }), async (sizes, retain) => {
      const journal = memoryJournal({ retain });
      const one = await journal.open();
      for (const size of sizes)
        await one.append(
          Array.from({ length: size }, (_, index) => entry("Said", one.version + index + 1)),
          one.version,
        );
      const total = sizes.reduce((sum, size) => sum + size, 0);
      const kept = (await collect(journal.read())).map(({ seq, body }) => [seq, JSON.parse(body)]);
      const first = Math.max(1, total - retain + 1);
      expect(kept).toEqual(Array.from({ length: total - first + 1 }, (_, index) => [first + index, first + index]));
      expect(await journal.version()).toBe(total);
      expect(await journal.verify()).toMatchObject({ facts: kept.length, problems: [] });
    }),
    { numRuns: 300 },
  );
});
