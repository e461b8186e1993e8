/**
 * Endpoint: one route as data (who may use it, what it takes, what it answers), from which the route, the check of what
 * comes in and the OpenAPI document are all made.
 */
import type { HttpBindings } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import type { MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { z } from "zod";
import { errorSchema } from "./answer-schemas.ts";
import type { Asker, Role } from "./asker.ts";
import { HttpRefusal } from "./http-refusal.ts";
import { BODY_BYTES_AT_MOST, tooLarge } from "./http-server.ts";
import { jsonPieces } from "./json-pieces.ts";
import { inTurns } from "./turns.ts";

/** Where the interface is. */
export const BASE = "/api/v1";

/** What the node server hands to the application with each request. */
export interface RequestBindings extends HttpBindings {
  readonly asker: Asker;
}

export type Api = OpenAPIHono<{ Bindings: RequestBindings }>;

type Schema = z.ZodObject;
type Read<Part extends Schema | undefined> = Part extends Schema ? z.output<Part> : undefined;

export interface Endpoint<
  Params extends Schema | undefined,
  Query extends Schema | undefined,
  Body extends Schema | undefined,
  Answer extends z.ZodType,
> {
  readonly method: "get" | "post";
  /** Parameters in braces. */
  readonly path: string;
  readonly summary: string;
  /** `anyone`: also who has shown nothing. */
  readonly role: Role | "anyone";
  readonly params?: Params;
  readonly query?: Query;
  readonly body?: Body;
  readonly answer: Answer;
  /** It may be megabytes, which are put into words and sent in turns. */
  readonly long?: boolean;
  answerTo(request: Asked<Params, Query, Body>): z.output<Answer> | Promise<z.output<Answer>>;
}

export interface Asked<
  Params extends Schema | undefined = undefined,
  Query extends Schema | undefined = undefined,
  Body extends Schema | undefined = undefined,
> {
  readonly params: Read<Params>;
  readonly query: Read<Query>;
  readonly body: Read<Body>;
  readonly asker: Asker;
}

/** Also for bodies whose length is not said beforehand. */
const BODY_LIMIT = bodyLimit({
  maxSize: BODY_BYTES_AT_MOST,
  onError: () => {
    throw tooLarge();
  },
});

/** Characters of a long answer that are sent at once. */
const CHUNK = 65_536;

const jsonOf = (schema: z.ZodType) => ({ "application/json": { schema } });
const refusal = (description: string) => ({ description, content: jsonOf(errorSchema) });

/** Adds the route to the application. */
export function serve<
  Answer extends z.ZodType,
  Params extends Schema | undefined = undefined,
  Query extends Schema | undefined = undefined,
  Body extends Schema | undefined = undefined,
>(api: Api, endpoint: Endpoint<Params, Query, Body, Answer>): void {
  const { method, path, summary, role, params, query, body, answer } = endpoint;
  const route = createRoute({
    method,
    path,
    summary,
    tags: [role === "anyone" ? "open" : role],
    security: role === "anyone" ? [] : [{ token: [] }],
    // Before the body is read: who may not ask is not listened to.
    middleware: [...(role === "anyone" ? [] : [requiring(role)]), ...(body === undefined ? [] : [BODY_LIMIT])],
    request: {
      ...(params === undefined ? {} : { params }),
      ...(query === undefined ? {} : { query }),
      ...(body === undefined ? {} : { body: { required: true, content: jsonOf(body) } }),
    },
    responses: {
      200: { description: summary, content: jsonOf(answer) },
      ...(params === undefined && query === undefined && body === undefined
        ? {}
        : { 400: refusal("Not of this form.") }),
      ...(role === "anyone" ? {} : { 401: refusal("No token, or a wrong one."), 403: refusal("Not with this role.") }),
      default: refusal("Any other refusal or failure."),
    },
  });
  // The shapes are held together by `Endpoint`; what the router would infer from them takes the compiler minutes.
  api.openapi(
    route as never,
    (async (context: HonoContext) => {
      const { asker } = context.env;
      const request = {
        params: params === undefined ? undefined : context.req.valid("param"),
        query: query === undefined ? undefined : context.req.valid("query"),
        body: body === undefined ? undefined : context.req.valid("json"),
        asker,
      };
      const answered = await endpoint.answerTo(request as Asked<Params, Query, Body>);
      await send(context.env.outgoing, answered, endpoint.long === true);
      return RESPONSE_ALREADY_SENT;
    }) as never,
  );
}

/** Past the framework's response, which costs more than most answers do. */
async function send(outgoing: RequestBindings["outgoing"], answered: unknown, long: boolean): Promise<void> {
  outgoing.writeHead(200, { "content-type": "application/json" });
  if (!long) {
    outgoing.end(JSON.stringify(answered));
    return;
  }
  let text = "";
  for await (const piece of inTurns(jsonPieces(answered))) {
    text += piece;
    if (text.length < CHUNK) continue;
    outgoing.write(text);
    text = "";
  }
  outgoing.end(text);
}

interface HonoContext {
  readonly env: RequestBindings;
  readonly req: { valid(part: "param" | "query" | "json"): unknown };
}

function requiring(role: Role): MiddlewareHandler<{ Bindings: RequestBindings }> {
  return async (context, next) => {
    requireRole(context.env.asker, role);
    await next();
  };
}

/** @throws HttpRefusal UNAUTHORIZED, FORBIDDEN */
export function requireRole(asker: Asker, role: Role): void {
  if (asker.role === "steer" || asker.role === role) return;
  if (asker.role === "nobody") {
    throw new HttpRefusal("UNAUTHORIZED", "a token is needed: send it as Authorization: Bearer TOKEN");
  }
  throw new HttpRefusal(
    "FORBIDDEN",
    "this steers the service, and needs a steering token, the unix socket, or a page opened by signaled console",
  );
}
