/**
 * Replacing a file as a whole: whoever reads it meanwhile finds the old text or the new one, and never half of either.
 */
import { randomBytes } from "node:crypto";
import { realpath, rename, rm, stat, writeFile } from "node:fs/promises";

/** Keeps the file's mode, and follows a link to it. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const target = await realpath(path);
  const { mode } = await stat(target);
  const beside = `${target}.${randomBytes(4).toString("hex")}`;
  try {
    await writeFile(beside, text, { mode: mode & 0o777, flag: "wx" });
    await rename(beside, target);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}
