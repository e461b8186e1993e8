/**
 * The options of `signaled run`, from text to what the daemon takes.
 */
import type { FailurePolicy } from "../effects/participant.ts";
import type { DaemonOptions } from "../service/daemon.ts";
import type { HttpOptions } from "../service/http/http-service.ts";
import { tokenSource } from "../service/http/token-source.ts";
import type { SignalInbox } from "../service/signal-inbox.ts";
import { statePlaces } from "../service/state-directory.ts";
import type { Command, Invocation } from "./command.ts";
import { countOf, durationOf, oneConf, oneOf, orderOf, portOf, usageError } from "./command-line.ts";
import { liveLine } from "./live-line.ts";
import { showProgress } from "./progress-bar.ts";

/** @throws TransitionError USAGE */
export function daemonOptions(command: Command, invocation: Invocation, signals: SignalInbox): DaemonOptions {
  const { conf, overrides } = oneConf(command, invocation.positionals);
  if (conf === "-") {
    throw usageError(
      "run reads its configuration again at SIGHUP, and standard input can be read only once: give a file",
    );
  }
  const line = liveLine();
  return {
    conf,
    overrides,
    modules: invocation.texts("participants"),
    places: statePlaces({
      directory: invocation.text("state-dir"),
      journal: invocation.text("journal"),
      socket: invocation.text("socket"),
    }),
    order: orderOf(invocation),
    takeover: invocation.flag("takeover"),
    policy: policyOf(invocation),
    deadline: durationOf(invocation, "deadline") ?? 60_000,
    concurrency: countOf(invocation, "hooks-at-once") ?? 1,
    logFormat: oneOf(invocation, "log-format", ["text", "json"]) ?? (process.stderr.isTTY ? "text" : "json"),
    logLevel: oneOf(invocation, "log-level", ["debug", "info", "warn", "error"]) ?? "info",
    inspectPort: portOf(invocation, "inspect"),
    secrets: invocation.texts("secret"),
    http: httpOptionsOf(invocation),
    pidFile: invocation.text("pid-file"),
    watch: invocation.flag("watch"),
    signals,
    showProgress: line && ((look) => showProgress(line, look)),
    console: line === undefined ? writeToStderr : (text) => line.above(text),
  };
}

/** @throws TransitionError USAGE */
function httpOptionsOf(invocation: Invocation): HttpOptions | undefined {
  const port = portOf(invocation, "http");
  const host = invocation.text("http-host") ?? "127.0.0.1";
  const file = invocation.text("tokens");
  if (invocation.flag("no-http")) {
    if (port !== undefined) throw usageError("--http and --no-http say the opposite: give one of them");
    return undefined;
  }
  const onTrouble = (message: string): void => writeToStderr(`${message}\n`);
  const tokens = tokenSource({ file, environment: process.env, onTrouble });
  if (!isLoopback(host) && tokens.current().length === 0) {
    throw usageError(
      `--http-host ${host} lets other machines ask: say who may, with --tokens FILE, or $SIGNALED_READ_TOKEN and $SIGNALED_STEER_TOKEN`,
    );
  }
  return { port, host, tokens };
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}

function policyOf(invocation: Invocation): FailurePolicy {
  const otherwise = oneOf(invocation, "policy", ["rollback", "hold"]) ?? "rollback";
  const retries = countOf(invocation, "retries");
  // biome-ignore lint/suspicious/noThenProperty: "retry, then hold" is what it says.
  return retries === undefined ? otherwise : { retries, then: otherwise };
}

function writeToStderr(line: string): void {
  process.stderr.write(line);
}
