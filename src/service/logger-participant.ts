/**
 * The built-in logger participant: it says what everybody is told, and keeps the log where `[Logging]` wants it.
 *
 * It is registered before anyone else, so that it is up before the first participant and down after the last. It opens its
 * file anew at every SignaledFinish: rotating a log is moving the file away and sending SIGHUP. Source: the contract, "The
 * logger is special".
 */
import type { ParticipantCallbacks, StepContext } from "../effects/participant.ts";
import { LOGGER } from "../effects/registry.ts";
import { CALLBACKS, CONTRACT_CALLBACKS, type LifecycleEvent } from "../plan/lifecycle-event.ts";
import { readLogSettings } from "./log-settings.ts";
import type { ServiceLog } from "./service-log.ts";

/**
 * Implements the contract's 13 callbacks, and not the further ones: a plan has these phases only for who does something
 * about changed options.
 */
export function loggerParticipant(log: ServiceLog): ParticipantCallbacks {
  const callbacks: Record<string, (event: LifecycleEvent, context: StepContext) => void> = {};
  for (const name of CONTRACT_CALLBACKS)
    callbacks[CALLBACKS[name].method] = (event, context) => logEvent(log, event, context);
  return {
    ...callbacks,
    up(event, context) {
      log.follow(readLogSettings(context.confMap));
      logEvent(log, event, context);
    },
    signaledFinish(event, context) {
      log.follow(readLogSettings(context.confMap));
      logEvent(log, event, context);
    },
    down(event, context) {
      logEvent(log, event, context);
      log.unfollow();
    },
  };
}

/** Volumes come by the thousand: what is about one is told at debug, but for the two that its users feel. */
function logEvent(log: ServiceLog, event: LifecycleEvent, { transitionId }: StepContext): void {
  const { type, ...arguments_ } = event;
  const detail = "volumeName" in event && type !== "ServeVolume" && type !== "UnserveVolume";
  log[detail ? "debug" : "info"]({ participant: LOGGER, transitionId, ...arguments_ }, type);
}
