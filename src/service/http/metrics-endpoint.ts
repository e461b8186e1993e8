/**
 * The route of the metrics.
 */
import { z } from "zod";
import { type Api, requireRole } from "./endpoint.ts";
import type { HttpParts } from "./http-parts.ts";
import type { Metrics } from "./metrics.ts";

export function serveMetrics(api: Api, parts: HttpParts): void {
  let metrics: Promise<Metrics> | undefined;
  api.openAPIRegistry.registerPath({
    ...{ method: "get", path: "/metrics", tags: ["read"], security: [{ token: [] }] },
    summary: "Metrics for Prometheus.",
    responses: { 200: { description: "In its text format.", content: { "text/plain": { schema: z.string() } } } },
  });
  api.get("/metrics", async (context) => {
    requireRole(context.env.asker, "read");
    metrics ??= import("./metrics.ts").then(({ Metrics }) => new Metrics(parts));
    const made = await metrics;
    return context.body(await made.text(), 200, { "content-type": made.contentType });
  });
}
