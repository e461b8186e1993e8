/**
 * A plan that says which conf has its names is gone on from as any other: whichever step its process ends at, and whatever conf
 * the next one has.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import type { ConfMap } from "../../src/conf/conf-map.ts";
import type { ParticipantCallbacks } from "../../src/effects/participant.ts";
import { createTransitions } from "../../src/effects/transitions.ts";
import { sqliteJournal } from "../../src/journal/sqlite-journal.ts";
import { CALLBACKS, CONTRACT_CALLBACKS, type LifecycleEvent } from "../../src/plan/lifecycle-event.ts";
import { type StrictParticipant, strictParticipant } from "../../src/testing/strict-participant.ts";
import { readTopology } from "../../src/topology/read-topology.ts";
import { runs } from "../runs.ts";
import { ending } from "./scene.ts";
import { shortConf } from "./short-conf.ts";

const work = mkdtempSync(join(tmpdir(), "signaled-large-plan-"));
afterAll(() => rmSync(work, { recursive: true, force: true }));

const COUNT = 1_030;
/** So many groups, of which every second is served, or every third. */
const confOf = (nth: number): ConfMap =>
  shortConf(...Array.from({ length: COUNT }, (_, i) => `G${i}@Peer${i % nth === 0 ? 0 : 1} V${i}`));
const CONFS = [confOf(2), confOf(3)] as const;

const NAMES = { mounts: "durable", cache: "volatile" } as const;

/** A process: it hangs for good at its `last` call. */
function processOn(path: string, models: Map<string, StrictParticipant>, last: number) {
  const t = createTransitions({ journal: sqliteJournal(path), takeover: true });
  let calls = 0;
  let gone = false;
  let reached = (): void => {};
  const ends = new Promise<void>((resolve) => {
    reached = resolve;
  });
  for (const [name, kind] of Object.entries(NAMES)) {
    const told = (event: LifecycleEvent, { idempotencyKey }: { readonly idempotencyKey: string }) => {
      if (gone) return undefined;
      if (++calls <= last) return void models.get(name)?.deliver(event, idempotencyKey);
      gone = true;
      reached();
      return new Promise<void>(() => {});
    };
    const callbacks = Object.fromEntries(CONTRACT_CALLBACKS.map((callback) => [CALLBACKS[callback].method, told]));
    t.register(name, callbacks as ParticipantCallbacks, { durable: kind === "durable" });
  }
  return { t, ends };
}

/** The process that the participants were in has ended. */
function restart(models: Map<string, StrictParticipant>): void {
  for (const [name, kind] of Object.entries(NAMES))
    models.set(name, (models.get(name) as StrictParticipant).restarted(kind));
}

test("whichever step its process ends at", async () => {
  let journals = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom("up", "down"),
      fc.nat({ max: 2 * (2 + 2 * COUNT + COUNT / 2) - 1 }),
      fc.boolean(),
      async (command, last, other) => {
        const path = join(work, `${++journals}.db`);
        const models = new Map(Object.keys(NAMES).map((name) => [name, strictParticipant({ whoAmI: "Peer0" })]));
        if (command === "down") {
          const before = processOn(path, models, Number.POSITIVE_INFINITY).t;
          expect(await ending(before.up(CONFS[0]))).toBe("finished");
          await before.close();
          restart(models);
        }
        const { t, ends } = processOn(path, models, last);
        const asked = command === "up" ? t.up(CONFS[0]) : t.up(CONFS[0]).then(() => t.down());
        await Promise.race([asked.catch(() => {}), ends]);
        restart(models);
        const next = processOn(path, models, Number.POSITIVE_INFINITY).t;
        const conf = CONFS[other ? 1 : 0];
        expect(await ending(next.up(conf))).toBe("finished");
        for (const model of models.values()) {
          expect(model.complaints).toEqual([]);
          expect(model.endsAt(readTopology(conf))).toBeUndefined();
        }
        expect(await ending(next.down())).toBe("finished");
        for (const model of models.values()) expect(model.endsAt(undefined)).toBeUndefined();
        await next.close();
      },
    ),
    { numRuns: runs(15, 3) },
  );
}, 60_000);
