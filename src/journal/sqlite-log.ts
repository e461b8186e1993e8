/**
 * SQLite's write-ahead log, looked at before it is trusted. After a crash SQLite takes from it what is valid and says
 * nothing of the rest. For a journal the difference matters: an append that was cut off is an ordinary end, and a hole in
 * the middle means that facts which were reported as durable are gone.
 *
 * The format: https://sqlite.org/fileformat2.html#the_write_ahead_log
 */

import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { isErrorCode } from "./sqlite-file.ts";

/** What a log holds besides whole appends. */
export interface LogFinding {
  /** Frames after the last whole append that belong to the same log: an append that never became whole. */
  readonly torn: number;
  /** Why facts that were durable are lost, if they are. */
  readonly damage: string | undefined;
}

const CLEAN: LogFinding = { torn: 0, damage: undefined };

const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;

/**
 * Looks at the log of a journal that nobody writes to. No writer leaves a hole: it syncs an append before it begins the
 * next one, so that all that lies before a begun append is whole, whatever the moment of a crash.
 */
export function inspectLog(path: string): LogFinding {
  let descriptor: number;
  try {
    // The log takes no file locks, so opening and closing it here does not drop any that this process has.
    descriptor = openSync(`${path}-wal`, "r");
  } catch (error) {
    if (isErrorCode(error, "ENOENT")) return CLEAN;
    throw error;
  }
  try {
    const { size } = fstatSync(descriptor);
    const header = read(descriptor, 0, Math.min(size, HEADER_BYTES));
    const log = size < HEADER_BYTES ? undefined : readHeader(header);
    if (log !== undefined) return inspectFrames(path, { descriptor, size, log });
    if (size <= HEADER_BYTES) return CLEAN;
    return { torn: 0, damage: `the head of its log ${path}-wal is damaged, and with it all that the log holds` };
  } finally {
    closeSync(descriptor);
  }
}

/** The running checksum of a log: two sums that each word of it goes into. */
interface Sums {
  readonly first: number;
  readonly second: number;
}

/** What the header of a log says of its frames. */
interface LogHeader {
  readonly littleEndian: boolean;
  readonly pageSize: number;
  /** Tell this log's frames from those of an earlier log in the same file. */
  readonly salts: readonly [number, number];
  readonly sums: Sums;
}

/** Undefined when the header is not one that SQLite would accept. */
function readHeader(header: DataView): LogHeader | undefined {
  const magic = header.getUint32(0);
  if (magic !== 0x377f0682 && magic !== 0x377f0683) return undefined;
  const littleEndian = magic === 0x377f0682;
  const sums = addWords({ first: 0, second: 0 }, header, { from: 0, to: 24, littleEndian });
  if (sums.first !== header.getUint32(24) || sums.second !== header.getUint32(28)) return undefined;
  return { littleEndian, pageSize: header.getUint32(8), salts: [header.getUint32(16), header.getUint32(20)], sums };
}

/** How far a log was read, and what has been met since the last append that is whole. */
interface Reading {
  /** Undefined from the first frame on that is not as it was written: SQLite takes nothing from there. */
  sums: Sums | undefined;
  torn: number;
  brokenAt: number;
  /** Whether the frame was met that completes the append that is torn. */
  completed: boolean;
  readonly pages: Set<number>;
}

function inspectFrames(
  path: string,
  { descriptor, size, log }: { readonly descriptor: number; readonly size: number; readonly log: LogHeader },
): LogFinding {
  const frameBytes = FRAME_HEADER_BYTES + log.pageSize;
  const reading: Reading = { sums: log.sums, torn: 0, brokenAt: 0, completed: false, pages: new Set() };
  for (let at = HEADER_BYTES; at + FRAME_HEADER_BYTES <= size; at += frameBytes) {
    const frame = read(descriptor, at, Math.min(frameBytes, size - at));
    if (isHole(reading, { at, frame, log }))
      return { torn: reading.torn, damage: `its log ${path}-wal is damaged at byte ${reading.brokenAt}` };
  }
  return { torn: reading.torn, damage: undefined };
}

/**
 * Takes in one frame. True when what was met cannot be one append that a crash cut off, whatever part of it reached the
 * disk: an append has one frame that completes it, which is its last, and before that each page once.
 */
function isHole(
  reading: Reading,
  { at, frame, log }: { readonly at: number; readonly frame: DataView; readonly log: LogHeader },
): boolean {
  const ours = frame.getUint32(8) === log.salts[0] && frame.getUint32(12) === log.salts[1];
  const completes = frame.getUint32(4) !== 0;
  if (reading.sums !== undefined) {
    const sums = frame.byteLength < FRAME_HEADER_BYTES + log.pageSize ? undefined : sumsAfter(reading.sums, frame, log);
    reading.sums = ours ? sums : undefined;
    if (reading.sums === undefined) reading.brokenAt = at;
    // The sums tell a frame of this log by themselves: this one was changed where it says so.
    if (sums !== undefined && !ours) return true;
  }
  if (!ours) return false;
  if (reading.sums !== undefined && completes) {
    reading.torn = 0;
    reading.pages.clear();
    return false;
  }
  const page = frame.getUint32(0);
  const another = reading.completed || (!completes && reading.pages.has(page));
  reading.torn++;
  reading.completed ||= completes;
  reading.pages.add(page);
  return another;
}

/** The sums after a frame, or undefined when they are not those that it names. */
function sumsAfter(before: Sums, frame: DataView, { littleEndian, pageSize }: LogHeader): Sums | undefined {
  const head = addWords(before, frame, { from: 0, to: 8, littleEndian });
  const sums = addWords(head, frame, { from: FRAME_HEADER_BYTES, to: FRAME_HEADER_BYTES + pageSize, littleEndian });
  return sums.first === frame.getUint32(16) && sums.second === frame.getUint32(20) ? sums : undefined;
}

function addWords(
  sums: Sums,
  bytes: DataView,
  { from, to, littleEndian }: { readonly from: number; readonly to: number; readonly littleEndian: boolean },
): Sums {
  let { first, second } = sums;
  for (let at = from; at < to; at += 8) {
    first = (first + bytes.getUint32(at, littleEndian) + second) >>> 0;
    second = (second + bytes.getUint32(at + 4, littleEndian) + first) >>> 0;
  }
  return { first, second };
}

function read(descriptor: number, position: number, length: number): DataView {
  const bytes = new Uint8Array(length);
  const got = readSync(descriptor, bytes, 0, length, position);
  return new DataView(bytes.buffer, 0, got);
}
