/**
 * `signaled run`: the service in the foreground.
 *
 * The signal inbox is the first thing that is loaded and opened; everything else is loaded after it.
 */
import { openSignalInbox } from "../service/signal-inbox.ts";
import type { Command, Invocation } from "./command.ts";
import { SECRET } from "./options.ts";

export const run: Command = {
  name: "run",
  arguments: "CONF [Section.Option=value ...]",
  summary: "Run the service in the foreground.",
  details: [
    "SIGHUP reads the configuration again and goes to it; a refused one changes nothing. SIGTERM and SIGINT go down: the\nfirst in order and past failures, the second with deadlines of two seconds, the third at once (exit code 7).",
    "A reload that fails is rolled back, and held if that fails too. The journal makes a killed service go on where it was.",
  ],
  options: {
    participants: {
      value: "MODULE",
      repeated: true,
      help: "An ES module whose default export gets the instance and registers participants; may be given several times.",
    },
    order: {
      value: "NAME",
      help: "documented (the default), or proxyfs: the order in which the original code runs.",
    },
    "state-dir": { value: "DIR", help: "Journal and control socket. Default: $STATE_DIRECTORY, else ./.signaled." },
    journal: { value: "PATH", help: "The journal. Default: journal.db in the state directory." },
    socket: { value: "PATH", help: "The control socket. Default: control.sock in the state directory." },
    takeover: { help: "Take the journal even from a live service, which can write no more." },
    policy: { value: "NAME", help: "What a failing callback leads to: rollback (the default) or hold." },
    retries: { value: "N", help: "Try a failing callback N times more before that. Default: none." },
    deadline: { value: "TIME", help: "How long a callback may take, such as 90s. Default: 1m." },
    "hooks-at-once": { value: "N", help: "How many hooks of one event may run at once. Default: 1." },
    "log-format": { value: "FORM", help: "text, or json. Default: text on a terminal, else json." },
    "log-level": { value: "LEVEL", help: "debug, info (the default), warn or error." },
    inspect: {
      value: "PORT",
      implied: "0",
      help: "Let the service be watched in a browser on this machine; the address is logged. Default: any free port.",
    },
    http: {
      value: "PORT",
      implied: "8347",
      help: "Serve HTTP on this port, 0 for any that is free, and fail when it is taken. Default: 8347, and go on without.",
    },
    "http-host": { value: "HOST", help: "The address to serve it on. Default: 127.0.0.1; others need tokens." },
    tokens: { value: "FILE", help: "Who may look and who may steer: a line of read|steer WHO TOKEN for each." },
    "no-http": { help: "Serve no HTTP." },
    secret: SECRET,
    "pid-file": { value: "PATH", help: "Where to write the process id; removed at the end." },
    watch: { help: "Reload when a file of the configuration is saved; a refused one changes nothing." },
    help: { short: "h", help: "Show this help." },
  },
  examples: [
    ["signaled run cluster.conf", "Come up; hooks of the section [Hooks] are run."],
    ["signaled run cluster.conf Cluster.WhoAmI=Peer1 --participants ./mounts.mjs", "As Peer1, with own participants."],
    ["signaled run cluster.conf --watch", "What is saved, includes among it, is reloaded without another word."],
    ["kill -HUP $(cat run/signaled.pid)", "Reload, when it was started with --pid-file run/signaled.pid."],
  ],
  run: runService,
};

/** Milliseconds that what is left in the event loop may take once the service is down. */
const LEAVE_AFTER = 500;

async function runService(invocation: Invocation): Promise<number> {
  const signals = openSignalInbox();
  try {
    const { daemonOptions } = await import("./run-options.ts");
    const options = daemonOptions(run, invocation, signals);
    const { runDaemon } = await import("../service/daemon.ts");
    const code = await runDaemon(options);
    // A timer or socket that a participant left open must not keep a service that is down.
    setTimeout(() => process.exit(code), LEAVE_AFTER).unref();
    return code;
  } finally {
    signals.close();
  }
}
