/** The tally: what is added up, fact by fact. */
import { expect, test } from "vitest";
import { createTransitions } from "../../../src/effects/transitions.ts";
import type { Ledger } from "../../../src/journal/ledger.ts";
import { type Observation, Tally } from "../../../src/service/http/tally.ts";
import { shortConf } from "../../effects/short-conf.ts";

test("each phase counts, and each step once, whether it was announced by a fact or by the plan", async () => {
  const t = createTransitions();
  for (const name of ["first", "second"]) t.register(name, { up() {}, volumeCreated() {}, serveVolume() {} });
  const tally = new Tally(() => 0);
  const seen: Observation[] = [];
  tally.pour((observation) => seen.push(observation));
  let before: Ledger = await t.open();
  t.subscribe((fact, after) => {
    tally.hear(fact, before, after);
    before = after;
  });
  await t.up(shortConf("G1@Peer0 V1 V2"));
  expect(seen.filter(({ what }) => what === "phase")).toEqual([
    { what: "phase", callback: "Up", seconds: 0 },
    { what: "phase", callback: "VolumeCreated", seconds: 0 },
    { what: "phase", callback: "ServeVolume", seconds: 0 },
  ]);
  const steps = (callback: string, count: number) =>
    ["first", "second"].map((participant) => ({ what: "steps", participant, callback, outcome: "applied", count }));
  expect(seen.filter(({ what }) => what === "steps")).toEqual([
    ...steps("Up", 1),
    ...steps("VolumeCreated", 2),
    ...steps("ServeVolume", 2),
  ]);
  await t.close();
});
