import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { sha256 } from "../../src/journal/fact-chain.ts";

test("a text's hash is that of its UTF-8 bytes, however long it is", () => {
  for (const length of [0, 1, 16_383, 16_384, 100_000])
    for (const text of ["a".repeat(length), "ä€😀\ud800".repeat(length)])
      expect(sha256(text)).toBe(createHash("sha256").update(text, "utf8").digest("hex"));
});
