/**
 * A journal that cannot be written: nothing goes on unrecorded.
 */
import { expect, test } from "vitest";
import { TransitionError } from "../../src/error.ts";
import type { Journal } from "../../src/journal/journal.ts";
import { ending, type Scene, scene } from "./scene.ts";
import { shortConf } from "./short-conf.ts";
import { watchedJournal } from "./watched-journal.ts";

const V1 = shortConf("G1@Peer0 V1");
const V1_V2 = shortConf("G1@Peer0 V1 V2");

/** A journal whose appends fail once `broken` is set. */
function breakable(): { readonly journal: Journal; broken: boolean } {
  const journal = watchedJournal(() => {
    if (state.broken) throw new TransitionError("JOURNAL_UNAVAILABLE", "the disk is full");
  });
  const state = { journal, broken: false };
  return state;
}

function sceneOn(journal: Journal): Scene {
  const s = scene({ journal });
  s.add("fs");
  return s;
}

test("nothing is dispatched that could not be announced, and the request says why", async () => {
  const disk = breakable();
  const s = sceneOn(disk.journal);
  await s.t.up(V1);
  s.told();
  disk.broken = true;
  expect(await ending(s.t.signaled(V1_V2))).toBe("JOURNAL_UNAVAILABLE");
  expect(s.told()).toEqual([]);
  expect(s.t.status().broken?.message).toContain("the disk is full");
});

/** What a participant is told after the disk is full, while the first of its two volumes is being created. */
async function toldWithoutRoom(s: Scene, disk: { broken: boolean }, milliseconds: number): Promise<readonly string[]> {
  s.rules.set("VolumeCreated V1 fs", "wait");
  const up = ending(s.t.up(V1_V2));
  await s.clock.settle();
  disk.broken = true;
  s.told();
  await s.clock.advance(milliseconds);
  s.call("VolumeCreated V1 fs").answer();
  expect(await up).toBe("JOURNAL_UNAVAILABLE");
  return s.told();
}

test("in the middle of a transition the step under way is the last", async () => {
  const disk = breakable();
  const s = scene({ journal: disk.journal });
  s.add("fs", { durable: true });
  // The rest of the batch had been announced; no other batch could be.
  expect(await toldWithoutRoom(s, disk, 0)).toEqual(["VolumeCreated V2 fs"]);
});

test("who does nothing that outlives the process is told what its plan has announced, for a moment and no longer", async () => {
  const [soon, late] = [breakable(), breakable()];
  expect(await toldWithoutRoom(sceneOn(soon.journal), soon, 0)).toEqual([
    "VolumeCreated V2 fs",
    "ServeVolume V1 fs",
    "ServeVolume V2 fs",
    "SignaledFinish fs",
  ]);
  expect(await toldWithoutRoom(sceneOn(late.journal), late, 30)).toEqual(["VolumeCreated V2 fs"]);
});

test("every later request is refused with the same reason, also when the disk has room again", async () => {
  const disk = breakable();
  const s = sceneOn(disk.journal);
  await s.t.up(V1);
  s.told();
  disk.broken = true;
  expect(await ending(s.t.signaled(V1_V2))).toBe("JOURNAL_UNAVAILABLE");
  disk.broken = false;
  expect(await ending(s.t.signaled(V1))).toBe("JOURNAL_UNAVAILABLE");
  expect(await ending(s.t.down())).toBe("JOURNAL_UNAVAILABLE");
  expect(await ending(s.t.down(undefined, { force: true }))).toBe("JOURNAL_UNAVAILABLE");
  expect(s.told()).toEqual([]);
  await s.t.close();
});

test("an instance whose journal was taken over writes nothing and tells nobody anything more", async () => {
  const s = scene();
  s.add("fs");
  await s.t.up(V1);
  const other = s.restart();
  other.add("fs");
  await other.t.up(V1);
  s.told();
  expect(await ending(s.t.signaled(V1_V2))).toBe("JOURNAL_FENCED");
  expect(s.told()).toEqual([]);
  expect(other.call("Up fs").context.fencingToken).toBeGreaterThan(s.call("Up fs").context.fencingToken);
});
