import { memoryJournal } from "../../src/journal/memory-journal.ts";
import { journalContract } from "./journal-contract.ts";

journalContract({
  name: "memory",
  create: async () => memoryJournal({ retain: Number.POSITIVE_INFINITY }),
  again: async (journal) => journal,
});
