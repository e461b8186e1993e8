/**
 * The machine and the ledger agree after every fact: two representations of where a transition is, moved by the same
 * facts, and one of them would be wrong if they did not.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { ConfMap } from "../../src/conf/conf-map.ts";
import { createTransitions } from "../../src/effects/transitions.ts";
import { lifecycleStateOf } from "../../src/journal/ledger.ts";
import type { Topology } from "../../src/topology/topology.ts";
import { topologies } from "../topology/topologies.ts";

function confOf(topology: Topology): ConfMap {
  const sections: [string, Record<string, string[]>][] = topology.groups.map(({ name, activePeer, volumes }) => [
    `VolumeGroup:${name}`,
    { PrimaryPeer: activePeer === "" ? [] : [activePeer], VirtualIPAddr: [], VolumeList: [...volumes] },
  ]);
  return ConfMap.from({
    Cluster: { WhoAmI: [topology.whoAmI], Peers: [...topology.peers] },
    FSGlobals: { VolumeGroupList: topology.groups.map(({ name }) => name) },
    ...Object.fromEntries(sections),
  });
}

const request = fc.oneof(
  fc.record({ ask: fc.constant("up" as const), to: topologies() }),
  fc.record({ ask: fc.constant("signaled" as const), to: topologies() }),
  fc.record({
    ask: fc.constantFrom(
      "down" as const,
      "retry" as const,
      "rollback" as const,
      "skip" as const,
      "admit" as const,
      "unregister" as const,
    ),
  }),
);

test("after every fact of any history the machine is in the state that the ledger says", {
  timeout: 120_000,
}, async () => {
  let facts = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ request, failAt: fc.option(fc.nat(12)) }), { minLength: 1, maxLength: 8 }),
      async (history) => {
        let countdown: number | null = null;
        const callback = () => {
          if (countdown !== null && countdown-- === 0) throw new Error("as asked");
        };
        const callbacks = {
          up: callback,
          volumeCreated: callback,
          serveVolume: callback,
          unserveVolume: callback,
          signaledFinish: callback,
          down: callback,
        };
        const t = createTransitions();
        t.register("p1", callbacks);
        t.register("p2", callbacks);
        const disagreements: string[] = [];
        t.subscribe((fact, ledger) => {
          facts++;
          const { state } = t.status();
          // A plan without phases is over as it is made; the ledger waits for the fact that says so.
          if (fact.type === "PlanMade" && fact.plan.arrives && fact.plan.phases.length === 0) return;
          const said = state === "finishing" ? "signaling" : state;
          if (said !== lifecycleStateOf(ledger))
            disagreements.push(`${fact.type}: machine ${state}, ledger ${lifecycleStateOf(ledger)}`);
        });
        for (const { request: asked, failAt } of history) {
          countdown = failAt;
          try {
            if (asked.ask === "up" || asked.ask === "signaled") await t[asked.ask](confOf(asked.to));
            else if (asked.ask === "skip") await t.skip("not-applied", "as asked");
            else if (asked.ask === "admit") {
              t.register("p3", callbacks);
              await t.admit("p3");
            } else if (asked.ask === "unregister") await t.unregister("p3");
            else await t[asked.ask]();
          } catch {
            // Refusals and failures are part of a history.
          }
        }
        await t.close();
        expect(disagreements).toEqual([]);
      },
    ),
    { numRuns: 1_000 },
  );
  console.log(`the machine agreed with the ledger after each of ${facts} facts`);
});
