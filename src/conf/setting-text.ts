/**
 * Texts on their way into the conf reader: encoded, checked to be UTF-8, and with one code unit per byte.
 *
 * The reader scans bytes, which takes two thirds of the time of scanning characters, and cuts names and values out of a
 * string. Both use the same offsets only when every byte is one code unit, so a text with a comment in another script is
 * read as if its bytes were characters: outside comments there are no such bytes.
 */

import { atOnce, type Stretches } from "../stretches.ts";
import { refusal } from "./refusal.ts";
import type { SettingText } from "./settings.ts";

const NEWLINE = 0x0a;

/** Bytes after which decoding can be interrupted, at the next end of a line. */
const BYTES_PER_STRETCH = 1_048_576;

/**
 * Prepares a text; `firstLine` is the number of its first line.
 *
 * @throws TransitionError CONF_ENCODING where the bytes are not UTF-8, and where the text holds U+FFFD, which stands for
 * what is no character, or a lone surrogate, which has no encoding.
 */
export function settingText(file: string, content: string | Uint8Array, firstLine = 1): SettingText {
  if (typeof content !== "string") return atOnce(decoding(file, content, firstLine));
  const bytes = new Uint8Array(content.length + 1);
  const { read, written } = new TextEncoder().encodeInto(content, bytes);
  if (read !== content.length || written !== content.length) {
    return atOnce(decoding(file, new TextEncoder().encode(content), firstLine));
  }
  bytes[content.length] = NEWLINE;
  return { file, firstLine, characters: content, text: content, bytes };
}

/** As `settingText`, of a file's bytes. @throws TransitionError CONF_ENCODING where they are not UTF-8 */
export function* decoding(file: string, content: Uint8Array, firstLine = 1): Stretches<SettingText> {
  // Line by line, as it were: told to go on in the middle of a character, the decoder takes a slow way.
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  let characters = "";
  for (let from = 0; from < content.length; ) {
    const to = content.indexOf(NEWLINE, from + BYTES_PER_STRETCH) + 1 || content.length;
    const part = decoder.decode(content.subarray(from, to));
    const wrong = part.indexOf("\uFFFD");
    characters += part;
    if (wrong >= 0) throw notUtf8(file, characters.slice(0, characters.length - part.length + wrong), firstLine);
    from = to;
    yield;
  }
  const bytes = new Uint8Array(content.length + 1);
  bytes.set(content);
  bytes[content.length] = NEWLINE;
  yield;
  // Only what is beyond ASCII has more bytes than code units.
  const text = characters.length === content.length ? characters : bytesAsCharacters(content);
  return { file, firstLine, characters, text, bytes };
}

function notUtf8(file: string, before: string, firstLine: number): Error {
  const line = firstLine + before.split("\n").length - 1;
  return refusal("CONF_ENCODING", { file, line }, "a character that is not UTF-8: save the file as UTF-8");
}

function bytesAsCharacters(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return text;
}
