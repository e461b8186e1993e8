/**
 * Maps that keep a bounded number of entries: what came first goes first.
 */

export function dropOldest<Key>(entries: Map<Key, unknown>, atMost: number): void {
  for (const oldest of entries.keys()) {
    if (entries.size <= atMost) return;
    entries.delete(oldest);
  }
}
