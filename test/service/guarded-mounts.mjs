// A participant that mounts volumes on a resource elsewhere, which may refuse it: what a real one does with a storage array.
import { setTimeout as wait } from "node:timers/promises";

export default (signaled) => {
  signaled.register(
    "mounts",
    {
      serveVolume: async ({ volumeName }, { fencingToken, idempotencyKey }) => {
        await wait(20);
        const mount = { pid: process.pid, volumeName, fencingToken, idempotencyKey };
        const answer = await fetch(process.env["RESOURCE"], { method: "POST", body: JSON.stringify(mount) });
        if (!answer.ok) throw new Error(await answer.text());
      },
      unserveVolume: () => {},
    },
    { durable: true },
  );
};
