/**
 * Connections to the volumes' database files. It is registered first, since everything else reads through it: it opens
 * before anybody serves, and closes when nobody does any more.
 */
// The same as node:sqlite, which Node 20 does not have yet.
import { DatabaseSync, type DatabaseSyncInstance } from "@photostructure/sqlite";
import type { ParticipantCallbacks } from "signaled";

export interface ConnectionPool {
  readonly callbacks: ParticipantCallbacks;
  /** Lends a connection to `use`; waits while all are lent. */
  lend<Result>(
    volumeName: string,
    use: (connection: DatabaseSyncInstance) => Result | Promise<Result>,
  ): Promise<Result>;
}

export function connectionPool(): ConnectionPool {
  const connections = new Map<string, Connections>();
  return {
    callbacks: {
      serveVolume({ volumeName }, { confMap }) {
        connections.set(volumeName, new Connections(confMap.string(`Volume:${volumeName}`, "Database")));
        console.log(`pool: ${volumeName} is open`);
      },
      async unserveVolume({ volumeName }) {
        await connections.get(volumeName)?.close();
        connections.delete(volumeName);
        console.log(`pool: ${volumeName} is closed`);
      },
    },
    async lend(volumeName, use) {
      const volume = connections.get(volumeName);
      // The lifecycle's order rules this out: nobody who reads through the pool serves a volume that the pool does not.
      if (volume === undefined) throw new Error(`${volumeName} is not open`);
      const connection = await volume.take();
      try {
        return await use(connection);
      } finally {
        volume.giveBack(connection);
      }
    },
  };
}

/** Connections to one volume. */
const CONNECTIONS = 2;

/** The connections of one volume. */
class Connections {
  readonly #all: readonly DatabaseSyncInstance[];
  readonly #free: DatabaseSyncInstance[];
  readonly #waiting: ((connection: DatabaseSyncInstance) => void)[] = [];

  constructor(file: string) {
    this.#all = Array.from({ length: CONNECTIONS }, () => new DatabaseSync(file));
    this.#all[0]?.exec("PRAGMA journal_mode = WAL; CREATE TABLE IF NOT EXISTS pairs (key PRIMARY KEY, value)");
    this.#free = [...this.#all];
  }

  async take(): Promise<DatabaseSyncInstance> {
    return this.#free.pop() ?? new Promise((resolve) => this.#waiting.push(resolve));
  }

  giveBack(connection: DatabaseSyncInstance): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free.push(connection);
    else next(connection);
  }

  /** Closes each as it comes back. */
  async close(): Promise<void> {
    for (const _each of this.#all) (await this.take()).close();
  }
}
