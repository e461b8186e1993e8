/**
 * The hash chain over the facts of a stream: each fact's hash covers its predecessor's, so that a fact cannot be
 * changed, dropped or moved without every later hash telling, and two streams with equal heads hold equal histories.
 */

import * as crypto from "node:crypto";
import type { JournalRecord } from "./journal.ts";

/** The hash before the first fact, and the head of an empty stream. */
export const CHAIN_START = "0".repeat(64);

/** Characters from which on a text is encoded before it is hashed. */
const LONG = 16_384;

/**
 * The hex SHA-256 of one fact: of the UTF-8 text of the previous hash, seq, epoch, version, time, type and body, in that
 * order, joined by newlines. None but the body, which is last, may hold a newline, so no two facts give the same text.
 */
export function chainHash(previous: string, record: JournalRecord): string {
  const { seq, epoch, version, time, type, body } = record;
  return sha256(`${previous}\n${seq}\n${epoch}\n${version}\n${time}\n${type}\n${body}`);
}

/**
 * The hex SHA-256 of a text's UTF-8 bytes. The one-shot function, where the running Node has it (20.12, 21.7), takes a
 * third of the time of a Hash object, and appends in batches spend most of their own time here. It encodes slowly: a text
 * of megabytes takes half as long again as when it is given bytes.
 */
export const sha256: (text: string) => string =
  typeof crypto.hash === "function"
    ? (text) => crypto.hash("sha256", text.length < LONG ? text : Buffer.from(text), "hex")
    : (text) => crypto.createHash("sha256").update(text).digest("hex");
