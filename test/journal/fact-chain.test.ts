import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { sha256 } from "../../src/journal/fact-chain.ts";

const hashOf = (text: string): string => createHash("sha256").update(text, "utf8").digest("hex");

test("a text's hash is that of its UTF-8 bytes, however long it is", () => {
  for (const length of [0, 1, 16_383, 16_384, 100_000])
    for (const text of ["a".repeat(length), "ä€😀\ud800".repeat(length)])
      expect(sha256("head\n", text)).toBe(hashOf(`head\n${text}`));
});

// Parts end every 32,768 characters, and none may end between the halves of one.
test.each([32_766, 32_767, 32_768, 32_769])("a character of two halves at %i is not parted", (at) => {
  const text = `${"a".repeat(at)}${"😀".repeat(40_000)}`;
  expect(sha256("", text)).toBe(hashOf(text));
  const unpaired = `${"a".repeat(at)}\ud83d`;
  expect(sha256("", unpaired)).toBe(hashOf(unpaired));
});
