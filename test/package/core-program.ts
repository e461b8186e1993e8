/**
 * The pure core at work: conf, topology, plan, machine, ordering laws and arbitraries. It runs in Node and in a browser,
 * and says the same in both.
 */
import fc from "fast-check";
import {
  type ConfMap,
  diffTopologies,
  explain,
  explanationText,
  lifecycleMachine,
  ORDERS,
  parseConf,
  planTransition,
  readTopology,
} from "signaled";
import { confTextOf, contractTrace, histories, orderingLaws, type TopologyLike, topologies } from "signaled/testing";
import { createActor } from "xstate";

const media = (activePeer: string): TopologyLike => ({
  whoAmI: "Peer0",
  groups: [{ name: "Media", activePeer, virtualIPAddr: "10.0.0.7", volumes: ["Photos", "Films"] }],
});

/** What the core makes of one reload, as text. */
export function findings(): string {
  const [from, to] = [parseConf(confTextOf(media("Peer0"))), parseConf(confTextOf(media("Peer1")))];
  const said = [
    to.hash,
    JSON.stringify(diffTopologies(readTopology(from), readTopology(to))),
    ...planned(from, to),
    walked(from),
    ...judged(),
  ];
  return said.join("\n");
}

function planned(from: ConfMap, to: ConfMap): string[] {
  const places = {
    from: { confMap: from, topology: readTopology(from) },
    to: { confMap: to, topology: readTopology(to) },
  };
  const plan = planTransition({
    command: "signaled",
    from: places.from.topology,
    to: places.to.topology,
    participants: ["a"],
  });
  return [
    ...plan.phases.map(({ callback, direction, events }) => `${callback} ${direction} ${JSON.stringify(events)}`),
    ...explain({ plan, ...places }).map(explanationText),
  ];
}

function walked(conf: ConfMap): string {
  const actor = createActor(lifecycleMachine, { input: { participants: ["a"] } });
  const heard: string[] = [];
  actor.on("*", (event) => heard.push(event.type));
  actor.start();
  actor.send({ type: "UP", confMap: conf });
  return `${JSON.stringify(actor.getSnapshot().value)} ${heard.join(" ")}`;
}

function judged(): string[] {
  const [from, to] = [media("Peer0"), media("Peer1")];
  const trace = contractTrace({ command: "signaled", order: "documented", participants: ["a", "b"], from, to });
  const laws = { participants: ["a", "b"], from, to };
  return [
    String(trace.length),
    String(orderingLaws(trace, "documented", laws).length),
    ...orderingLaws([...trace].reverse(), "documented", laws).map(({ law }) => law),
    JSON.stringify(fc.sample(topologies(), { numRuns: 3, seed: 7 })),
    JSON.stringify(fc.sample(histories(), { numRuns: 1, seed: 7 })),
    Object.keys(ORDERS).join(" "),
  ];
}
