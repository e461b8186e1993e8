/**
 * Every single-byte change and every truncation of a small journal's files: found, or without meaning. A part of them in every
 * run of the tests, all with `npm run campaign -- --size 10 damage`.
 *
 * "Found" is a refusal to open or a report of the check of the whole file. "Without meaning" is that the facts read the
 * same and the check is clean: unused bytes of a page, SQLite's own remarks. Of a log the end may be lost: then a prefix
 * of the facts is left. An outcome that is none of these is silent, and there must be none.
 */

import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { CAMPAIGN_SIZE } from "../campaigns/campaign-size.ts";
import { type JournalImage, type Outcome, tryImage } from "./journal-image.ts";

/** What came of a campaign. */
export interface Campaign {
  /** How often each outcome was met. */
  readonly counts: ReadonlyMap<string, number>;
  /** Where damage went unnoticed. */
  readonly silent: readonly string[];
}

/** Which of the journal's files is damaged. */
type DamagedFile = "database" | "log";

/** What a byte is changed by: one bit, its sign, all of it. */
const PATTERNS = [0x01, 0x80, 0xff, 0x10];
/** From this size on every byte is changed and every truncation tried; below it, each so many. */
const EXHAUSTIVE_FROM = 10;
const IS_EXHAUSTIVE = CAMPAIGN_SIZE >= EXHAUSTIVE_FROM;

/** Which file, and of how many places of it each one is tried in a run that is not exhaustive. */
export interface Extent {
  readonly file: DamagedFile;
  readonly every: number;
}

/** Changes bytes by every pattern in an exhaustive run; else the patterns take turns. */
export async function changeBytes(folder: string, image: JournalImage, { file, every }: Extent): Promise<Campaign> {
  const damages: [string, Uint8Array][] = [];
  const step = IS_EXHAUSTIVE ? 1 : every;
  for (let at = 0; at < image[file].length; at += step) {
    const turn = (at / step) % PATTERNS.length;
    for (const pattern of IS_EXHAUSTIVE ? PATTERNS : PATTERNS.slice(turn, turn + 1)) {
      const bytes = image[file].slice();
      bytes[at] = (bytes[at] ?? 0) ^ pattern;
      damages.push([`byte ${at} ^ ${pattern}`, bytes]);
    }
  }
  return tryAll(folder, image, { file, damages });
}

export async function cutBytes(folder: string, image: JournalImage, { file, every }: Extent): Promise<Campaign> {
  const damages: [string, Uint8Array][] = [];
  const step = IS_EXHAUSTIVE ? 1 : every;
  for (let length = 0; length < image[file].length; length += step)
    damages.push([`first ${length} bytes`, image[file].slice(0, length)]);
  return tryAll(folder, image, { file, damages });
}

/** One line for each outcome and how often it was met, for people. */
export function told(campaign: Campaign): string {
  const counts = [...campaign.counts].sort().map(([outcome, count]) => `${outcome} ${count}`);
  const tried = [...campaign.counts.values()].reduce((sum, count) => sum + count, 0);
  return `${tried} tried: ${counts.join(", ")}`;
}

/** Often enough for a system that lets a process have 256 files open, with the handful that each case opens. */
const COLLECT_EVERY = 20;

/** The package's driver keeps files open until its statements are collected, which also needs a turn of the event loop. */
async function collectGarbage(): Promise<void> {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
  await setImmediate();
}

interface Damages {
  readonly file: DamagedFile;
  readonly damages: readonly (readonly [string, Uint8Array])[];
}

async function tryAll(folder: string, image: JournalImage, { file, damages }: Damages): Promise<Campaign> {
  const counts = new Map<string, number>();
  const silent: string[] = [];
  for (const [index, [place, bytes]] of damages.entries()) {
    const files = { ...image, [file]: bytes };
    const outcome = await tryImage(join(folder, `${file}-${index}`), files.database, files.log);
    const verdict = judge(outcome, image);
    counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
    if (verdict.startsWith("SILENT")) silent.push(`${verdict}: ${file}, ${place}`);
    if (index % COLLECT_EVERY === COLLECT_EVERY - 1) await collectGarbage();
  }
  return { counts, silent };
}

function judge(outcome: Outcome, { records, log, epoch, lastAppend }: JournalImage): string {
  if (outcome.refused !== undefined) return `refused with ${outcome.refused}`;
  const { facts, repaired, reported } = outcome;
  if (typeof facts === "string") return reported ? "reported by the check, and refused when read" : "SILENT until read";
  const left = JSON.stringify(facts);
  if (left === JSON.stringify(records)) {
    if (reported) return "reported by the check";
    return outcome.epoch === epoch ? "without meaning" : "SILENT change of the epoch";
  }
  if (log.length === 0 || left !== JSON.stringify(records.slice(0, facts.length))) return "SILENT change of the facts";
  const lost = records.length - facts.length <= lastAppend ? "last append" : "several appends";
  return repaired ? `${lost} lost and said so` : `${lost} lost without a trace`;
}
