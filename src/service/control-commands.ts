/**
 * What the requests of the control socket do: each is one call of the service, by an operator.
 */

import type { Status } from "../effects/transitions.ts";
import { TransitionError } from "../error.ts";
import type { Cause } from "../journal/fact.ts";
import type { StateSummary } from "../plan/participant-state.ts";
import { VERSION } from "../version.ts";
import type { ControlRequest, ServiceProgress, ServiceStatus } from "./control-protocol.ts";
import type { HttpService } from "./http/http-service.ts";
import { planJson } from "./plan-json.ts";
import type { Service } from "./service.ts";

export interface ControlParts {
  readonly service: Service;
  /** Where it is. */
  readonly journal: string;
  /** Milliseconds since the present transition began. */
  readonly elapsed: () => number | undefined;
  /** Undefined: HTTP is not served, or not yet. */
  readonly http: () => HttpService | undefined;
}

/** Carries a request out, and gives its result. */
export async function answerControl(request: ControlRequest, parts: ControlParts): Promise<unknown> {
  const { service, http, elapsed } = parts;
  const cause = causeOf(request);
  switch (request.command) {
    case "status":
      return serviceStatus(parts);
    case "progress":
      return progressOf(service.status(), elapsed());
    case "plan":
      return planJson(await service.plan());
    case "console":
      return { address: consoleAddress(http(), cause.who ?? "operator") };
    case "reload":
      return service.reload(cause, request.hash);
    case "retry":
      return service.retry(cause);
    case "rollback":
      return service.rollback(cause);
    case "skip":
      return service.skip(request.as, request.reason, cause);
    case "pause":
      service.pause(cause);
      return {};
    case "resume":
      service.resume(cause);
      return {};
    case "down": {
      const failure = await service.terminate(cause);
      if (failure !== undefined) throw failure;
      return {};
    }
  }
}

function consoleAddress(http: HttpService | undefined, who: string): string {
  if (http?.address !== undefined) return `${http.address}/#code=${http.codeFor(who)}`;
  throw new TransitionError(
    "USAGE",
    "the service has no console: it was started with --no-http, or its port was taken (its log says so)",
  );
}

function causeOf(request: ControlRequest): Cause {
  const { who, reason } = request as { readonly who?: string; readonly reason?: string };
  return { how: "operator", ...(who === undefined ? {} : { who }), ...(reason === undefined ? {} : { reason }) };
}

function serviceStatus({ service, journal, elapsed }: ControlParts): ServiceStatus {
  const status = service.status();
  const { participants, inDoubt, broken } = status;
  return {
    ...progressOf(status, elapsed()),
    version: VERSION,
    pid: process.pid,
    uptime: Math.round(process.uptime() * 1000),
    conf: service.conf,
    journal,
    participants: Object.entries(participants).map(([name, summary]) => ({ name, ...countsOf(summary) })),
    inDoubt: [...inDoubt],
    broken: broken && { code: broken.code, message: broken.message },
  };
}

/** What changes from moment to moment. */
export function progressOf({ state, transition, queued }: Status, elapsed: number | undefined): ServiceProgress {
  return { state, queued: [...queued], transition: transition && transitionStatus(transition, elapsed) };
}

function transitionStatus(
  transition: NonNullable<Status["transition"]>,
  elapsed: number | undefined,
): NonNullable<ServiceProgress["transition"]> {
  const { cause, held, running, ...rest } = transition;
  const now = performance.now();
  return {
    ...rest,
    ...(elapsed === undefined ? {} : { elapsed }),
    cause: { ...cause },
    held: held && { ...held },
    running: running.map(({ since, ...step }) => ({ ...step, elapsed: Math.round(now - since) })),
  };
}

function countsOf({ up, quiesced, groups, volumes, served, noticed }: StateSummary) {
  return {
    up,
    quiesced,
    groups: Object.keys(groups).length,
    volumes: Object.keys(volumes).length,
    served: served.length,
    noticed: noticed.length,
  };
}
