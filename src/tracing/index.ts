/**
 * `signaled/opentelemetry`: traces of a lifecycle, for applications that have OpenTelemetry set up.
 *
 * The only entry that loads its API.
 *
 * @module signaled/opentelemetry
 */
export { type TracingOptions, traceTransitions } from "./transition-spans.ts";
