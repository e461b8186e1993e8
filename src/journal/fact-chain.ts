/**
 * The hash chain over the facts of a stream: each fact's hash covers its predecessor's, so that a fact cannot be
 * changed, dropped or moved without every later hash telling, and two streams with equal heads hold equal histories.
 */

import * as crypto from "node:crypto";
import { partsOf } from "../conf/text-parts.ts";
import type { JournalRecord } from "./journal.ts";

/** The hash before the first fact, and the head of an empty stream. */
export const CHAIN_START = "0".repeat(64);

/** Characters from which on a text is hashed in parts. */
const LONG = 16_384;
/** Characters of a part. */
const PART = 32_768;

/**
 * The hex SHA-256 of one fact: of the UTF-8 text of the previous hash, seq, epoch, version, time, type and body, in that
 * order, joined by newlines. None but the body, which is last, may hold a newline, so no two facts give the same text.
 */
export function chainHash(previous: string, record: JournalRecord): string {
  const { seq, epoch, version, time, type, body } = record;
  return sha256(`${previous}\n${seq}\n${epoch}\n${version}\n${time}\n${type}\n`, body);
}

/**
 * The hex SHA-256 of the UTF-8 bytes of a text that goes on in another. Two, since putting a body of megabytes behind its
 * head takes as long as hashing it.
 */
export function sha256(head: string, body: string): string {
  return head.length + body.length < LONG ? shortSha256(head + body) : longSha256(head, body);
}

/**
 * The one-shot function, where the running Node has it (20.12, 21.7), takes a third of the time of a Hash object, and appends
 * in batches spend most of their own time here.
 */
const shortSha256: (text: string) => string =
  typeof crypto.hash === "function"
    ? (text) => crypto.hash("sha256", text, "hex")
    : (text) => crypto.createHash("sha256").update(text).digest("hex");

/** What a part is encoded into; room for three bytes for each of its characters, and one more. */
let encoded: Buffer | undefined;

/** In parts, so that no second copy of the whole is made: fresh memory for one costs as much as encoding it. */
function longSha256(head: string, body: string): string {
  encoded ??= Buffer.allocUnsafeSlow((PART + 1) * 3);
  const hash = crypto.createHash("sha256").update(head);
  for (const part of partsOf(body, PART)) hash.update(encoded.subarray(0, encoded.write(part)));
  return hash.digest("hex");
}
