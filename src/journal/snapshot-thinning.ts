/**
 * Which snapshots a journal keeps.
 *
 * The last two are for starting: damage to the newest costs a longer start, not the history. Earlier ones make any moment
 * of the past as near as the present. A snapshot holds the configurations that it speaks of, which may be large, so that
 * the earlier ones have a room of their own; when that is full every second one goes, and the rest stand twice as far apart.
 */

/** Bytes that the earlier ones may take together. */
const ROOM = 64_000_000;
/** Snapshots that are kept whatever they take. */
const LAST_KEPT = 2;

export interface SnapshotSize {
  readonly seq: number;
  /** About how many bytes it takes. */
  readonly size: number;
}

/** The positions of those that are to go, of all that there are, in order of seq. */
export function snapshotsToDrop(snapshots: readonly SnapshotSize[], room = ROOM): readonly number[] {
  const dropped: number[] = [];
  let earlier = snapshots.slice(0, -LAST_KEPT);
  while (earlier.reduce((sum, { size }) => sum + size, 0) > room) {
    dropped.push(...earlier.filter((_, i) => i % 2 === 0).map(({ seq }) => seq));
    earlier = earlier.filter((_, i) => i % 2 === 1);
  }
  return dropped;
}
