/**
 * JSON in pieces is JSON as ever.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { jsonPieces } from "../../../src/service/http/json-pieces.ts";

const many = <T>(value: fc.Arbitrary<T>) => fc.array(value, { minLength: 190, maxLength: 610 });
const VALUES = fc.oneof(
  fc.jsonValue(),
  fc.record({ long: many(fc.jsonValue({ maxDepth: 1 })), left: fc.option(fc.string(), { nil: undefined }) }),
  many(fc.tuple(fc.string(), fc.jsonValue({ maxDepth: 1 }))).map((entries) => Object.fromEntries(entries)),
);

test("the pieces are what JSON.stringify gives", () => {
  fc.assert(
    fc.property(VALUES, (value) => {
      expect([...jsonPieces(value)].join("")).toBe(JSON.stringify(value));
    }),
    { numRuns: 60 },
  );
});
