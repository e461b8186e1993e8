/**
 * Identity of a conf's source: SHA-256 over its texts and names.
 *
 * A journal stores a conf once per identity, so it has to be cheap and beyond accident. Node's own SHA-256 takes a tenth of
 * the time of one in JavaScript; in a browser, where there is none that answers at once, the latter stands in.
 */

import { sha256 } from "@noble/hashes/sha2.js";
import type { Stretches } from "../stretches.ts";
import type { ConfSource } from "./conf-source.ts";
import { partsOf } from "./text-parts.ts";

/** 64 hexadecimal digits: equal for equal sources, on every platform. */
export function* hashingSource(source: ConfSource): Stretches<string> {
  const hash = startHash();
  const parts: string[] = [];
  addSource(source, (part) => void parts.push(part));
  for (const part of parts) {
    // Each part goes in with its length, so that no two sources make the same sequence.
    hash.update(`${hash.byteLength(part)}:`);
    for (const piece of partsOf(part, CHARACTERS_PER_STRETCH)) {
      hash.update(piece);
      yield;
    }
  }
  return hash.finish();
}

/** Characters after which hashing can be interrupted. */
const CHARACTERS_PER_STRETCH = 1_048_576;

function addSource(source: ConfSource, add: (part: string) => void): void {
  add(source.kind);
  switch (source.kind) {
    case "conf":
      add(source.main);
      add(String(source.files.length));
      for (const { path, text } of source.files) {
        add(path);
        add(text);
      }
      return;
    case "ini":
    case "json":
      add(source.file.path);
      add(source.file.text);
      return;
    case "given":
      add(JSON.stringify(source.sections));
      return;
    case "overridden":
      addSource(source.of, add);
      add(JSON.stringify(source.overrides));
      return;
    case "merged":
      addSource(source.under, add);
      addSource(source.over, add);
      return;
    case "upgraded":
      addSource(source.of, add);
  }
}

interface Hash {
  /** Takes in the UTF-8 bytes of a text. */
  update(text: string): void;
  /** Number of these bytes. */
  byteLength(text: string): number;
  finish(): string;
}

export function startHash(): Hash {
  // Asked for at run time, because an import of it would break every browser bundle.
  const crypto = globalThis.process?.getBuiltinModule?.("node:crypto");
  if (crypto !== undefined) {
    const hash = crypto.createHash("sha256");
    // Node encodes as it hashes: encoding megabytes of conf first would take longer than hashing them.
    return {
      update: (text) => void hash.update(text, "utf8"),
      byteLength: (text) => Buffer.byteLength(text),
      finish: () => hash.digest("hex"),
    };
  }
  const hash = sha256.create();
  const encoder = new TextEncoder();
  return {
    update: (text) => void hash.update(encoder.encode(text)),
    byteLength: (text) => encoder.encode(text).length,
    finish: () => Array.from(hash.digest(), (byte) => byte.toString(16).padStart(2, "0")).join(""),
  };
}
