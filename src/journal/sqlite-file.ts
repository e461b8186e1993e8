/**
 * The journal's file as a thing in a folder: how it comes into being whole, and how a writer notices that the file under
 * it was deleted or replaced, after which nothing it writes would ever be read.
 */

import { randomUUID } from "node:crypto";
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { SqliteDriver } from "./sqlite-driver.ts";
import { damaged } from "./sqlite-failure.ts";
import { createFormat } from "./sqlite-format.ts";
import { HOLD } from "./sqlite-hold.ts";

/** What a journal that is being made is called until it is whole. */
const DRAFT = "-new-";

/**
 * Makes an empty journal where there is none. It is written under another name and appears whole or not at all: an empty
 * or half made file at `path` is then always damage, never a creation that was cut short.
 */
export function createFile(driver: SqliteDriver, path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}${DRAFT}${randomUUID()}`;
  try {
    requireNoLog(path);
    // Made here, not by SQLite, for its mode; SQLite gives the -wal and -shm files the mode of the file they belong to.
    closeSync(openSync(draft, "wx", 0o600));
    const database = driver(draft, { readOnly: false, busyTimeout: 0 });
    try {
      createFormat(database, randomUUID());
    } finally {
      database.close();
    }
    publish(draft, path);
  } catch (error) {
    // Another process was faster, and may have swept this one's draft away: its journal is as good.
    if (!existsSync(path)) throw error;
  } finally {
    for (const suffix of ["", "-journal", "-wal", "-shm"]) rmSync(draft + suffix, { force: true });
  }
  syncFolder(dirname(path));
}

/** SQLite would take the log of a journal that is gone for the new file's own, and its pages for pages of it. */
function requireNoLog(path: string): void {
  const log = statSync(`${path}-wal`, { throwIfNoEntry: false });
  if (log === undefined || log.size === 0) return;
  throw damaged(path, `the file is gone, and its log ${path}-wal is still there`);
}

/** Gives the draft its name, if that is free. */
function publish(draft: string, path: string): void {
  try {
    linkSync(draft, path);
  } catch (error) {
    if (!isErrorCode(error, "EPERM", "ENOTSUP", "ENOSYS", "EOPNOTSUPP")) throw error;
    // A file system without hard links: two processes that create at the same instant are not told apart here.
    renameSync(draft, path);
  }
}

/** A new name in a folder survives a power cut only when the folder is synced too. */
function syncFolder(folder: string): void {
  // Windows cannot open a folder, and needs no such sync.
  if (process.platform === "win32") return;
  const descriptor = openSync(folder, "r");
  try {
    fsyncSync(descriptor);
  } catch (error) {
    if (!isErrorCode(error, "EINVAL", "ENOTSUP")) throw error;
  } finally {
    closeSync(descriptor);
  }
}

/**
 * The place that a path means, links followed, whether there is a file yet or not. Logs and holds stand beside the file, so
 * that two ways to one journal must be one path here, or each would take it for free.
 */
export function realPlace(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    // Whatever else is wrong with it, the opening says.
    if (!isErrorCode(error, "ENOENT") || dirname(path) === path) return path;
  }
  const link = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  return link ? realPlace(resolve(dirname(path), readlinkSync(path))) : join(realPlace(dirname(path)), basename(path));
}

/** Which file a path leads to now; undefined when it leads nowhere. */
export function fileIdentity(path: string): string | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? undefined : `${stats.dev}:${stats.ino}`;
}

export function isErrorCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && "code" in error && codes.includes(String(error.code));
}

/**
 * Removes what killed processes left beside the journal: holds of epochs before `epoch`, and half made journals. A journal
 * that another process is making at this moment may be removed too, since that process will find this one in its place.
 */
export function sweepFolder(path: string, epoch: number): void {
  const [folder, own] = [dirname(path), basename(path)];
  for (const name of readdirSync(folder)) {
    const suffix = name.startsWith(own) ? name.slice(own.length) : "";
    const left = suffix.startsWith(HOLD) ? Number(suffix.slice(HOLD.length)) < epoch : suffix.startsWith(DRAFT);
    if (!left) continue;
    try {
      rmSync(join(folder, name), { force: true });
    } catch {
      // Windows keeps a file that a stale writer has open; the next opening sweeps it.
    }
  }
}
