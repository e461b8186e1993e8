/**
 * The signal inbox: signals are taken from the first moment on, and acted on when there is somebody to act.
 *
 * It is made before anything is read: a SIGTERM that arrives while a configuration is being read must end the service in
 * order, and a SIGHUP must not end it at all. It imports nothing, so that it is in place as early as can be.
 */

export type TakenSignal = "SIGHUP" | "SIGTERM" | "SIGINT";

export interface SignalInbox {
  /** Hands over every signal from now on, and first those that came before. */
  listen(handler: (signal: TakenSignal) => void): void;
  /** Gives the signals back to Node. */
  close(): void;
}

const TAKEN: readonly TakenSignal[] = ["SIGHUP", "SIGTERM", "SIGINT"];
/** Each would end the process, or (SIGUSR1) open Node's debugger, where nothing is meant to happen. */
const IGNORED: readonly NodeJS.Signals[] = ["SIGPIPE", "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGVTALRM"];

export function openSignalInbox(): SignalInbox {
  const waiting: TakenSignal[] = [];
  let handler: ((signal: TakenSignal) => void) | undefined;
  const take = (signal: NodeJS.Signals): void => {
    if (handler === undefined) waiting.push(signal as TakenSignal);
    else handler(signal as TakenSignal);
  };
  const ignore = (): void => {};
  for (const signal of TAKEN) process.on(signal, take);
  for (const signal of IGNORED) process.on(signal, ignore);
  return {
    listen(next) {
      handler = next;
      for (const signal of waiting.splice(0)) next(signal);
    },
    close() {
      for (const signal of TAKEN) process.off(signal, take);
      for (const signal of IGNORED) process.off(signal, ignore);
    },
  };
}
