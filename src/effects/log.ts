/**
 * The interface that everything logs through, and the logger that says nothing.
 *
 * It is the common subset of the loggers in use, so that an application passes its own; the default of the command line
 * is pino.
 */

/** Levelled logging of an object of fields and a message. Must not throw. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

const nothing = (): void => {};

/** Says nothing: the default when embedded. */
export const silentLog: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing };

/** The same log, every line with the participant that it comes from and the transition that it belongs to. */
export function labelledLog(log: Log, label: { readonly participant?: string; readonly transitionId?: string }): Log {
  return {
    debug: (fields, message) => log.debug({ ...label, ...fields }, message),
    info: (fields, message) => log.info({ ...label, ...fields }, message),
    warn: (fields, message) => log.warn({ ...label, ...fields }, message),
    error: (fields, message) => log.error({ ...label, ...fields }, message),
  };
}
