/**
 * The relay's pages: its own, which needs nothing from anywhere, and one that hands everything on to Stately's inspector.
 */
import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { VIEWER_PAGE } from "./viewer-page.ts";

/** Where Stately's inspector is. */
const STATELY = "https://stately.ai";

/** Answers a request that has shown the token. */
export function answerPage(request: IncomingMessage, response: ServerResponse): void {
  const page = (request.url ?? "").split(/[/?]/)[2] ?? "";
  const isStately = page === "stately";
  if (request.method !== "GET" || (page !== "" && !isStately)) {
    response.writeHead(404).end();
    return;
  }
  const nonce = randomBytes(16).toString("base64");
  response.writeHead(200, {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    // The address holds the token, and would be sent along to whatever is framed or opened from here.
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "content-security-policy": [
      "default-src 'none'",
      `script-src 'nonce-${nonce}'`,
      `style-src 'nonce-${nonce}'`,
      `connect-src ws://${request.headers.host}`,
      `frame-src ${isStately ? `${STATELY} https://*.stately.ai` : "'none'"}`,
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ].join("; "),
  });
  response.end((isStately ? STATELY_PAGE : VIEWER_PAGE).replaceAll("NONCE", nonce));
}

/** Stately's inspector in a frame: what comes before it is ready waits, and it alone is told. */
const STATELY_PAGE = `<!doctype html>
<html lang="en">
<title>signaled in Stately's inspector</title>
<style nonce="NONCE">html, body, iframe { height: 100%; width: 100%; margin: 0; border: 0; display: block }</style>
<iframe id="inspector" src="${STATELY}/inspect"></iframe>
<script nonce="NONCE">
const frame = document.getElementById("inspector");
const waiting = [];
let ready = false;
addEventListener("message", ({ data, source }) => {
  if (source !== frame.contentWindow || data?.type !== "@statelyai.connected") return;
  ready = true;
  for (const event of waiting.splice(0)) frame.contentWindow.postMessage(event, "${STATELY}");
});
const connect = () => {
  const socket = new WebSocket(location.href.replace(/^http/, "ws"));
  socket.onmessage = ({ data }) => {
    const event = JSON.parse(data);
    if (ready) frame.contentWindow.postMessage(event, "${STATELY}");
    else waiting.push(event);
  };
  socket.onclose = () => setTimeout(connect, 1000);
};
connect();
</script>
</html>
`;
