/**
 * The live line: the last line of a terminal, which is written over and over while something is waited for.
 *
 * It is for people at a terminal: a file or a pipe gets nothing of it. Other lines go above it.
 */
import { withoutControls } from "../service/plain-text.ts";

export interface LiveLine {
  /** Columns there are. */
  readonly width: number;
  show(text: string): void;
  /** Takes it away; it may be shown again. */
  clear(): void;
  /** Writes something that is to stay. */
  above(text: string): void;
}

/** Clears the line that the cursor is in, and stands at its beginning. */
const ERASE = "\r\u001b[2K";

/** The last line of standard error; undefined where that is no terminal that can do it. */
export function liveLine(): LiveLine | undefined {
  const { stderr, env } = process;
  if (!stderr.isTTY || env["TERM"] === "dumb") return undefined;
  return liveLineOn(
    (text) => void stderr.write(text),
    () => stderr.columns,
  );
}

/** @param columns how wide the terminal is at the moment; undefined where it does not say */
export function liveLineOn(write: (text: string) => void, columns: () => number | undefined): LiveLine {
  let shown = "";
  const draw = (text: string): void => {
    if (text === shown) return;
    write(`${ERASE}${text}`);
    shown = text;
  };
  const width = (): number => Math.max(20, columns() ?? 80);
  return {
    get width() {
      return width();
    },
    show(text) {
      // One that is too long would go on in the next line, and stay there.
      const characters = [...withoutControls(text).replaceAll(/\s+/g, " ")];
      draw(characters.length < width() ? characters.join("") : `${characters.slice(0, width() - 2).join("")}…`);
    },
    clear: () => draw(""),
    above(text) {
      const again = shown;
      draw("");
      write(text);
      draw(again);
    },
  };
}
