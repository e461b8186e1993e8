/**
 * Facts that are read one by one say what they say where all before them are read, as far as they can; plans have all their
 * names, whichever conf has them.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { parseConf } from "../../src/conf/conf-text.ts";
import { createTransitions } from "../../src/effects/transitions.ts";
import { recordedConfs } from "../../src/journal/fact-codec.ts";
import { FactOutlines } from "../../src/journal/fact-outline.ts";
import type { Journal } from "../../src/journal/journal.ts";
import { memoryJournal } from "../../src/journal/memory-journal.ts";
import { confsNamedIn } from "../../src/journal/plan-record.ts";
import { replayJournal } from "../../src/journal/replay.ts";
import { sqliteJournal } from "../../src/journal/sqlite-journal.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { ending } from "../effects/scene.ts";
import { largeText } from "./large-conf.ts";

const work = mkdtempSync(join(tmpdir(), "signaled-fact-outline-"));
afterAll(() => rmSync(work, { recursive: true, force: true }));

/** Starts, reloads and ends, so often. */
async function live(open: () => Journal, lives: number): Promise<void> {
  for (let life = 0; life < lives; life++) {
    const t = createTransitions({ journal: open() });
    t.register("a", { up() {}, volumeCreated() {}, serveVolume() {}, unserveVolume() {}, down() {} });
    expect(await ending(t.up(parseConf(largeText(life))))).toBe("finished");
    expect(await ending(t.signaled(parseConf(largeText(life + 1))))).toBe("finished");
    expect(await ending(t.down())).toBe("finished");
    await t.close();
  }
}

const told = (plan: Plan) => plan.deliveries.map(({ participant, events }) => [participant, ...events]);

describe("each fact by itself", () => {
  test("is what it is in the fold, plans with all their names", async () => {
    const path = join(work, "j.db");
    await live(() => sqliteJournal(path), 3);
    const journal = sqliteJournal(path);
    const outlines = new FactOutlines(journal);
    let large = 0;
    for await (const { record, fact, ledger } of replayJournal(journal)) {
      large += confsNamedIn(record).length;
      const outline = await outlines.of(record);
      if (fact.type === "PlanMade" && outline.type === "PlanMade") expect(told(outline.plan)).toEqual(told(fact.plan));
      else if (fact.type === "TransitionStarted" && outline.type === "TransitionStarted")
        expect({ ...outline, confMap: 0, target: outline.target !== undefined }).toEqual({
          ...{ ...fact, confMap: 0, target: fact.target !== undefined },
        });
      else if (fact.type !== "ConfRecorded") expect(outline).toEqual(fact);
      // With the confs at hand it is the same, and none is looked for.
      const unread = { ...journal, select: () => expect.fail("reads") };
      if (ledger.transition !== undefined || ledger.current !== undefined)
        expect(JSON.stringify(await new FactOutlines(unread, () => recordedConfs(ledger)).of(record))).toBe(
          JSON.stringify(outline),
        );
    }
    expect(large).toBe(6);
    await journal.close();
  });

  test("also in a journal that has forgotten the record of the conf", async () => {
    const journal = memoryJournal({ retain: 40 });
    await live(() => journal, 12);
    const outlines = new FactOutlines(journal);
    let large = 0;
    let kept = 0;
    for await (const record of journal.read()) {
      kept++;
      const outline = await outlines.of(record);
      if (outline.type === "PlanMade" && outline.plan.phases.some(({ events }) => events.length === 1_100)) large++;
    }
    expect(kept).toBeLessThan(60);
    expect(large).toBeGreaterThan(2);
  });
});
