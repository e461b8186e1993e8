/**
 * Texts on their way into the conf reader: encoded, checked to be UTF-8, and with one code unit per byte.
 *
 * The reader scans bytes, which takes two thirds of the time of scanning characters, and cuts names and values out of a
 * string. Both use the same offsets only when every byte is one code unit, so a text with a comment in another script is
 * read as if its bytes were characters: outside comments there are no such bytes.
 */

import { refusal } from "./refusal.ts";
import type { SettingText } from "./settings.ts";

const NEWLINE = 0x0a;

/**
 * Prepares a text; `firstLine` is the number of its first line.
 *
 * @throws TransitionError CONF_ENCODING where the bytes are not UTF-8, and where the text holds U+FFFD, which stands for
 * what is no character, or a lone surrogate, which has no encoding.
 */
export function settingText(file: string, content: string | Uint8Array, firstLine = 1): SettingText {
  if (typeof content !== "string") return decoded(file, content, firstLine);
  const bytes = new Uint8Array(content.length + 1);
  const { read, written } = new TextEncoder().encodeInto(content, bytes);
  if (read !== content.length || written !== content.length) {
    return decoded(file, new TextEncoder().encode(content), firstLine);
  }
  bytes[content.length] = NEWLINE;
  return { file, firstLine, characters: content, text: content, bytes };
}

function decoded(file: string, content: Uint8Array, firstLine: number): SettingText {
  const characters = new TextDecoder("utf-8", { ignoreBOM: true }).decode(content);
  const wrong = characters.indexOf("\uFFFD");
  if (wrong >= 0) {
    const line = firstLine + characters.slice(0, wrong).split("\n").length - 1;
    throw refusal("CONF_ENCODING", { file, line }, "a character that is not UTF-8: save the file as UTF-8");
  }
  const bytes = new Uint8Array(content.length + 1);
  bytes.set(content);
  bytes[content.length] = NEWLINE;
  // Only what is beyond ASCII has more bytes than code units.
  const text = characters.length === content.length ? characters : bytesAsCharacters(content);
  return { file, firstLine, characters, text, bytes };
}

function bytesAsCharacters(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return text;
}
