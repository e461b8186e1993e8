/**
 * JSON in pieces: an answer as text that is made bit by bit, so that one of many megabytes holds up nothing else.
 */

/** Elements that are put into words at once; each is taken to be short. */
const AT_ONCE = 200;

/** Pieces of what `JSON.stringify` gives for plain data. */
export function* jsonPieces(value: unknown): Generator<string> {
  if (typeof value !== "object" || value === null) {
    yield JSON.stringify(value);
    return;
  }
  if (Array.isArray(value) && value.length > AT_ONCE) {
    for (let i = 0; i < value.length; i += AT_ONCE) {
      const text = JSON.stringify(value.slice(i, i + AT_ONCE));
      yield `${i === 0 ? "[" : ","}${text.slice(1, -1)}`;
    }
    yield "]";
    return;
  }
  yield* Array.isArray(value) ? elementPieces(value) : propertyPieces(value);
}

function* elementPieces(elements: readonly unknown[]): Generator<string> {
  yield "[";
  for (const [i, element] of elements.entries()) {
    if (i > 0) yield ",";
    yield* jsonPieces(element ?? null);
  }
  yield "]";
}

function* propertyPieces(object: object): Generator<string> {
  let before = "{";
  const entries = Object.entries(object).filter(([, value]) => value !== undefined);
  if (entries.length > AT_ONCE) {
    for (let i = 0; i < entries.length; i += AT_ONCE) {
      const text = JSON.stringify(Object.fromEntries(entries.slice(i, i + AT_ONCE)));
      yield `${i === 0 ? "{" : ","}${text.slice(1, -1)}`;
    }
    yield "}";
    return;
  }
  for (const [name, value] of entries) {
    yield `${before}${JSON.stringify(name)}:`;
    yield* jsonPieces(value);
    before = ",";
  }
  yield before === "{" ? "{}" : "}";
}
