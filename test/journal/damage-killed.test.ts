import { rmSync } from "node:fs";
import { afterAll, expect, it } from "vitest";
import { changeBytes, cutBytes, told } from "./damage-campaign.ts";
import { journalImage, quickFolder, tryImage } from "./journal-image.ts";

/** An exhaustive run on a busy machine takes a good part of it. */
const PATIENCE = 1_800_000;

const folder = quickFolder();
const image = await journalImage(folder, "killed");

afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("reads what a killed writer left", async () => {
  expect(image.records).toHaveLength(8);
  expect(await tryImage(`${folder}/whole`, image.database, image.log)).toEqual({
    refused: undefined,
    epoch: 3,
    repaired: false,
    reported: false,
    facts: image.records,
  });
});

it("finds every change of a byte of a killed writer's file", { timeout: PATIENCE }, async () => {
  const campaign = await changeBytes(folder, image, { file: "database", every: 27 });
  console.log(`killed writer's file, ${image.database.length} bytes, changed: ${told(campaign)}`);
  expect(campaign.silent).toEqual([]);
});

it("finds every change of a byte of a killed writer's log", { timeout: PATIENCE }, async () => {
  const campaign = await changeBytes(folder, image, { file: "log", every: 5 });
  console.log(`killed writer's log, ${image.log.length} bytes, changed: ${told(campaign)}`);
  expect(campaign.silent).toEqual([]);
  // Only the last append is ever taken for one that was cut off: what lies before another append is damage.
  expect([...campaign.counts.keys()].sort()).toEqual(["last append lost and said so", "refused with JOURNAL_DAMAGED"]);
});

it("does not take a frame that was changed for one that was never written", async () => {
  // The last frame, by its sums a part of the log, says that it belongs to another one.
  const log = image.log.slice();
  const frame = log.length - (24 + 512);
  log[frame + 8] = (log[frame + 8] ?? 0) ^ 1;
  expect(await tryImage(`${folder}/salted`, image.database, log)).toEqual({ refused: "JOURNAL_DAMAGED" });
});

it("takes every truncation of a killed writer's log for a torn tail", { timeout: PATIENCE }, async () => {
  const campaign = await cutBytes(folder, image, { file: "log", every: 27 });
  console.log(`killed writer's log, ${image.log.length} bytes, cut: ${told(campaign)}`);
  expect(campaign.silent).toEqual([]);
});
