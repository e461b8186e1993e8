/**
 * The HTTP side of a service, put together: where it listens, who may ask, and what the answers are made from.
 */
import type { Transitions } from "../../effects/transitions.ts";
import { messageOf } from "../../error.ts";
import { Secrets } from "../../inspect/secrets.ts";
import { recordedConfs } from "../../journal/fact-codec.ts";
import { FactOutlines } from "../../journal/fact-outline.ts";
import type { Journal } from "../../journal/journal.ts";
import { userName } from "../operator.ts";
import type { Service } from "../service.ts";
import type { ServiceLog } from "../service-log.ts";
import type { StatePlaces } from "../state-directory.ts";
import { type Asker, NOBODY } from "./asker.ts";
import { ChapterLookup } from "./chapter-lookup.ts";
import { ConsoleFiles } from "./console-files.ts";
import { TokenDoorman } from "./doorman.ts";
import { EventStream } from "./event-stream.ts";
import { pastOf } from "./fact-pages.ts";
import { toldNow } from "./fact-telling.ts";
import type { HttpParts, Inspection } from "./http-parts.ts";
import { type Application, HttpServer } from "./http-server.ts";
import { LiveView } from "./live-view.ts";
import { PresentTelling } from "./present-telling.ts";
import { RequestRates } from "./request-rates.ts";
import { Tally } from "./tally.ts";
import type { TokenSource } from "./token-source.ts";

/** Where HTTP is served when nothing is said. */
const DEFAULT_PORT = 8347;

export interface HttpOptions {
  /** Undefined: the default one, and nothing is lost but HTTP where it is taken. 0: any that is free. */
  readonly port: number | undefined;
  readonly host: string;
  readonly tokens: TokenSource;
}

export interface HttpServiceParts {
  readonly options: HttpOptions;
  readonly service: Service;
  readonly transitions: Transitions;
  readonly journal: Journal;
  readonly places: StatePlaces;
  readonly takeover: boolean;
  readonly secrets: readonly string[];
  /** Undefined: nobody may watch the actors of the lifecycle. */
  readonly inspection?: Inspection | undefined;
  readonly log: ServiceLog;
}

export interface HttpService {
  /** The address of the console; undefined when no port could be had. */
  readonly address: string | undefined;
  /** A code that opens one session of the console. */
  codeFor(who: string): string;
  /** Makes ready for the first request, where there is time. */
  warmUp(): void;
  close(): Promise<void>;
}

/** Begins to listen. @throws TransitionError USAGE when the port that was asked for cannot be had */
export async function startHttp(parts: HttpServiceParts): Promise<HttpService> {
  const { options, log, places, takeover } = parts;
  const doorman = new TokenDoorman({ tokens: () => options.tokens.current(), owner: userName() });
  const http = await httpParts(parts);
  const server = new HttpServer({
    gate: { host: options.host, doorman },
    rates: new RequestRates(),
    secrets: http.view.secrets,
    load: () => loadApplication({ ...http, doorman }),
  });
  const close = async (): Promise<void> => {
    http.events.close();
    await server.close();
  };
  try {
    await server.listenAt(places.http, takeover);
    const port = await listenOn(server, options, log);
    const address = port === undefined ? undefined : `http://${shownHost(options.host)}:${port}`;
    if (address !== undefined) log.info({ address }, "HTTP is served");
    return {
      address,
      codeFor: (who) => doorman.codeFor(who),
      warmUp: () => void server.load().catch((error) => log.error({ error: String(error) }, "HTTP cannot be served")),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function httpParts(parts: HttpServiceParts): Promise<Omit<HttpParts, "doorman">> {
  const { service, transitions, journal, log } = parts;
  const ledger = await transitions.open();
  const secrets = new Secrets(parts.secrets);
  const view = new LiveView({ service, transitions, journal, secrets, ledger });
  const chapters = new ChapterLookup(journal, ledger);
  const outlines = new FactOutlines(journal, () => recordedConfs(view.ledger));
  const past = pastOf({ journal, outlines, secrets });
  const events = new EventStream({ past, telling: new PresentTelling(view, chapters), seq: ledger.seq });
  let before = ledger;
  const tally = new Tally();
  transitions.subscribe((fact, after, time) => {
    chapters.hear(fact, after, time);
    tally.hear(fact, before, after);
    const transition = after.transition ?? before.transition;
    before = after;
    events.hear(after.seq, () => toldNow(fact, transition, { seq: after.seq, time, secrets }));
  });
  return { view, outlines, chapters, events, tally, files: new ConsoleFiles(), log, inspection: parts.inspection };
}

async function loadApplication(parts: HttpParts): Promise<Application> {
  const [{ createApi }, { getRequestListener }] = await Promise.all([import("./api.ts"), import("@hono/node-server")]);
  const api = createApi(parts);
  const askers = new WeakMap<object, Asker>();
  const listener = getRequestListener(
    (request, bindings) => api.fetch(request, { ...bindings, asker: askers.get(bindings.incoming) ?? NOBODY }),
    { overrideGlobalObjects: false, autoCleanupIncoming: false },
  );
  return (request, response, asker) => {
    askers.set(request, asker);
    // Unless the answer says otherwise.
    response.setHeader("cache-control", "no-store").setHeader("x-content-type-options", "nosniff");
    return listener(request, response);
  };
}

async function listenOn(server: HttpServer, { port, host }: HttpOptions, log: ServiceLog): Promise<number | undefined> {
  try {
    return await server.listenOn(port ?? DEFAULT_PORT, host);
  } catch (error) {
    if (port !== undefined) throw error;
    log.error(
      { port: DEFAULT_PORT },
      `${messageOf(error)}; the service goes on without, and HTTP is on its socket only`,
    );
    return undefined;
  }
}

function shownHost(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "127.0.0.1";
  return host.includes(":") ? `[${host}]` : host;
}
