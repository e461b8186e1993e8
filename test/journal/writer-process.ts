/** A process that writes a journal as it is told to; run by `sqlite-process.test.ts`. */

import { setTimeout as delay } from "node:timers/promises";
import type { JournalWriter } from "../../src/journal/journal.ts";
import { sqliteJournal } from "../../src/journal/sqlite-journal.ts";
import { answer } from "../child-side.ts";

const journal = sqliteJournal(process.argv[2] ?? "");
let writer: JournalWriter | undefined;

answer(async ({ request, takeover, count, size, pause }) => {
  switch (request) {
    case "open":
      writer = await journal.open({ takeover: takeover === true });
      return { epoch: writer.epoch, version: writer.version, repair: writer.repair };
    case "append":
      return { version: await append(Number(count), Number(size ?? 10)) };
    case "append-forever":
      for (;;) {
        process.send?.({ version: await append(Number(count), Number(size ?? 10)) });
        if (pause !== undefined) await delay(Number(pause));
      }
    case "read": {
      let last = 0;
      for await (const record of journal.read()) last = record.seq;
      return { last };
    }
    case "close":
      await writer?.close();
      return {};
    default:
      throw new Error(`unknown request ${String(request)}`);
  }
});

async function append(count: number, size: number): Promise<number> {
  if (writer === undefined) throw new Error("not open");
  const entry = { type: "Written", version: 1, time: Date.now(), encode: () => JSON.stringify("x".repeat(size)) };
  return writer.append(
    Array.from({ length: count }, () => entry),
    writer.version,
  );
}
