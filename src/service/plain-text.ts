/**
 * Plain text: what is shown to people has no control characters but the line ends and colours that this program puts there.
 *
 * The conf dialect has none in its names, but other forms of a configuration, and what hooks say, may bring any: a name must
 * not move a terminal's cursor or make a log's line.
 */

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about.
const CONTROLS = /\u001b(?!\[\d+m)|[\u0000-\u0008\u000b-\u001a\u001c-\u001f\u007f-\u009f]/g;

/** Keeps line ends, tabs and colours. */
export function withoutControls(text: string): string {
  return text.replace(CONTROLS, "\ufffd");
}
