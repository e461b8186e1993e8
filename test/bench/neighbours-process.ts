/**
 * Beside what a Node user would take otherwise, in turns in one process: prints JSON.
 */
import { setImmediate as macrotask } from "node:timers/promises";
import avvio from "avvio";
import pLimit from "p-limit";
import { ConfMap, createTransitions, parseConf } from "signaled";
import { benchConf } from "./bench-conf.ts";
import { type Turns, takeTurns } from "./turns.ts";

const UNITS = 1_000;
const SLOTS = 64;
const STEPS = 20_000;

/** Start and stop of units in their order. */
async function unitsBesideAvvio(rounds: number): Promise<Turns> {
  const conf = ConfMap.from({
    Cluster: { WhoAmI: ["Peer0"], Peers: ["Peer0"] },
    FSGlobals: { VolumeGroupList: [] },
  });
  const bootAvvio = async (): Promise<void> => {
    const app = avvio();
    for (let i = 0; i < UNITS; i++) {
      app.use(async (server) => {
        server.onClose(async () => {});
      });
    }
    await app.ready();
    await new Promise<void>((resolve) => app.close(() => resolve()));
  };
  const bootSignaled = async (): Promise<void> => {
    const instance = createTransitions();
    for (let i = 0; i < UNITS; i++) instance.register(`unit${i}`, { up: async () => {}, down: async () => {} });
    await instance.up(conf);
    await instance.down();
    await instance.close();
  };
  return takeTurns(bootAvvio, [{ name: "units", run: bootSignaled }], rounds);
}

/** Steps of one macrotask each, so many at once. */
async function slotsBesideLimit(rounds: number): Promise<Turns> {
  const conf = parseConf(benchConf(STEPS).replace(/PrimaryPeer: .*/g, "PrimaryPeer: Peer0"));
  const bare = async (): Promise<void> => {
    const limit = pLimit(SLOTS);
    await Promise.all(Array.from({ length: STEPS }, () => limit(() => macrotask())));
  };
  const instance = createTransitions();
  instance.register("mounts", { serveVolume: () => macrotask() }, { concurrency: SLOTS });
  return takeTurns(bare, [{ name: "slots", run: () => instance.up(conf) }, { run: () => instance.down() }], rounds);
}

const units = await unitsBesideAvvio(60);
const slots = await slotsBesideLimit(5);
process.stdout.write(JSON.stringify({ units: units.ratios["units"], slots: slots.ratios["slots"] }));
