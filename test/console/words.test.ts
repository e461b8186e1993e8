/** How the console says what it knows, where that does not need a browser. */
import { describe, expect, test } from "vitest";
import { actionsFor } from "../../src/console/operator-actions.ts";
import { parseRoute, routeTo } from "../../src/console/route.ts";
import { rowsOf } from "../../src/console/volume-rows.ts";
import { causeWords, span, standing } from "../../src/console/words.ts";
import type { GroupAnswer, Status } from "../../src/service/http/answers.ts";

const status = (change: Partial<Status>): Status =>
  ({ state: "up", participants: [], inDoubt: [], queued: [], ...change }) as unknown as Status;
const transition = (change: object): Status["transition"] => ({ paused: false, ...change }) as Status["transition"];

test("an address leads back to the view that it was made for, whatever the names are", () => {
  for (const name of ["alpha", "a/b?c=d&e#f", "<b>", "ü %2F %"]) {
    const hash = routeTo(["participants", name], { at: 12, q: name, peer: "" });
    expect(parseRoute(hash)).toEqual({ path: ["participants", name], fields: { at: "12", q: name } });
  }
  expect(parseRoute("")).toEqual({ path: [], fields: {} });
  expect(parseRoute("#/transitions/%E0%A4%A")).toEqual({ path: ["transitions", "%E0%A4%A"], fields: {} });
});

describe("what an operator is offered", () => {
  const verbs = (change: Partial<Status>): string[] => actionsFor(status(change)).map(({ verb }) => verb);
  test("is what the service would take in the state that it is in", () => {
    expect(verbs({})).toEqual(["reload", "down"]);
    expect(verbs({ state: "down" })).toEqual([]);
    expect(verbs({ state: "failed" })).toEqual(["retry", "rollback", "skip", "down"]);
    expect(verbs({ state: "signaling", transition: transition({}) })).toEqual(["pause", "down"]);
    expect(verbs({ state: "signaling", transition: transition({ paused: true }) })).toEqual(["resume", "down"]);
    expect(verbs({ broken: { code: "JOURNAL_UNAVAILABLE", message: "disk full" } })).toEqual([]);
  });
});

test("one word says how it stands", () => {
  expect(standing(status({}))).toEqual(["Up", "good"]);
  expect(standing(status({ state: "failed", transition: transition({ paused: true }) }))).toEqual(["Held", "bad"]);
  expect(standing(status({ state: "finishing", transition: transition({ paused: true }) }))).toEqual([
    "Paused",
    "wait",
  ]);
  expect(standing(status({ broken: { code: "X", message: "" } }))).toEqual(["Journal broken", "bad"]);
});

test("spans and causes are said shortly", () => {
  expect([-5, 850, 3_240, 250_000, 7_500_000].map(span)).toEqual([
    "0 ms",
    "850 ms",
    "3.2 s",
    "4 min 10 s",
    "2 h 5 min",
  ]);
  expect(causeWords({ how: "operator", who: "deploy", reason: "release 12" })).toBe("by deploy: release 12");
  expect(causeWords({ how: "policy" })).toBe("by policy");
  expect(causeWords({ how: "watch" })).toBe("by watch");
});

test("who looks for a volume sees its group with it, and of other volumes nothing", () => {
  const groups: GroupAnswer[] = [
    { name: "media", activePeer: "Peer0", virtualIPAddr: "10.0.0.7", served: true, volumes: ["films", "music"] },
    { name: "backup", activePeer: "", virtualIPAddr: "", served: false, volumes: ["nightly"] },
  ];
  const found = (text: string, peer = ""): string[] =>
    rowsOf(groups, { text, peer }).map(({ group, volume }) => volume ?? group.name);
  expect(found("")).toEqual(["media", "films", "music", "backup", "nightly"]);
  expect(found("MUS")).toEqual(["media", "music"]);
  expect(found("10.0.0.7")).toEqual(["media", "films", "music"]);
  expect(found("", "nobody")).toEqual(["backup", "nightly"]);
  expect(found("films", "nobody")).toEqual([]);
});
