/**
 * A resource that two services can reach, and that keeps the highest fencing token it has seen, as a lock server or a
 * storage array does: whoever comes with a lower one is refused.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

export interface Mount {
  readonly pid: number;
  readonly volumeName: string;
  readonly fencingToken: number;
  readonly idempotencyKey: string;
  readonly refused: boolean;
}

export interface GuardedResource {
  readonly url: string;
  readonly mounts: readonly Mount[];
  close(): Promise<void>;
}

export async function guardedResource(): Promise<GuardedResource> {
  const mounts: Mount[] = [];
  let highest = 0;
  const server = createServer(async (request, response) => {
    const mount = JSON.parse(await text(request)) as Omit<Mount, "refused">;
    const refused = mount.fencingToken < highest;
    highest = Math.max(highest, mount.fencingToken);
    mounts.push({ ...mount, refused });
    response.writeHead(refused ? 409 : 200).end(refused ? `token ${mount.fencingToken} is stale` : "");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    mounts,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
