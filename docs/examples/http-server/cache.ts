/**
 * The latest pairs of each volume, in memory. It rests on the pool: it may use it from its own `serveVolume` on, until
 * its own `unserveVolume`.
 */
import type { ConfMap, ParticipantCallbacks } from "signaled";
import type { ConnectionPool } from "./pool.ts";

export interface Cache {
  readonly callbacks: ParticipantCallbacks;
  get(volumeName: string, key: string): Promise<string | undefined>;
  put(volumeName: string, key: string, value: string): Promise<void>;
}

export function cacheOver(pool: ConnectionPool): Cache {
  const volumes = new Map<string, LatestPairs>();
  return {
    callbacks: {
      async serveVolume({ volumeName }, { confMap }) {
        const pairs = new LatestPairs(sizeIn(confMap, volumeName));
        await pool.lend(volumeName, (connection) => {
          for (const { key, value } of connection.prepare("SELECT key, value FROM pairs LIMIT ?").all(pairs.size))
            pairs.set(String(key), String(value));
        });
        volumes.set(volumeName, pairs);
        console.log(`cache: ${volumeName} is warm`);
      },
      // Another size needs no pause: a further callback, beside the contract's 13.
      volumeChanged({ volumeName }, { confMap }) {
        volumes.get(volumeName)?.resize(sizeIn(confMap, volumeName));
        console.log(`cache: ${volumeName} holds up to ${sizeIn(confMap, volumeName)} pairs`);
      },
      unserveVolume({ volumeName }) {
        volumes.delete(volumeName);
        console.log(`cache: ${volumeName} is dropped`);
      },
    },
    async get(volumeName, key) {
      const cached = volumes.get(volumeName)?.get(key);
      if (cached !== undefined) return cached;
      const row = await pool.lend(volumeName, (connection) =>
        connection.prepare("SELECT value FROM pairs WHERE key = ?").get(key),
      );
      if (row === undefined) return undefined;
      volumes.get(volumeName)?.set(key, String(row["value"]));
      return String(row["value"]);
    },
    async put(volumeName, key, value) {
      await pool.lend(volumeName, (connection) =>
        connection.prepare("INSERT OR REPLACE INTO pairs VALUES (?, ?)").run(key, value),
      );
      volumes.get(volumeName)?.set(key, value);
    },
  };
}

function sizeIn(confMap: ConfMap, volumeName: string): number {
  return confMap.uint32(`Volume:${volumeName}`, "CachedPairs");
}

/** A map that forgets the oldest. */
class LatestPairs {
  size: number;
  readonly #pairs = new Map<string, string>();

  constructor(size: number) {
    this.size = size;
  }

  get(key: string): string | undefined {
    return this.#pairs.get(key);
  }

  set(key: string, value: string): void {
    this.#pairs.delete(key);
    this.#pairs.set(key, value);
    this.resize(this.size);
  }

  resize(size: number): void {
    this.size = size;
    for (const key of this.#pairs.keys()) {
      if (this.#pairs.size <= size) return;
      this.#pairs.delete(key);
    }
  }
}
