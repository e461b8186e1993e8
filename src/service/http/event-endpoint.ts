/**
 * The route of the event stream.
 */
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { z } from "zod";
import { type Api, requireRole } from "./endpoint.ts";
import type { HttpParts } from "./http-parts.ts";
import { HttpRefusal } from "./http-refusal.ts";
import { eventsQuery } from "./request-schemas.ts";

const PATH = "/api/v1/events";

export function serveEvents(api: Api, { events }: HttpParts): void {
  api.openAPIRegistry.registerPath({
    method: "get",
    path: PATH,
    summary: "What happens, as server-sent events: fact, status, progress, lagging.",
    tags: ["read"],
    security: [{ token: [] }],
    request: { query: eventsQuery },
    responses: {
      200: {
        description:
          "Each `fact` has its position as id; a reader goes on after the header Last-Event-ID, or `after`. `status` and " +
          "`progress` have no id. `lagging` comes before a reader is let go who does not read fast enough.",
        content: { "text/event-stream": { schema: z.string() } },
      },
    },
  });
  api.get(PATH, (context) => {
    requireRole(context.env.asker, "read");
    if (events.isFull) throw new HttpRefusal("TOO_MANY", "there are as many readers of the event stream as may be");
    const given = eventsQuery.safeParse({ after: context.req.header("last-event-id") ?? context.req.query("after") });
    if (!given.success) throw new HttpRefusal("USAGE", "after is the position of a fact");
    events.join(context.env.outgoing, given.data.after);
    return RESPONSE_ALREADY_SENT;
  });
}
