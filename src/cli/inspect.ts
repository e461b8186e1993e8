/**
 * `signaled inspect`: recorded history in a browser, as it looked when it happened.
 */
import { once } from "node:events";
import type { Journal } from "../journal/journal.ts";
import { sqliteJournal } from "../journal/sqlite-journal.ts";
import { startInspectRelay } from "../relay/inspect-relay.ts";
import { playJournal } from "../relay/journal-playback.ts";
import { EXIT_CODES } from "../service/exit-code.ts";
import type { Command, Invocation } from "./command.ts";
import { portOf, usageError } from "./command-line.ts";
import { requirePositionals } from "./journal-options.ts";
import { HELP, SECRET } from "./options.ts";
import { JOURNAL, placesOf, STATE_DIRECTORY } from "./service-options.ts";

export const inspect: Command = {
  name: "inspect",
  arguments: "[JOURNAL]",
  summary: "Replay recorded history in an inspector, at a chosen speed.",
  details: [
    "Prints the address to open, and begins when somebody looks. Pauses of the history are cut to three seconds. Ends when,\nafter the last fact, nobody looks any more, or with Ctrl-C.",
  ],
  options: {
    speed: { value: "N", help: "N times as fast as it was; 0.1 is ten times slower. Default: 1." },
    inspect: { value: "PORT", help: "The port of the page. Default: any that is free." },
    secret: SECRET,
    "state-dir": STATE_DIRECTORY,
    journal: JOURNAL,
    help: HELP,
  },
  examples: [
    ["signaled inspect", "The journal of the state directory."],
    ["signaled inspect /var/lib/signaled/journal.db --speed 10", "Another one, ten times as fast."],
  ],
  run: runInspect,
};

async function runInspect(invocation: Invocation): Promise<number> {
  requirePositionals(inspect, invocation, 0, 1);
  const speed = speedOf(invocation);
  const port = portOf(invocation, "inspect");
  const journal = sqliteJournal(invocation.positionals[0] ?? placesOf(invocation).journal);
  try {
    // A journal that cannot be read is refused before somebody is asked to look at it.
    await journal.version();
    await show(journal, { invocation, speed, port });
    return EXIT_CODES.ok.code;
  } finally {
    await journal.close();
  }
}

interface Showing {
  readonly invocation: Invocation;
  readonly speed: number;
  readonly port: number | undefined;
}

async function show(journal: Journal, { invocation, speed, port }: Showing): Promise<void> {
  const { terminal } = invocation;
  const audience = new Audience();
  let time = Date.now();
  const relay = await startInspectRelay({ port, time: () => time, onViewers: (count) => audience.count(count) });
  try {
    terminal.out(relay.address);
    await audience.present();
    const facts = await playJournal(journal, {
      inspect: relay.inspect,
      secrets: invocation.texts("secret"),
      speed,
      onTime: (now) => {
        time = now;
      },
    });
    terminal.err(`${facts} facts were replayed; close the page, or press Ctrl-C, to end`);
    await audience.gone();
  } finally {
    await relay.close();
  }
}

/** Those who look. Waiting for them keeps the process alive. */
class Audience extends EventTarget {
  #size = 0;
  readonly #keptAlive = setInterval(() => {}, 2 ** 30);

  count(size: number): void {
    this.#size = size;
    this.dispatchEvent(new Event("change"));
  }

  async present(): Promise<void> {
    while (this.#size === 0) await once(this, "change");
  }

  async gone(): Promise<void> {
    while (this.#size > 0) await once(this, "change");
    clearInterval(this.#keptAlive);
  }
}

/** @throws TransitionError USAGE */
function speedOf(invocation: Invocation): number {
  const text = invocation.text("speed") ?? "1";
  const speed = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || speed === 0) {
    throw usageError(`--speed is '${text}': it takes a number above 0, such as 10 or 0.5`);
  }
  return speed;
}
