/**
 * What is wrong with a line that the conf reader refused, in words, and what to write instead.
 *
 * The reader only knows that a line does not fit. Finding out why is slow and wordy, so it is done here, for the one line.
 */

import { CHARACTER_CLASS, NAME, SECTION, VALUE } from "./dialect.ts";
import { quote } from "./refusal.ts";

const SECTION_RULE = "a section name has letters, digits and _ - / : . only";
const NAME_RULE = "an option name has letters, digits and _ * - / : . [ ] only, and may end in $";
const VALUE_RULE =
  'a value has letters, digits and _ = * - / : . [ ] " { } \\ + only, and may end in $ (write \\u0020 for a blank, \\u002C for a comma)';

/** Says why a line is not of the dialect. Linear in its length. */
export function explainLine(line: string): string {
  const content = contentOf(line);
  return `${quote(content)} ${reasonFor(content)}`;
}

/** Says why an override is none. Linear in its length. */
export function explainOverride(override: string): string {
  const content = trimBlanks(override);
  return `${quote(content)} ${reasonForOverride(content)}: write Section.Option=value,value`;
}

function reasonForOverride(content: string): string {
  const assignment = content.search(/[=:]/);
  if (content === "") return "is empty";
  if (!content.includes("=") && !content.includes(":")) return "assigns nothing";
  const name = trimBlanks(content.slice(0, assignment));
  if (!name.includes(".", 1)) return "has no dot between a section and an option";
  const wrong = firstOutside(name.endsWith("$") ? name.slice(0, -1) : name, NAME);
  if (wrong !== undefined) return `has ${quote(wrong)} in a name: ${NAME_RULE}`;
  if (name.endsWith(".")) return "has no option behind its dot";
  return reasonForValues(trimBlanks(content.slice(assignment + 1)));
}

function reasonFor(content: string): string {
  const assignment = content.search(/[=:]/);
  if (content.startsWith("[") && (content.endsWith("]") || assignment < 0)) return reasonForHeader(content);
  if (assignment < 0) return "is neither a [Section] header nor an assignment: write Option = value";
  const name = trimBlanks(content.slice(0, assignment));
  if (name === "") return "has no option name in front of the assignment: write Option = value";
  const wrong = firstOutside(name.endsWith("$") ? name.slice(0, -1) : name, NAME);
  if (wrong !== undefined) return `has ${quote(wrong)} in its option name: ${NAME_RULE}`;
  return reasonForValues(trimBlanks(content.slice(assignment + 1)));
}

function reasonForHeader(content: string): string {
  if (!content.endsWith("]")) return "is a section header without its closing bracket, or with text behind it";
  const name = content.slice(1, -1);
  if (name === "") return "is a section header without a name: write [Section]";
  return `is a section header with ${quote(firstOutside(name, SECTION) ?? name)} in its name: ${SECTION_RULE}`;
}

function reasonForValues(values: string): string {
  if (values.startsWith(",")) return "has a comma in front of its first value: remove it";
  if (values.endsWith(",")) return "has a comma behind its last value: remove it";
  let previous = "";
  for (const [part] of values.matchAll(/[^ \t,]+|,/g)) {
    if (part === "," && previous === ",") return "has two commas with no value between them: remove one";
    const wrong = part === "," ? undefined : firstOutside(part.endsWith("$") ? part.slice(0, -1) : part, VALUE);
    if (wrong !== undefined) return `has ${quote(wrong)} in a value: ${VALUE_RULE}`;
    previous = part;
  }
  return "is not of the form Option = value, value";
}

function contentOf(line: string): string {
  const comment = line.search(/[#;]/);
  return trimBlanks(comment < 0 ? line : line.slice(0, comment));
}

/** Without the blanks and tabs around it; no regular expression, which would take quadratic time for inner blanks. */
function trimBlanks(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && (text[start] === " " || text[start] === "\t")) start++;
  while (end > start && (text[end - 1] === " " || text[end - 1] === "\t")) end--;
  return text.slice(start, end);
}

function firstOutside(text: string, wanted: number): string | undefined {
  for (let at = 0; at < text.length; at++) {
    if (((CHARACTER_CLASS[text.charCodeAt(at)] ?? 0) & wanted) === 0) return text[at];
  }
  return undefined;
}
