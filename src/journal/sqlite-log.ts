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

function inspectFrames(
  path: string,
  { descriptor, size, log }: { readonly descriptor: number; readonly size: number; readonly log: LogHeader },
): LogFinding {
  const frameBytes = FRAME_HEADER_BYTES + log.pageSize;
  let sums: Sums | undefined = log.sums;
  let torn = 0;
  let commitInTorn = false;
  let brokenAt = 0;
  for (let at = HEADER_BYTES; at + FRAME_HEADER_BYTES <= size; at += frameBytes) {
    const frame = read(descriptor, at, Math.min(frameBytes, size - at));
    const ours = frame.getUint32(8) === log.salts[0] && frame.getUint32(12) === log.salts[1];
    const commits = frame.getUint32(4) !== 0;
    if (sums !== undefined) {
      sums = ours && frame.byteLength === frameBytes ? sumsAfter(sums, frame, log) : undefined;
      if (sums === undefined) brokenAt = at;
    }
    if (sums !== undefined) torn = commits ? 0 : torn + 1;
    else if (ours) {
      if (commitInTorn)
        return { torn, damage: `its log ${path}-wal is damaged at byte ${brokenAt}, and later appends follow` };
      commitInTorn ||= commits;
      torn++;
    }
  }
  return { torn, damage: undefined };
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
