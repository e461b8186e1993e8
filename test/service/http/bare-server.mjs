/**
 * What the same load costs whoever answers it: a server that knows its answers beforehand, writes ready bytes to its
 * readers, and meanwhile waits for the same timers as the transition does. Told by its parent what to say, one message each.
 */
import { createServer } from "node:http";
import { setTimeout as delay } from "node:timers/promises";

let said = { answers: {}, event: "", every: 500 };
const readers = new Set();
const server = createServer((request, response) => {
  if (request.url === "/api/v1/events") {
    response.useChunkedEncodingByDefault = false;
    response.writeHead(200, { "content-type": "text/event-stream", connection: "close" });
    response.write(": \n\n");
    readers.add(response);
    response.on("close", () => readers.delete(response));
    return;
  }
  response.writeHead(200, { "content-type": "application/json" });
  response.end(said.answers[request.url] ?? String(readers.size));
});
server.listen(0, "127.0.0.1", () => process.send({ port: server.address().port }));

async function write() {
  for (;;) {
    await delay(said.every);
    const bytes = Buffer.from(said.event);
    if (bytes.length > 0) for (const reader of readers) reader.write(bytes);
  }
}
void write();

process.on("message", async (message) => {
  if (message.wait === undefined) {
    said = message;
    return;
  }
  const began = performance.now();
  for (const ms of message.wait) await delay(ms);
  process.send({ took: performance.now() - began });
});
