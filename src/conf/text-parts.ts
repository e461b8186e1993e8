/**
 * A text in parts of about so many characters, for who encodes a long one piece by piece. No part ends between the two halves
 * of a character: each half alone has other bytes.
 */
export function* partsOf(text: string, characters: number): Generator<string, void> {
  for (let from = 0; from < text.length; ) {
    let to = from + characters;
    if (isSecondHalf(text.charCodeAt(to))) to++;
    yield text.slice(from, to);
    from = to;
  }
}

function isSecondHalf(codeUnit: number): boolean {
  return codeUnit >= 0xdc00 && codeUnit <= 0xdfff;
}
