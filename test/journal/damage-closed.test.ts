import { rmSync } from "node:fs";
import { afterAll, expect, it } from "vitest";
import { changeBytes, cutBytes, told } from "./damage-campaign.ts";
import { journalImage, quickFolder, tryImage } from "./journal-image.ts";

/** An exhaustive run on a busy machine takes a good part of it. */
const PATIENCE = 1_800_000;

const folder = quickFolder();
const image = await journalImage(folder, "closed");

afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("reads a closed journal that is not damaged", async () => {
  expect(await tryImage(`${folder}/whole`, image.database, image.log)).toEqual({
    refused: undefined,
    epoch: 3,
    repaired: false,
    reported: false,
    facts: image.records,
  });
});

it("finds every change of a byte of a closed journal", { timeout: PATIENCE }, async () => {
  const campaign = await changeBytes(folder, image, { file: "database", every: 5 });
  console.log(`closed journal, ${image.database.length} bytes, changed: ${told(campaign)}`);
  expect(campaign.silent).toEqual([]);
  // One byte of the header, at every pattern, makes SQLite take the file for read-only; all else is called damage.
  expect(campaign.counts.get("refused with JOURNAL_UNAVAILABLE") ?? 0).toBeLessThanOrEqual(4);
});

it("finds every truncation of a closed journal", { timeout: PATIENCE }, async () => {
  const campaign = await cutBytes(folder, image, { file: "database", every: 27 });
  console.log(`closed journal, ${image.database.length} bytes, cut: ${told(campaign)}`);
  expect(campaign.silent).toEqual([]);
});
