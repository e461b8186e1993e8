/**
 * The route of the inspection stream: what an inspector is told of the lifecycle's actors, for the console.
 *
 * It is there when the service runs with `--inspect`. What comes is masked already. Who does not read is let go, as at the
 * relay: who comes again is told all that holds.
 */
import type { ServerResponse } from "node:http";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { z } from "zod";
import { type Api, BASE, requireRole } from "./endpoint.ts";
import type { HttpParts, Inspection } from "./http-parts.ts";
import { HttpRefusal } from "./http-refusal.ts";

/** Bytes that may wait for one watcher, and watchers at once: each is told everything, and not in turns. */
const BACKLOG_AT_MOST = 4 * 1024 * 1024;
const WATCHERS_AT_MOST = 20;

export function serveInspection(api: Api, { inspection }: HttpParts): void {
  const path = `${BASE}/inspection`;
  api.openAPIRegistry.registerPath({
    ...{ method: "get", path, tags: ["read"], security: [{ token: [] }] },
    summary: "The lifecycle's actors, as server-sent events in the form of @statelyai/inspect; with --inspect.",
    responses: { 200: { description: "One message each.", content: { "text/event-stream": { schema: z.string() } } } },
  });
  let watchers = 0;
  api.get(path, (context) => {
    requireRole(context.env.asker, "read");
    if (inspection === undefined) throw new HttpRefusal("NOT_FOUND", "nobody may watch: run it with --inspect");
    if (watchers >= WATCHERS_AT_MOST) throw new HttpRefusal("TOO_MANY", "there are as many watchers as may be");
    const { outgoing } = context.env;
    watchers++;
    outgoing.on("close", () => watchers--);
    watch(inspection, outgoing as ServerResponse);
    return RESPONSE_ALREADY_SENT;
  });
}

function watch(inspection: Inspection, response: ServerResponse): void {
  response.useChunkedEncodingByDefault = false;
  response.shouldKeepAlive = false;
  response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8", connection: "close" });
  response.write("retry: 1000\n\n");
  let waiting = "";
  /** What is said at one moment goes out at once. */
  const flush = (): void => {
    const text = waiting;
    waiting = "";
    if (response.writableLength > BACKLOG_AT_MOST) response.destroy();
    else response.write(text);
  };
  const stop = inspection.watch((text) => {
    if (waiting === "") setImmediate(flush);
    waiting += `data: ${text}\n\n`;
  });
  response.on("close", stop);
  response.on("error", stop);
}
