import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { memoryJournal } from "../../src/journal/memory-journal.ts";
import { collect, entries, journalContract } from "./journal-contract.ts";

journalContract({
  name: "memory",
  create: async () => memoryJournal({ retain: Number.POSITIVE_INFINITY }),
  again: async (journal) => journal,
});

describe("the memory journal", () => {
  it("encodes nothing until somebody reads", async () => {
    let encoded = 0;
    const counted = { type: "Counted", version: 1, time: 0, encode: () => `${++encoded}` };
    const journal = memoryJournal();
    const writer = await journal.open();
    await writer.append([counted, counted], 0);
    expect(encoded).toBe(0);
    expect(await collect(journal.read({ from: 2 }))).toHaveLength(1);
    expect(encoded).toBe(1);
  });

  it("keeps 10,000 facts unless told", async () => {
    const journal = memoryJournal();
    const writer = await journal.open();
    for (let round = 0; round < 25; round++) await writer.append(entries(999), writer.version);
    const kept = await collect(journal.read());
    expect(kept).toHaveLength(10_000);
    expect(kept.at(0)?.seq).toBe(25 * 999 - 10_000 + 1);
    expect(() => memoryJournal({ retain: 0 })).toThrow(RangeError);
  });

  it("does not hold on to what it forgot", async () => {
    const journal = memoryJournal({ retain: 10 });
    const writer = await journal.open();
    const refs: WeakRef<object>[] = [];
    for (let round = 0; round < 50; round++) {
      const one = { type: "Heavy", version: 1, time: 0, encode: () => '"heavy"' };
      refs.push(new WeakRef(one));
      await writer.append([one], writer.version);
    }
    setFlagsFromString("--expose-gc");
    // WeakRefs are kept alive until the end of the turn that made them.
    await setImmediate();
    runInNewContext("gc")();
    expect(refs.filter((ref) => ref.deref() !== undefined).length).toBeLessThanOrEqual(11);
    expect(writer.version).toBe(50);
  });

  it("is not changed by what becomes of the list that was appended", async () => {
    const journal = memoryJournal();
    const writer = await journal.open();
    const list = entries(2);
    await writer.append(list, 0);
    list.length = 0;
    expect(await collect(journal.read())).toHaveLength(2);
  });

  it("says in a check that a fact cannot be encoded", async () => {
    const journal = memoryJournal();
    const writer = await journal.open();
    const bad = {
      type: "Bad",
      version: 1,
      time: 0,
      encode: () => {
        throw new Error("no text for this");
      },
    };
    await writer.append([...entries(1), bad], 0);
    expect((await journal.verify()).problems).toEqual([
      { seq: 2, message: expect.stringContaining("no text for this") },
    ]);
  });
});
