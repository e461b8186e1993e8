/**
 * Random confs: texts that are nearly of the dialect, and values of every kind that a ConfMap may hold.
 */

import fc from "fast-check";
import type { ConfValues } from "../../src/conf/conf-map.ts";

const FRAGMENTS = [
  ...'ab09_-/:.*[]=$"{}\\+,;#! \té\r\u0000\uFEFF\uFFFD',
  ..."===:::,,,   ab",
  "\\u0020",
  "\\U002c",
  "\\u002C",
  ".include ",
  "a.conf",
  "d/b.conf",
  "[S]",
  "A = ",
  "B: ",
] as const;

/** A line of fragments of the dialect, put together anyhow. */
export const anyLine: fc.Arbitrary<string> = fc.string({ unit: fc.constantFrom(...FRAGMENTS), maxLength: 14 });

const name = fc.string({ unit: fc.constantFrom(..."aAbB09_-/.*[]"), minLength: 1, maxLength: 5 });
const value = fc.string({ unit: fc.constantFrom(...'abAB09_=*-/:.[]"{}\\+'), minLength: 1, maxLength: 5 });
const blanks = fc.constantFrom("", " ", "\t", "  ");
const separator = fc.constantFrom(" ", ",", ", ", " , ", "\t");

/** A well-formed option line. */
const optionLine = fc
  .tuple(blanks, name, blanks, fc.constantFrom("=", ":"), blanks, fc.array(value, { maxLength: 3 }), separator, blanks)
  .map(([a, option, b, assignment, c, values, d, e]) => a + option + b + assignment + c + values.join(d) + e);

const goodLine = fc.oneof(
  { weight: 5, arbitrary: optionLine },
  { weight: 2, arbitrary: fc.constantFrom("[S]", "[S]", "[T:1]", " [U/x] # here", "") },
  {
    weight: 1,
    arbitrary: fc.constantFrom("# note", "; é", ".include a.conf", ".include d/b.conf", ".include ../a.conf"),
  },
);

const lineEnd = fc.constantFrom("\n", "\n", "\n", "\r\n");

const textOf = (line: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .tuple(fc.constantFrom("[S]\n", "[S]\n", "", "\uFEFF[S]\r\n"), fc.array(fc.tuple(line, lineEnd), { maxLength: 8 }))
    .map(([head, lines]) => head + lines.flat().join(""));

/** A conf of well-formed lines; its includes may be missing or go round in circles. */
export const goodText: fc.Arbitrary<string> = textOf(goodLine);

/** A conf in which a line or two may be anything. */
export const anyText: fc.Arbitrary<string> = textOf(
  fc.oneof({ weight: 6, arbitrary: goodLine }, { weight: 2, arbitrary: anyLine }),
);

/** Values that the dialect can write. */
export const writableValues: fc.Arbitrary<ConfValues> = dictionaryOf(
  fc.string({ unit: fc.constantFrom(..."aZ09_-/:."), minLength: 1, maxLength: 6 }),
  dictionaryOf(
    fc.tuple(name, fc.constantFrom("", "$")).map((parts) => parts.join("")),
    fc.array(
      fc
        .tuple(
          fc.string({ unit: fc.constantFrom(...'aZ0=*:.[]"{}+ ,\\u'), minLength: 1, maxLength: 6 }),
          fc.constantFrom("", "$"),
        )
        .map((parts) => parts.join(""))
        .filter((text) => !/\\[uU]00(?:20|2[cC])/.test(text)),
      { maxLength: 3 },
    ),
    1,
  ),
);

/** Values of which most cannot be written in the dialect, with names that objects have of themselves. */
export const anyValues: fc.Arbitrary<ConfValues> = dictionaryOf(
  fc.oneof(fc.string({ maxLength: 4 }), fc.constantFrom("__proto__", "constructor", "toString", "1", "S", "S", "T")),
  dictionaryOf(
    fc.oneof(fc.string({ maxLength: 4 }), fc.constantFrom("__proto__", "constructor", "1", "a", "b", "[a", "a:b", "")),
    fc.array(fc.oneof(fc.string({ unit: "binary", maxLength: 4 }), anyLine, value), { maxLength: 3 }),
    0,
  ),
);

/** An override, most often one that fits. */
export const anyOverride: fc.Arbitrary<string> = fc.oneof(
  fc
    .tuple(fc.constantFrom("S.", "T.", "[A].", "x*.", "x$.", "S.y$.", ".", ".."), optionLine)
    .map(([section, line]) => section + line.trimStart()),
  anyLine,
  fc.tuple(anyLine, anyLine).map((parts) => parts.join(".")),
);

function dictionaryOf<Value>(
  key: fc.Arbitrary<string>,
  content: fc.Arbitrary<Value>,
  minKeys = 0,
): fc.Arbitrary<Record<string, Value>> {
  return fc
    .uniqueArray(fc.tuple(key, content), { selector: ([text]) => text, minLength: minKeys, maxLength: 5 })
    .map((entries) => Object.fromEntries(entries));
}
