/**
 * What the original code was seen to do, as data: each file holds one case a line, as compressed JSON.
 */

import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

/** Names of the reference files. */
export type ReferenceName = "accessors" | "conf-corpus" | "traces" | "upgrade";

/** The cases of a reference file, in order. The caller states their shape. */
export function readReference<Case>(name: ReferenceName): Case[] {
  const lines = gunzipSync(readFileSync(new URL(`${name}.jsonl.gz`, import.meta.url)))
    .toString("utf8")
    .split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Case);
}
