/**
 * The application: every route of the interface, with its document, and what errors become.
 */
import { OpenAPIHono } from "@hono/zod-openapi";
import { z } from "zod";
import { VERSION } from "../../version.ts";
import type { ConsoleFiles } from "./console-files.ts";
import type { Api } from "./endpoint.ts";
import { serveEvents } from "./event-endpoint.ts";
import { serveHistory } from "./history-endpoints.ts";
import type { HttpParts } from "./http-parts.ts";
import { HttpRefusal, refusalAnswer } from "./http-refusal.ts";
import { serveInspection } from "./inspection-endpoint.ts";
import { serveMetrics } from "./metrics-endpoint.ts";
import { servePast } from "./past-endpoints.ts";
import { servePresent } from "./present-endpoints.ts";
import { serveSteering } from "./steering-endpoints.ts";

export function createApi(parts: HttpParts): Api {
  const { secrets } = parts.view;
  const api: Api = new OpenAPIHono({
    defaultHook: (result, context) => {
      if (result.success) return undefined;
      const message = `the request is not of the documented form: ${z.prettifyError(result.error)}`;
      return context.json({ error: { code: "USAGE", message } }, 400);
    },
  });
  api.onError((error, context) => {
    const { status, body } = refusalAnswer(requestError(error), secrets);
    if (status === 500) parts.log.error({ error: String(error), stack: error.stack }, "an HTTP request failed");
    return context.json(body, status);
  });
  api.notFound((context) => {
    const { status, body } = refusalAnswer(
      new HttpRefusal("NOT_FOUND", "there is nothing here: see /openapi.json"),
      secrets,
    );
    return context.json(body, status);
  });
  servePresent(api, parts);
  serveHistory(api, parts);
  servePast(api, parts);
  serveSteering(api, parts);
  serveEvents(api, parts);
  serveInspection(api, parts);
  serveMetrics(api, parts);
  serveConsole(api, parts.files);
  api.openAPIRegistry.registerComponent("securitySchemes", "token", { type: "http", scheme: "bearer" });
  api.doc31("/openapi.json", {
    openapi: "3.1.0",
    info: {
      title: "Signaled",
      version: VERSION,
      description: "State, history and steering of a running Signaled service. The guide is docs/http.md.",
    },
    tags: [
      { name: "open", description: "Anyone." },
      { name: "read", description: "A reading token; nobody needs one on this machine while none is configured." },
      { name: "steer", description: "A steering token, the unix socket, or a page opened by `signaled console`." },
    ],
  });
  return api;
}

/** What the router throws for a body that is no JSON. */
function requestError(error: Error): Error {
  const malformed = "status" in error && error.status === 400;
  return malformed ? new HttpRefusal("USAGE", `the body cannot be read as JSON: ${error.message}`) : error;
}

function serveConsole(api: Api, files: ConsoleFiles): void {
  const answer = async (path: string, etag: string | undefined): Promise<Response> => {
    const { status, headers, body } = await files.answer(path, etag);
    return new Response(body, { status, headers });
  };
  api.get("/", (context) => answer("", context.req.header("if-none-match")));
  api.get("/console/*", (context) => {
    const path = context.req.path.slice("/console/".length);
    return answer(path, context.req.header("if-none-match"));
  });
}
