/**
 * Participants as a console test needs them: slow enough to be watched, and failing where a file says so.
 *
 * `pace` in the working directory gives milliseconds for each step, `broken` the volume that cannot be served and
 * `complaint` what is said about it, `more` the name of one more participant.
 */
import { existsSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

const said = (name, otherwise) => (existsSync(name) ? readFileSync(name, "utf8").trim() : otherwise);
const act = () => {};
const slowly = () => delay(Number(said("pace", "0")));

async function serve({ volumeName }, context) {
  if (said("broken", "") === volumeName)
    throw new Error(`mount.nfs: ${volumeName}: ${said("complaint", "Connection timed out")}`);
  const pace = Number(said("pace", "0"));
  if (pace === 0) return;
  context.progress(0.5, "replaying its log");
  await delay(pace);
}

export default (signaled) => {
  signaled.register("inode", { up: act, volumeCreated: act, serveVolume: act, unserveVolume: act, down: act });
  signaled.register(
    "mounts",
    { up: act, volumeCreated: act, serveVolume: serve, unserveVolume: slowly, volumeDestroyed: act, down: act },
    { after: ["inode"], concurrency: 20 },
  );
  signaled.register(
    "shares",
    {
      up: act,
      volumeToBeUnserved: act,
      signaledStart: act,
      serveVolume: act,
      unserveVolume: act,
      signaledFinish: act,
      down: act,
    },
    { after: ["mounts"] },
  );
  signaled.register("addresses", {
    up: act,
    volumeGroupCreated: act,
    volumeGroupMoved: act,
    volumeGroupDestroyed: act,
    down: act,
  });
  const more = said("more", "");
  if (more !== "") signaled.register(more, { up: act, serveVolume: act, down: act });
};
