/**
 * Modules that register where they are imported. Whatever order these imports stand in: a module is evaluated after all
 * that it imports itself, so that dependencies register before their dependents.
 */
import { ConfMap, transitions } from "signaled";
import "./http.ts";
import "./metrics.ts";
import "./pool.ts";

const conf = ConfMap.from({ Cluster: { WhoAmI: ["P"], Peers: ["P"] }, FSGlobals: { VolumeGroupList: [] } });
await transitions.up(conf);
console.log(`registered: ${Object.keys(transitions.status().participants).join(", ")}`);
await transitions.down();
