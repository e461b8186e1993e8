/**
 * The HTTP server, which comes last and has a gate. While a reload is under way the gate is closed: what comes in waits,
 * and what was let in has been answered before anything changes beneath it. So a reload drops no request.
 */
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { ParticipantCallbacks } from "signaled";
import type { Cache } from "./cache.ts";
import { Gate } from "./gate.ts";

export interface HttpListener {
  readonly callbacks: ParticipantCallbacks;
  address(): string;
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

export function httpListener(cache: Cache): HttpListener {
  const gate = new Gate();
  const served = new Set<string>();
  /** What every peer is told, wherever a volume is served: the group of each volume, and the active peer of each group. */
  const groups = new Map<string, string>();
  const activePeers = new Map<string, string>();
  let isEnding = false;

  const server = createServer(async (request, response) => {
    // The body first: a client that sends slowly shall not hold up a reload.
    const body = await text(request).catch(() => undefined);
    if (body === undefined) return;
    const { status, body: said } = await gate.through(() => answer(request, body).catch(failed));
    response.writeHead(status, isEnding ? { connection: "close" } : {}).end(said);
  });

  async function answer({ method, url = "" }: IncomingMessage, body: string): Promise<Answer> {
    if (isEnding) return { status: 503, body: "going down" };
    const [volumeName = "", key = ""] = url.slice(1).split("/");
    const peer = activePeers.get(groups.get(volumeName) ?? "");
    if (peer === undefined) return { status: 404, body: `no volume ${volumeName}` };
    if (!served.has(volumeName)) return { status: 421, body: peer };
    if (method === "PUT") await cache.put(volumeName, key, body);
    const value = await cache.get(volumeName, key);
    return value === undefined ? { status: 404, body: `no ${key} in ${volumeName}` } : { status: 200, body: value };
  }

  return {
    address: () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    callbacks: {
      async up() {
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        console.log("listener: listens, and lets nobody in yet");
      },
      volumeGroupCreated: ({ volumeGroupName, activePeer }) => void activePeers.set(volumeGroupName, activePeer),
      volumeGroupMoved: ({ volumeGroupName, activePeer }) => void activePeers.set(volumeGroupName, activePeer),
      volumeGroupDestroyed: ({ volumeGroupName }) => void activePeers.delete(volumeGroupName),
      volumeCreated: ({ volumeName, volumeGroupName }) => void groups.set(volumeName, volumeGroupName),
      volumeMoved: ({ volumeName, volumeGroupName }) => void groups.set(volumeName, volumeGroupName),
      volumeDestroyed: ({ volumeName }) => void groups.delete(volumeName),
      serveVolume: ({ volumeName }) => void served.add(volumeName),
      unserveVolume: ({ volumeName }) => void served.delete(volumeName),
      async signaledStart() {
        await gate.close();
        console.log("listener: the gate is closed, and everybody inside has been answered");
      },
      signaledFinish() {
        gate.open();
        console.log(`listener: the gate is open to ${[...served].join(", ")}`);
      },
      async down() {
        isEnding = true;
        gate.open();
        await new Promise((resolve) => server.close(resolve));
        console.log("listener: closed");
      },
    },
  };
}

function failed(error: unknown): Answer {
  return { status: 500, body: String(error) };
}
