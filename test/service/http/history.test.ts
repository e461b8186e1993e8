/**
 * The history over HTTP against the one truth: whatever the journal, pages of the timeline are the chapters that folding all
 * of it gives, any moment is the fold up to it, and the numbers are those of the states counted.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { parseConf } from "../../../src/conf/conf-text.ts";
import { createTransitions } from "../../../src/effects/transitions.ts";
import { Secrets } from "../../../src/inspect/secrets.ts";
import { FactOutlines } from "../../../src/journal/fact-outline.ts";
import type { Journal, JournalSnapshot } from "../../../src/journal/journal.ts";
import { currentStates, EMPTY_LEDGER, type Ledger, lifecycleStateOf } from "../../../src/journal/ledger.ts";
import { memoryJournal } from "../../../src/journal/memory-journal.ts";
import { replayJournal, snapshotOf } from "../../../src/journal/replay.ts";
import { sqliteJournal } from "../../../src/journal/sqlite-journal.ts";
import { summaryOf, UNTOLD } from "../../../src/plan/participant-state.ts";
import { type Chapter, HistoryReader } from "../../../src/service/history.ts";
import type { Summary } from "../../../src/service/http/answers.ts";
import { ChapterLookup } from "../../../src/service/http/chapter-lookup.ts";
import { type FactSource, factsPage } from "../../../src/service/http/fact-pages.ts";
import type { LiveView } from "../../../src/service/http/live-view.ts";
import { Moments } from "../../../src/service/http/moments.ts";
import { countsIn } from "../../../src/service/http/participant-counts.ts";
import { Timeline } from "../../../src/service/http/timeline.ts";
import { planConcerns } from "../../../src/service/plan-concern.ts";
import { confTextOf, topologies } from "../../../src/testing/index.ts";

/** What somebody asks of a lifecycle, one after the other. */
type Asked = {
  readonly ask: "reload" | "down" | "retry" | "rollback" | "skip" | "restart";
  readonly conf: number;
  readonly fails: boolean;
};

const ASKED: fc.Arbitrary<Asked> = fc.record(
  {
    ask: fc.constantFrom("reload", "reload", "reload", "down", "retry", "rollback", "skip", "restart"),
    conf: fc.nat({ max: 3 }),
    fails: fc.boolean(),
  },
  { noNullPrototype: true },
);
const CONFS = fc.array(topologies({ groups: 3, volumes: 5, names: fc.constantFrom(..."ABCDEFGH") }), {
  minLength: 4,
  maxLength: 4,
});

/** A journal in which all of it happened. */
async function lived(
  texts: readonly string[],
  asked: readonly Asked[],
  journal = memoryJournal({ retain: Number.POSITIVE_INFINITY }),
): Promise<Journal> {
  let fails = false;
  let calls = 0;
  const begin = () => {
    const t = createTransitions({ journal, takeover: true, streamId: "s", policy: "hold" });
    const may = (): void => {
      if (fails && ++calls % 3 === 0) throw new Error("it does not work");
    };
    t.register("a", { up: may, serveVolume: may, volumeCreated: may }, { durable: true });
    t.register("b", { serveVolume: may, unserveVolume: may, volumeGroupCreated: may, signaledFinish: () => {} });
    return t;
  };
  let t = begin();
  await t.open();
  for (const { ask, conf, fails: failing } of asked) {
    fails = failing;
    const confMap = parseConf(texts[conf] ?? "");
    const { state } = t.status();
    const work =
      ask === "restart"
        ? t.close()
        : ask === "reload"
          ? state === "down"
            ? t.up(confMap)
            : t.signaled(confMap)
          : ask === "down"
            ? t.down(undefined, { force: failing })
            : ask === "skip"
              ? t.skip("applied", "by hand")
              : t[ask]();
    await work.catch(() => {});
    if (ask === "restart") {
      t = begin();
      await t.open();
    }
  }
  await t.close();
  return journal;
}

function sourceOf(journal: Journal): FactSource {
  return { journal, outlines: new FactOutlines(journal), secrets: new Secrets() };
}

const history = fc.record({ confs: CONFS, asked: fc.array(ASKED, { minLength: 3, maxLength: 12 }) });
const textsOf = (confs: Parameters<typeof confTextOf>[0][]) => confs.map((topology) => confTextOf(topology));

function outlineOf(chapter: Chapter): object {
  const { seq, chapter: kind } = chapter;
  if (chapter.chapter !== "transition") return { seq, kind };
  const { outcome, transitionId, courses, failures } = chapter;
  const steps = courses.reduce(
    (sum, { plan }) =>
      sum + plan.deliveries.reduce((all, { events, implemented }) => all + (implemented ? events.length : 0), 0),
    0,
  );
  const told = failures.map((failure) => [failure.seq, failure.participant, failure.callback, failure.subject]);
  return { seq, kind, outcome, transitionId, steps, told };
}

function outlineOfSummary(summary: Summary): object {
  const { seq, chapter: kind } = summary;
  if (summary.chapter !== "transition") return { seq, kind };
  const { outcome, transitionId, steps, failures } = summary;
  const told = failures.map((failure) => [failure.seq, failure.participant, failure.callback, failure.subject]);
  return { seq, kind, outcome, transitionId, steps, told };
}

/** All pages, one after the other. */
async function pagesOf(timeline: Timeline, limit: number, subject?: string): Promise<Summary[]> {
  const paged: Summary[] = [];
  const bounds = { limit, since: 0, until: Number.POSITIVE_INFINITY };
  for (let before: number | undefined, more = true; more; ) {
    const page = await timeline.page({ ...bounds, before, subject });
    expect(page.transitions.length).toBeLessThanOrEqual(limit);
    paged.push(...page.transitions);
    more = page.next !== null;
    before = page.next ?? undefined;
  }
  return paged;
}

/** A lookup that has heard what the last process did. */
async function lookupOf(journal: Journal): Promise<ChapterLookup> {
  const all = [];
  for await (const each of replayJournal(journal)) all.push(each);
  const begins = all.findLastIndex(({ fact }) => fact.type === "ProcessStarted");
  const lookup = new ChapterLookup(journal, all[begins]?.ledger ?? EMPTY_LEDGER);
  for (const { fact, ledger, record } of all.slice(begins + 1)) lookup.hear(fact, ledger, record.time);
  return lookup;
}

/** A snapshot as the recorder may have made it: between transitions, with every configuration that comes again later. */
async function snapshotIn(journal: Journal, ledgers: readonly Ledger[]): Promise<JournalSnapshot | undefined> {
  for (const ledger of ledgers.filter(({ transition }) => transition === undefined).reverse()) {
    const { snapshot, confs } = snapshotOf(ledger);
    const known = new Set(confs);
    let whole = true;
    for await (const { type, body } of journal.read({ from: ledger.seq + 1 })) {
      if (type === "ConfRecorded") known.add(JSON.parse(body).hash);
      if (type === "TransitionStarted") whole &&= known.has(JSON.parse(body).conf);
    }
    if (whole && ledger.seq < ledgers.length * 0.8) return snapshot;
  }
  return undefined;
}

/** Groups beside the others, so many that plans say which conf has their names. */
const MANY = Array.from({ length: 1_050 }, (_, i) => ({
  name: `Many${i}`,
  activePeer: i % 2 === 0 ? "Peer0" : "",
  virtualIPAddr: "",
  volumes: [`m${i}`],
}));

describe("whatever happened to more than a thousand groups", () => {
  const folder = mkdtempSync(join(tmpdir(), "signaled-history-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("pages of the timeline are the chapters of the fold, and those about a name those whose plans have it", async () => {
    let journals = 0;
    let large = 0;
    await fc.assert(
      fc.asyncProperty(history, async ({ confs, asked }) => {
        const texts = confs.map((topology) =>
          confTextOf({ ...topology, groups: [...topology.groups, ...MANY] } as Parameters<typeof confTextOf>[0]),
        );
        const path = join(folder, `${++journals}.db`);
        // One start at least, whatever else.
        await lived(texts, [{ ask: "reload", conf: 0, fails: false }, ...asked], sqliteJournal(path));
        const journal = sqliteJournal(path);
        for await (const { body } of journal.select({ types: ["PlanMade"], order: "oldest-first" }))
          if (body.includes('"rolls":[{"conf"')) large++;
        const chapters = await chaptersOf(journal);
        const timeline = new Timeline({ ...sourceOf(journal), latest: () => undefined });
        expectChapters(await pagesOf(timeline, 100), chapters);
        for (const subject of ["A", "m7", "Many8", "nobody"]) {
          const about = chapters.filter(
            (chapter) =>
              chapter.chapter === "transition" && chapter.courses.some(({ plan }) => planConcerns(plan, { subject })),
          );
          expectChapters(await pagesOf(timeline, 100, subject), about);
        }
        await journal.close();
      }),
      { numRuns: 4 },
    );
    expect(large).toBeGreaterThan(3);
  });
});

async function chaptersOf(journal: Journal): Promise<readonly Chapter[]> {
  const chapters: Chapter[] = [];
  const reader = new HistoryReader({ journal });
  for await (const chapter of reader.read()) chapters.push(chapter);
  const open = reader.flush();
  return open === undefined ? chapters : [...chapters, open];
}

/** Newest first they are these. */
function expectChapters(summaries: readonly Summary[], chapters: readonly Chapter[]): void {
  const paged = summaries.map(outlineOfSummary);
  const bySeq = (a: object, b: object) => (a as { seq: number }).seq - (b as { seq: number }).seq;
  expect(paged).toEqual([...paged].sort(bySeq).reverse());
  expect([...paged].sort(bySeq)).toEqual(chapters.map(outlineOf).sort(bySeq));
}

describe("whatever happened", () => {
  test("pages of the timeline are the chapters of the fold, newest first, whatever their size", async () => {
    await fc.assert(
      fc.asyncProperty(history, fc.integer({ min: 1, max: 4 }), async ({ confs, asked }, limit) => {
        const journal = await lived(textsOf(confs), asked);
        const read = await pagesOf(new Timeline({ ...sourceOf(journal), latest: () => undefined }), limit);
        const lookup = await lookupOf(journal);
        const timeline = new Timeline({ ...sourceOf(journal), latest: () => lookup.latest });
        // What is in memory, and what was kept of the pages before, tell what reading tells.
        for (let turn = 0; turn < 2; turn++) expect(await pagesOf(timeline, limit)).toEqual(read);
        expectChapters(read, await chaptersOf(journal));
      }),
      { numRuns: 25 },
    );
  });

  test("any moment is the fold up to it, from whichever snapshot, and numbers are the states counted", async () => {
    await fc.assert(
      fc.asyncProperty(
        history,
        fc.array(fc.nat(), { minLength: 4, maxLength: 12 }),
        async ({ confs, asked }, picks) => {
          const journal = await lived(textsOf(confs), asked);
          const ledgers = [];
          for await (const { ledger } of replayJournal(journal)) ledgers.push(ledger);
          for (const ledger of ledgers) {
            for (const { name } of ledger.participants) {
              const { up, quiesced, groups, volumes, served, noticed } = summaryOf(
                currentStates(ledger).get(name) ?? UNTOLD,
              );
              const [known, all] = [Object.keys(groups).length, Object.keys(volumes).length];
              const counted = {
                up,
                quiesced,
                groups: known,
                volumes: all,
                served: served.length,
                noticed: noticed.length,
              };
              expect(countsIn(ledger, name)).toEqual(counted);
            }
          }
          const snapshot = await snapshotIn(journal, ledgers);
          const found = {
            ...journal,
            snapshot: async (atMost = 0) => (snapshot && snapshot.seq <= atMost ? snapshot : undefined),
          };
          const last = ledgers[ledgers.length - 1];
          const moments = new Moments({ journal: found, ledger: last } as unknown as LiveView);
          for (const pick of picks) {
            const expected = ledgers[pick % ledgers.length];
            if (expected === undefined) continue;
            const ledger = await moments.ledgerAt(expected.seq);
            expect([ledger.seq, lifecycleStateOf(ledger), ledger.transition?.id]).toEqual([
              expected.seq,
              lifecycleStateOf(expected),
              expected.transition?.id,
            ]);
            const summaries = (from: typeof ledger) =>
              [...currentStates(from)].map(([name, state]) => [name, summaryOf(state)]);
            expect(summaries(ledger)).toEqual(summaries(expected));
          }
        },
      ),
      { numRuns: 20 },
    );
  });

  test("a transition is found by its id as the fold has it, and facts read alike from wherever a page begins", async () => {
    await fc.assert(
      fc.asyncProperty(history, fc.nat(), async ({ confs, asked }, pick) => {
        const journal = await lived(textsOf(confs), asked);
        const lookup = new ChapterLookup(journal, EMPTY_LEDGER);
        const reader = new HistoryReader({ journal });
        for await (const chapter of reader.read()) {
          if (chapter.chapter === "transition")
            expect(outlineOf(await lookup.find(chapter.transitionId))).toEqual(outlineOf(chapter));
        }
        const whole = await factsPage(sourceOf(journal), { from: 1, limit: 10_000 });
        const from = 1 + (pick % whole.facts.length);
        const part = await factsPage(sourceOf(journal), { from, limit: 10_000 });
        expect(part.facts).toEqual(whole.facts.slice(from - 1));
      }),
      { numRuns: 15 },
    );
  });
});
