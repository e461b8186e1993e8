/**
 * The characters of the conf dialect: which byte may stand in a name, a value or a section header, and how the two
 * characters that separate values are written inside one.
 *
 * One table serves the reader, the overrides and `dump`, so that what is written can always be read back. Everything that
 * may stand outside a comment is ASCII: one byte is one character.
 */

/** Bit of {@link CHARACTER_CLASS}: may stand in an option name, a header's brackets or an include path. */
export const NAME = 1;
/** Bit of {@link CHARACTER_CLASS}: may stand in a value. Every name character may. */
export const VALUE = 2;
/** Bit of {@link CHARACTER_CLASS}: may stand in a section name. Every one may stand in a name, too. */
export const SECTION = 4;

const SECTION_CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-/:.";
const NAME_CHARACTERS = `${SECTION_CHARACTERS}*[]`;
const VALUE_CHARACTERS = `${NAME_CHARACTERS}="{}\\+`;

/** Classes of each byte, as a sum of {@link NAME}, {@link VALUE} and {@link SECTION}. */
export const CHARACTER_CLASS: Uint8Array = classify();

function classify(): Uint8Array {
  const classes = new Uint8Array(256);
  const add = (characters: string, bit: number): void => {
    for (let at = 0; at < characters.length; at++) {
      const code = characters.charCodeAt(at);
      classes[code] = (classes[code] ?? 0) | bit;
    }
  };
  add(SECTION_CHARACTERS, SECTION);
  add(NAME_CHARACTERS, NAME);
  add(VALUE_CHARACTERS, VALUE);
  return classes;
}

/** Whether a byte stands between two values: a list that has been checked has nothing but values and such. */
export function isSeparator(byte: number): boolean {
  return byte === 0x20 || byte === 0x2c || byte === 0x09;
}

const ESCAPED_BLANK = /\\[uU]0020/g;
const ESCAPED_COMMA = /\\[uU]002[cC]/g;

/** A value as the program sees it, from the way it is written in a conf. */
export function unescapeValue(written: string): string {
  // Neither replacement can make the other's pattern: a blank and a comma are in none.
  return written.replace(ESCAPED_BLANK, " ").replace(ESCAPED_COMMA, ",");
}

/** A value as it is written in a conf. What the dialect cannot express comes out as something that reads differently. */
export function escapeValue(value: string): string {
  return value.replaceAll(" ", "\\u0020").replaceAll(",", "\\u002C");
}
