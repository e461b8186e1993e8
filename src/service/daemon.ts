/**
 * The daemon: a service from its start to its exit code, wired to signals, a control socket and a process id file.
 */
import { resolve } from "node:path";
import type { ConfMap } from "../conf/conf-map.ts";
import type { FailurePolicy } from "../effects/participant.ts";
import { createTransitions, type Transitions } from "../effects/transitions.ts";
import { messageOf } from "../error.ts";
import { sqliteJournal } from "../journal/sqlite-journal.ts";
import type { OrderName } from "../plan/order.ts";
import { startInspectRelay } from "../relay/inspect-relay.ts";
import { VERSION } from "../version.ts";
import { builtInParticipants } from "./built-in-participants.ts";
import { answerControl, progressOf } from "./control-commands.ts";
import type { ServiceProgress } from "./control-protocol.ts";
import { openControlServer } from "./control-server.ts";
import { execParticipant } from "./exec-participant.ts";
import { EXIT_CODES, exitCodeOf } from "./exit-code.ts";
import { killRunningHooks } from "./hook-run.ts";
import type { HttpOptions, HttpService, HttpServiceParts } from "./http/http-service.ts";
import { loggerParticipant } from "./logger-participant.ts";
import { tellManager } from "./manager-telling.ts";
import { narrate } from "./narration.ts";
import { userName } from "./operator.ts";
import { claimPidFile } from "./pid-file.ts";
import { registerModule } from "./roster.ts";
import { Service } from "./service.ts";
import { createServiceLog, type LogLevel, type ServiceLog } from "./service-log.ts";
import type { SignalInbox, TakenSignal } from "./signal-inbox.ts";
import type { StatePlaces } from "./state-directory.ts";
import { stopwatchOf } from "./stopwatch.ts";

export interface DaemonOptions {
  readonly conf: string;
  readonly overrides: readonly string[];
  readonly modules: readonly string[];
  readonly places: StatePlaces;
  readonly order: OrderName;
  readonly takeover: boolean;
  readonly policy: FailurePolicy;
  /** Milliseconds. */
  readonly deadline: number;
  /** Hooks of one event that may run at once. */
  readonly concurrency: number;
  readonly logFormat: "text" | "json";
  readonly logLevel: LogLevel;
  /** Where an inspector may look, 0 for any free port; undefined: nobody may. */
  readonly inspectPort: number | undefined;
  /** Parts of names whose values no inspector may see. */
  readonly secrets: readonly string[];
  /** Undefined: HTTP is not served. */
  readonly http: HttpOptions | undefined;
  readonly pidFile: string | undefined;
  /** Reload when a file of the configuration changes. */
  readonly watch: boolean;
  /** Shows how a transition comes forward, to who looks at the terminal; gives the way to stop. */
  readonly showProgress: ((look: () => ServiceProgress) => () => void) | undefined;
  readonly signals: SignalInbox;
  /** Takes what goes to stderr. */
  readonly console: (line: string) => void;
}

/** Runs until there is nothing left to run, and gives the exit code. */
export async function runDaemon(options: DaemonOptions): Promise<number> {
  const log = createServiceLog({ format: options.logFormat, level: options.logLevel, console: options.console });
  const { places, order, takeover, deadline, policy } = options;
  const exec = execParticipant({ concurrency: options.concurrency, folder: places.hookFiles });
  const relay = options.inspectPort === undefined ? undefined : await startInspectRelay({ port: options.inspectPort });
  const journal = sqliteJournal(places.journal);
  const transitions = createTransitions({
    inspect: relay?.inspect,
    secrets: options.secrets,
    journal,
    logger: loggerParticipant(log),
    log,
    ...{ order, takeover, deadline, policy },
  });
  transitions.subscribe(narrate(log));
  const manager = tellManager(transitions, log);
  const builtIns = builtInParticipants(exec, places);
  const service = new Service({
    transitions,
    log,
    builtIns,
    conf: resolve(options.conf),
    overrides: options.overrides,
    stages: manager,
  });
  const keptAlive = setInterval(() => {}, 2 ** 30);
  const opened: (() => unknown)[] = [];
  const elapsed = stopwatchOf(transitions);
  const hideProgress = options.showProgress?.(() => progressOf(transitions.status(), elapsed()));
  let http: HttpService | undefined;
  try {
    options.signals.listen(signalHandler(service, log));
    log.info({ version: VERSION, pid: process.pid, conf: service.conf, journal: places.journal }, "signaled starts");
    if (relay !== undefined) log.info({ address: relay.address }, "open this address to watch the lifecycle");
    for (const module of options.modules) await registerModule(transitions, module);
    opened.push(await startTracing(transitions));
    const confMap = await service.readConf();
    await transitions.open();
    if (options.pidFile !== undefined) opened.push(claimPidFile(options.pidFile, takeover));
    const control = await openControlServer({
      address: places.socket,
      takeover,
      answer: (request) => answerControl(request, { service, journal: places.journal, elapsed, http: () => http }),
    });
    opened.push(() => control.close());
    http = await openHttp({ service, transitions, journal, log, inspection: relay }, options);
    opened.push(() => http?.close());
    await service.start(confMap, { how: "start", who: userName() });
    http?.warmUp();
    if (options.watch) opened.push(await startWatch(service, confMap, log));
    const code = await service.ended;
    log.info({ exitCode: code }, "signaled ends");
    return code;
  } catch (error) {
    log.error({}, `signaled ends: ${messageOf(error)}`);
    return exitCodeOf(error);
  } finally {
    clearInterval(keptAlive);
    for (const close of opened.reverse()) await close();
    killRunningHooks();
    exec.close();
    await transitions.close();
    await relay?.close();
    await manager?.close();
    hideProgress?.();
  }
}

/** Loaded only where it is wanted. */
async function openHttp(
  parts: Pick<HttpServiceParts, "service" | "transitions" | "journal" | "log" | "inspection">,
  { http, places, takeover, secrets }: DaemonOptions,
): Promise<HttpService | undefined> {
  if (http === undefined) return undefined;
  const { startHttp } = await import("./http/http-service.ts");
  return startHttp({ ...parts, options: http, places, takeover, secrets });
}

/** Where one of the modules has set OpenTelemetry up: its API is found by this name, in whatever version. */
async function startTracing(transitions: Transitions): Promise<() => void> {
  if (!(Symbol.for("opentelemetry.js.api.1") in globalThis)) return () => {};
  const { traceTransitions } = await import("../tracing/transition-spans.ts");
  return traceTransitions(transitions);
}

/** Loaded only where it is wanted. */
async function startWatch(service: Service, confMap: ConfMap, log: ServiceLog): Promise<() => Promise<void>> {
  const { watchConf } = await import("./conf-watch.ts");
  const watch = watchConf(service, confMap, log);
  return () => watch.close();
}

/** SIGHUP reloads. SIGTERM and SIGINT go down: the first in order, the second in a hurry, the third at once. */
function signalHandler(service: Service, log: ServiceLog): (signal: TakenSignal) => void {
  let terminations = 0;
  return (signal) => {
    if (signal === "SIGHUP") {
      // What becomes of it is in the log.
      service.reload({ how: "signal", who: signal }).catch(() => {});
      return;
    }
    terminations++;
    if (terminations === 1) void service.terminate({ how: "signal", who: signal });
    else if (terminations === 2) service.hurry();
    else endAtOnce(signal, log);
  };
}

function endAtOnce(signal: TakenSignal, log: ServiceLog): void {
  log.error({ signal }, "ending at once: steps under way are in doubt, and the next start goes on from the journal");
  killRunningHooks();
  process.exit(EXIT_CODES.abrupt.code);
}
