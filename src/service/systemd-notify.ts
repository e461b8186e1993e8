/**
 * The way to systemd: messages about this service, through the program `systemd-notify`.
 *
 * Node has no datagram sockets in the file system, in which the protocol is spoken, and the program is there wherever
 * systemd is. Messages are sent one after the other, so that READY cannot overtake RELOADING.
 */
import { execFile } from "node:child_process";
import type { Log } from "../effects/log.ts";
import { messageOf } from "../error.ts";
import { settledWithin } from "./patience.ts";

export interface ManagerLine {
  /** Assignments such as `READY=1`, as sd_notify(3) has them. */
  send(...assignments: readonly string[]): void;
  /** Resolves when everything is sent, or cannot be. */
  close(): Promise<void>;
}

/** Milliseconds that one message may take; systemd is waited for to have read it. */
const PATIENCE = 10_000;
const CLOSE_PATIENCE = 2_000;

/** Undefined where no service manager listens. */
export function managerLine(environment: NodeJS.ProcessEnv, log: Log): ManagerLine | undefined {
  if ((environment["NOTIFY_SOCKET"] ?? "") === "") return undefined;
  let last: Promise<void> = Promise.resolve();
  let broken = false;
  const sendNow = async (assignments: readonly string[]): Promise<void> => {
    if (broken) return;
    try {
      await notify(assignments);
    } catch (error) {
      // Said once: what goes wrong once goes wrong every time, and the service is of use without it.
      broken = true;
      log.warn({ program: "systemd-notify" }, `the service manager cannot be told how things are: ${messageOf(error)}`);
    }
  };
  return {
    send: (...assignments) => {
      last = last.then(() => sendNow(assignments));
    },
    close: () => settledWithin(CLOSE_PATIENCE, last),
  };
}

function notify(assignments: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile("systemd-notify", [...assignments], { timeout: PATIENCE }, (error, _stdout, stderr) => {
      if (error === null) resolve();
      else if (error.code === "ENOENT")
        reject(new Error("there is no program systemd-notify in PATH: install systemd"));
      else reject(new Error(stderr.trim() || error.message));
    });
  });
}
