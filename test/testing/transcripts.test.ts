/**
 * Every transcript in `test/transcripts` tells what happens. Rewrite them all with `UPDATE_TRANSCRIPTS=1 npx vitest run
 * test/testing/transcripts.test.ts`, and read the difference before you commit it.
 */
import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { checkTranscript } from "../../src/testing/transcript-file.ts";
import { transitionsAdapter } from "../../src/testing/transitions-adapter.ts";

const folder = new URL("../transcripts/", import.meta.url);

describe("transcripts", () => {
  const files = readdirSync(folder).filter((name) => name.endsWith(".txt"));

  it("are there", () => {
    expect(files.length).toBeGreaterThanOrEqual(11);
  });

  it.each(files)("%s", async (name) => {
    await checkTranscript(new URL(name, folder), transitionsAdapter());
  });
});
