/** The browser that tests look with: Debian's Chromium, or the one that `CHROMIUM` names. */
import { existsSync } from "node:fs";

export const CHROMIUM: string = process.env["CHROMIUM"] ?? "/usr/bin/chromium";

/** Whether there is one. Tests that need it are for `test.runIf(hasChromium())`. */
export function hasChromium(): boolean {
  return existsSync(CHROMIUM);
}
