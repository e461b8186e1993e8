/**
 * Routes that tell of now: who asks, where everything is, whether it is ready.
 */
import { VERSION } from "../../version.ts";
import { healthSchema, meSchema, readySchema, statusSchema } from "./answer-schemas.ts";
import { type Api, BASE, serve } from "./endpoint.ts";
import type { HttpParts } from "./http-parts.ts";
import { HttpRefusal } from "./http-refusal.ts";

export function servePresent(api: Api, { view, inspection }: HttpParts): void {
  serve(api, {
    ...{ method: "get", path: `${BASE}/me`, role: "read" },
    summary: "Who you are here, and what you may do.",
    answer: meSchema,
    answerTo({ asker: { role, who } }) {
      if (role === "nobody") throw new HttpRefusal("UNAUTHORIZED", "nobody is known by this");
      return { role, who, version: VERSION, inspected: inspection !== undefined };
    },
  });
  serve(api, {
    ...{ method: "get", path: `${BASE}/status`, role: "read" },
    summary: "Where everything is at this moment, and what is waited for.",
    answer: statusSchema,
    answerTo: () => view.status(),
  });
  serve(api, {
    ...{ method: "get", path: "/healthz", role: "anyone" },
    summary: "Answers while the process lives.",
    answer: healthSchema,
    answerTo: () => ({ ok: true as const }),
  });
  const ready = (description: string) => ({ description, content: { "application/json": { schema: readySchema } } });
  api.openAPIRegistry.registerPath({
    ...{ method: "get", path: "/readyz", tags: ["open"], security: [] },
    summary: "Whether it is up: 200 only then.",
    responses: { 200: ready("It is up."), 503: ready("It is not, or not yet.") },
  });
  api.get("/readyz", (context) => {
    const { state } = view.transitions.status();
    return context.json({ ready: state === "up", state }, state === "up" ? 200 : 503);
  });
}
