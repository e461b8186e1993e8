/**
 * TextEdits: a text as what it has of another one, and what it has besides.
 *
 * Made for confs, of which a reload changes a few lines: it goes through both once and finds its way back soon after each
 * difference, or gives up. What it finds need not be the least; it is applied exactly.
 */

/** In order: a stretch of the text before, by its positions, and what follows it. */
export type TextEdits = readonly (readonly [from: number, to: number, added: string])[];

/** Lines after a difference within which both texts must agree again. */
const LOOK_AHEAD = 200;
/** Lines that must be the same for both texts to agree again: one alone may be any, such as an option of many sections. */
const AGREEING = 3;
/** Lines that are held against each other before it gives up: some milliseconds. */
const COMPARED_AT_MOST = 500_000;
/** Characters that are compared before the length of what both have in common is looked for more closely. */
const STRIDE = 4_096;

/** What makes `after` of `before`. */
export function editsBetween(before: string, after: string): TextEdits {
  const edits: [number, number, string][] = [];
  let [b, a] = [0, 0];
  let compared = 0;
  for (;;) {
    const same = lineStart(before, b, b + commonLength(before, b, after, a)) - b;
    const again = compared < COMPARED_AT_MOST ? agreeing(before, b + same, after, a + same) : undefined;
    const next = again ?? { before: before.length, after: after.length, compared: 0 };
    edits.push([b, b + same, after.slice(a + same, next.after)]);
    if (next.after === after.length && next.before === before.length) return edits;
    [b, a] = [next.before, next.after];
    compared += next.compared;
  }
}

export function applyEdits(before: string, edits: TextEdits): string {
  let text = "";
  for (const [from, to, added] of edits) text += before.slice(from, to) + added;
  return text;
}

/** How many characters both have in common from these positions on. */
function commonLength(before: string, b: number, after: string, a: number): number {
  const most = Math.min(before.length - b, after.length - a);
  let length = 0;
  // Slices are compared as fast as memory is read; character by character only in the last stride.
  while (
    length + STRIDE <= most &&
    before.slice(b + length, b + length + STRIDE) === after.slice(a + length, a + length + STRIDE)
  )
    length += STRIDE;
  const end = Math.min(most, length + STRIDE);
  while (length < end && before.charCodeAt(b + length) === after.charCodeAt(a + length)) length++;
  return length;
}

/** The start of the line that `at` is in, or `at` at the end of the text; not before `from`. */
function lineStart(text: string, from: number, at: number): number {
  if (at === from || at === text.length) return at;
  return Math.max(from, text.lastIndexOf("\n", at - 1) + 1);
}

interface Agreement {
  readonly before: number;
  readonly after: number;
  readonly compared: number;
}

/** Where both texts agree again, after as few lines as can be; undefined: not soon. */
function agreeing(before: string, b: number, after: string, a: number): Agreement | undefined {
  const [old, now] = [linesFrom(before, b), linesFrom(after, a)];
  let compared = 0;
  for (let passed = 1; passed < old.length + now.length; passed++) {
    for (let i = Math.max(0, passed - now.length); i <= Math.min(passed, old.length); i++) {
      compared++;
      const j = passed - i;
      if (agree(old, i, now, j)) return { before: (old[i] as Line).at, after: (now[j] as Line).at, compared };
    }
  }
  return undefined;
}

interface Line {
  readonly at: number;
  readonly text: string;
}

/** The next lines. */
function linesFrom(text: string, from: number): readonly Line[] {
  const lines: Line[] = [];
  for (let at = from; lines.length < LOOK_AHEAD && at < text.length; ) {
    const end = text.indexOf("\n", at) + 1 || text.length;
    lines.push({ at, text: text.slice(at, end) });
    at = end;
  }
  return lines;
}

function agree(old: readonly Line[], i: number, now: readonly Line[], j: number): boolean {
  for (let k = 0; k < AGREEING; k++) {
    const line = old[i + k]?.text;
    if (line === undefined || line !== now[j + k]?.text) return false;
  }
  return true;
}
