/**
 * A key-value server: every volume is a database file, served under its name. SIGHUP reloads, SIGTERM goes down in order.
 */
import { createTransitions, loadConf, sqliteJournal } from "signaled";
import { cacheOver } from "./cache.ts";
import { httpListener } from "./listener.ts";
import { connectionPool } from "./pool.ts";

const [file = "cluster.conf"] = process.argv.slice(2);
const pool = connectionPool();
const cache = cacheOver(pool);
const listener = httpListener(cache);

const signaled = createTransitions({ journal: sqliteJournal("state/journal.db"), policy: "rollback" });
signaled.register("pool", pool.callbacks, { concurrency: { serveVolume: 8 } });
signaled.register("cache", cache.callbacks, { after: ["pool"] });
signaled.register("listener", listener.callbacks, { after: ["cache"] });

await signaled.up(await loadConf(file));
console.log(`serving at ${listener.address()}`);

process.on("SIGHUP", async () => {
  const ended = loadConf(file).then((conf) => signaled.signaled(conf));
  console.log(
    await ended.then(
      ({ outcome }) => `reload: ${outcome}`,
      (error) => `reload: ${error.message}`,
    ),
  );
});
process.once("SIGTERM", async () => {
  await signaled.down(undefined, { force: true }).catch((error) => console.error(error.message));
  await signaled.close();
});
