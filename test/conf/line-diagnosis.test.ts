/**
 * What the reader says of a line that it refuses: the one thing that is wrong, and what to write instead.
 */

import { expect, test } from "vitest";
import { explainLine, explainOverride } from "../../src/conf/line-diagnosis.ts";

test.each([
  ["foo", '"foo" is neither a [Section] header nor an assignment: write Option = value'],
  ["foo # = 1", '"foo" is neither a [Section] header nor an assignment: write Option = value'],
  ["= 1", '"= 1" has no option name in front of the assignment: write Option = value'],
  ["a b = 1", 'has " " in its option name: an option name has letters'],
  ["a$b = 1", 'has "$" in its option name'],
  ["é = 1", 'has "é" in its option name'],
  ["[a", '"[a" is a section header without its closing bracket, or with text behind it'],
  ["[a] b", '"[a] b" is a section header without its closing bracket, or with text behind it'],
  ["[]", '"[]" is a section header without a name: write [Section]'],
  ["[a b]", 'is a section header with " " in its name: a section name has letters'],
  ["a = ,b", '"a = ,b" has a comma in front of its first value: remove it'],
  ["a = b,", '"a = b," has a comma behind its last value: remove it'],
  ["a = b, , c", '"a = b, , c" has two commas with no value between them: remove one'],
  ["a = b, c!d", 'has "!" in a value'],
  ["a = b!c", 'has "!" in a value: a value has letters'],
  ["a = b$c", 'has "$" in a value'],
  ["a = b\r", 'has "\\r" in a value'],
  [`a = ${"b".repeat(1000)}!`, '...bbbbbbbbbbbbbbbbbbb!" has "!" in a value'],
])("%j", (line, said) => {
  expect(explainLine(line)).toContain(said);
  expect(explainLine(line).length).toBeLessThan(400);
});

test.each([
  ["", '"" is empty: write Section.Option=value,value'],
  ["a.b", '"a.b" assigns nothing: write'],
  ["a=b", '"a=b" has no dot between a section and an option'],
  [".a=b", "has no dot between a section and an option"],
  ["a.=b", '"a.=b" has no option behind its dot'],
  ["a .b=c", 'has " " in a name'],
  ["a.b=c # d", 'has "#" in a value'],
  ["a.b=c,", "has a comma behind its last value"],
  ["a.b=c\n", 'has "\\n" in a value'],
])("the override %j", (override, said) => {
  expect(explainOverride(override)).toContain(said);
});
