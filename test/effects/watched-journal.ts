/**
 * WatchedJournal: a memory journal of which somebody hears before each append, and may refuse it.
 */
import type { Journal, JournalEntry } from "../../src/journal/journal.ts";
import { memoryJournal } from "../../src/journal/memory-journal.ts";

export function watchedJournal(beforeAppend: (entries: readonly JournalEntry[]) => void): Journal {
  const memory = memoryJournal();
  return {
    ...memory,
    async open(options) {
      const writer = await memory.open(options);
      return {
        ...writer,
        get version() {
          return writer.version;
        },
        append(entries, version) {
          beforeAppend(entries);
          return writer.append(entries, version);
        },
      };
    },
  };
}
