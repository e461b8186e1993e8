/**
 * What the service manager is told: that the service is ready, reloads or stops, how it is in words, and, for its
 * watchdog, that it is alive.
 *
 * A first start may take longer than a manager waits for one, and so may a reload or a stop: as long as they come forward
 * more time is asked for.
 */
import type { Log } from "../effects/log.ts";
import type { Status, Transitions } from "../effects/transitions.ts";
import { withoutControls } from "./plain-text.ts";
import { type Pulse, pulseOf } from "./pulse.ts";
import { statusLine } from "./status-line.ts";
import { type ManagerLine, managerLine } from "./systemd-notify.ts";

/** Hears what the service sets out for and where it arrives. */
export interface ServiceStages {
  /** Gives what to call when the reload is over, however it ended. */
  reloading(): () => void;
  /** A start or an operator's command is over, however it ended. */
  settled(): void;
  stopping(): void;
}

export interface ManagerTelling extends ServiceStages {
  close(): Promise<void>;
}

/** Milliseconds between two looks at the status. */
const LOOK_EVERY = 2_000;
/** Milliseconds after which more time is asked for, and how much of it. */
const EXTEND_EVERY = 10_000;
const EXTENSION = 60_000;

/** Undefined where no service manager listens. */
export function tellManager(transitions: Transitions, log: Log): ManagerTelling | undefined {
  const line = managerLine(process.env, log);
  return line && new Telling(line, transitions, log);
}

class Telling implements ManagerTelling {
  readonly #line: ManagerLine;
  readonly #status: () => Status;
  readonly #pulse: Pulse;
  readonly #log: Log;
  readonly #timers: NodeJS.Timeout[] = [];
  #ready = false;
  #stopping = false;
  #reloads = 0;
  #said = "";
  #extendedAt = performance.now();
  #stuck = false;
  /** A fact has come since the status was said. */
  #changed = true;

  constructor(line: ManagerLine, transitions: Transitions, log: Log) {
    this.#line = line;
    this.#log = log;
    this.#status = () => transitions.status();
    this.#pulse = pulseOf(this.#status, () => performance.now());
    transitions.subscribe(() => {
      this.#pulse.beat();
      this.#changed = true;
    });
    this.#every(LOOK_EVERY, () => this.#look());
    const patience = watchdogPatience(process.env);
    if (patience !== undefined) this.#every(patience / 2, () => this.#feed());
  }

  reloading(): () => void {
    this.#reloads++;
    if (this.#ready && !this.#stopping && this.#reloads === 1) {
      // systemd tells by it which reload this answers.
      const now = process.hrtime.bigint() / 1000n;
      this.#line.send("RELOADING=1", `MONOTONIC_USEC=${now}`, "STATUS=reading the configuration");
    }
    return () => {
      this.#reloads--;
      this.settled();
    };
  }

  settled(): void {
    if (this.#stopping || this.#reloads > 0) return;
    // A first start that is held is not ready; a service that was goes on, whatever became of its reload.
    this.#ready ||= this.#status().state === "up";
    this.#send(...(this.#ready ? ["READY=1"] : []));
  }

  stopping(): void {
    this.#stopping = true;
    this.#line.send("STOPPING=1", "STATUS=going down");
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await this.#line.close();
  }

  #every(milliseconds: number, work: () => void): void {
    const timer = setInterval(work, milliseconds);
    timer.unref();
    this.#timers.push(timer);
  }

  #look(): void {
    const isWaitedFor = !this.#ready || this.#stopping || this.#reloads > 0;
    const due =
      isWaitedFor && performance.now() - this.#extendedAt >= EXTEND_EVERY && this.#pulse.failure() === undefined;
    if (due) {
      this.#extendedAt = performance.now();
      this.#send(`EXTEND_TIMEOUT_USEC=${EXTENSION * 1000}`);
    } else if ((this.#changed || this.#status().transition !== undefined) && this.#text() !== this.#said) this.#send();
  }

  #feed(): void {
    const failure = this.#pulse.failure();
    if (failure === undefined) {
      this.#stuck = false;
      this.#line.send("WATCHDOG=1");
    } else if (!this.#stuck) {
      this.#stuck = true;
      this.#log.error({}, `the watchdog is not fed any more: ${failure}`);
    }
  }

  #send(...assignments: readonly string[]): void {
    this.#said = this.#text();
    this.#changed = false;
    this.#line.send(...assignments, `STATUS=${this.#said}`);
  }

  #text(): string {
    // A message has one assignment a line.
    return withoutControls(statusLine(this.#status())).replaceAll(/\s+/g, " ");
  }
}

/** Milliseconds after which systemd ends a service that it has not heard of; undefined: it does not. */
export function watchdogPatience(environment: NodeJS.ProcessEnv): number | undefined {
  const { WATCHDOG_USEC: text = "", WATCHDOG_PID: pid } = environment;
  if (!/^[1-9]\d*$/.test(text) || (pid !== undefined && pid !== String(process.pid))) return undefined;
  return Number(text) / 1000;
}
