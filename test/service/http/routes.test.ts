/**
 * Every route of the HTTP interface answers as its schema, and so the OpenAPI document, says: no field too few, none that
 * is not announced.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { z } from "zod";
import * as answers from "../../../src/service/http/answer-schemas.ts";
import { HttpPlace, STEER } from "./http-place.ts";

let place: HttpPlace;
/** What the participant does when it is to serve a volume. */
let serving: () => void = () => {};

beforeAll(async () => {
  place = await HttpPlace.open({
    register: (transitions) =>
      transitions.register("mounts", { serveVolume: () => serving(), unserveVolume: () => {} }),
  });
  place.work.conf({ groups: { VG_A: ["Peer0", "VolumeA", "VolumeC"], VG_B: ["Peer0", "VolumeB"] } });
  await place.service.reload({ how: "test", who: "tester", reason: "ticket 4711" });
  serving = () => {
    throw new Error("the disk is gone");
  };
  place.work.conf({ groups: { VG_A: ["Peer0", "VolumeA", "VolumeD"] } });
  await place.service.reload({ how: "test" }).catch(() => {});
});
afterAll(() => place.close());

const CONF = `[Cluster]\nWhoAmI = Peer0\nPeers = Peer0\n[FSGlobals]\nVolumeGroupList = G\n[VolumeGroup:G]\nVolumeList = V\nPrimaryPeer = Peer0\nVirtualIPAddr =\n`;

/** What is asked of each route, and what the answer is held against. The held transition is settled on the way. */
const ROUTES: readonly (readonly [route: string, path: string, schema: z.ZodType, body?: unknown])[] = [
  ["get /api/v1/me", "/api/v1/me", answers.meSchema],
  ["get /api/v1/status", "/api/v1/status", answers.statusSchema],
  ["get /api/v1/topology", "/api/v1/topology", answers.topologySchema],
  ["get /api/v1/topology", "/api/v1/topology?at=5", answers.topologySchema],
  ["get /api/v1/participants", "/api/v1/participants", answers.participantsSchema],
  ["get /api/v1/participants", "/api/v1/participants?at=20", answers.participantsSchema],
  ["get /api/v1/participants/{name}", "/api/v1/participants/mounts", answers.participantSchema],
  ["get /api/v1/conf", "/api/v1/conf", answers.confSchema],
  ["get /api/v1/transitions", "/api/v1/transitions", answers.transitionsSchema],
  ["get /api/v1/transitions", "/api/v1/transitions?limit=1&volume=VG_A&participant=mounts", answers.transitionsSchema],
  ["get /api/v1/transitions/{id}", "/api/v1/transitions/current", answers.boardSchema],
  ["get /api/v1/transitions/{id}", "/api/v1/transitions/s.1", answers.boardSchema],
  [
    "get /api/v1/transitions/{id}/steps",
    "/api/v1/transitions/s.1/steps?phase=2&participant=mounts",
    answers.stepsSchema,
  ],
  ["get /api/v1/facts", "/api/v1/facts?limit=1000", answers.factsSchema],
  ["get /api/v1/facts", "/api/v1/facts?from=9&to=12&type=StepsApplied", answers.factsSchema],
  ["get /api/v1/moments/{seq}", "/api/v1/moments/12", answers.momentSchema],
  ["get /api/v1/moments", "/api/v1/moments?at=0s", answers.momentSchema],
  ["get /api/v1/difference", "/api/v1/difference?from=5&to=20", answers.differenceSchema],
  ["get /api/v1/why", "/api/v1/why?event=ServeVolume&subject=VolumeC", answers.whySchema],
  ["post /api/v1/check", "/api/v1/check", answers.checkSchema, { text: CONF }],
  ["post /api/v1/check", "/api/v1/check", answers.checkSchema, { text: "[Cluster]\nWhoAmI = a b\n" }],
  ["post /api/v1/plan", "/api/v1/plan", answers.planSchema, {}],
  ["post /api/v1/plan", "/api/v1/plan", answers.planSchema, { text: CONF }],
  ["get /healthz", "/healthz", answers.healthSchema],
];

describe("every route", () => {
  test.each(ROUTES.map((route) => [...route] as const))(
    "%s (%s) answers as its schema says",
    async (route, path, schema, body) => {
      const answer = await place.ask(path, { socket: true, ...(body === undefined ? {} : { method: "POST", body }) });
      expect(answer.status, answer.text).toBe(200);
      expect(answer.headers["content-type"]).toContain("application/json");
      expectShape(answer.json, schema);
      expect(route.split(" ")[0]).toBe(body === undefined ? "get" : "post");
    },
  );

  test("of those that change something, too", async () => {
    const changes: readonly (readonly [path: string, schema: z.ZodType, body: object])[] = [
      ["skip", answers.outcomeSchema, { as: "not-applied", reason: "the disk is gone" }],
      ["reload", answers.outcomeSchema, { reason: "once more" }],
    ];
    for (const [path, schema, body] of changes) {
      const answer = await place.steer(`/api/v1/${path}`, body);
      expect(answer.status, answer.text).toBe(path === "reload" ? 409 : 200);
      expectShape(answer.json, answer.status === 200 ? schema : answers.errorSchema);
    }
    serving = () => {};
    for (const path of ["retry", "reload"]) {
      const answer = await place.steer(`/api/v1/${path}`);
      expect(answer.status, answer.text).toBe(200);
      expectShape(answer.json, answers.outcomeSchema);
    }
    const { json: plan } = await place.steer("/api/v1/plan", { text: CONF });
    const applied = await place.steer("/api/v1/apply", { text: CONF, hash: plan.hash });
    expectShape(applied.json, answers.outcomeSchema);
    for (const path of ["retry", "rollback", "pause", "resume"]) {
      const answer = await place.steer(`/api/v1/${path}`);
      expect([path, answer.status, answer.json?.error?.code]).toEqual([path, 409, "NOTHING_HELD"]);
      expectShape(answer.json, answers.errorSchema);
    }
    const session = await place.ask("/api/v1/session", { method: "POST", body: { code: place.http.codeFor("me") } });
    expectShape(session.json, answers.sessionSchema);
    const ready = await place.get("/readyz");
    expect([ready.status, ready.json]).toEqual([200, { ready: true, state: "up" }]);
    const down = await place.steer("/api/v1/down", { reason: "the end" });
    expect([down.status, down.json]).toEqual([200, {}]);
    expect((await place.get("/readyz")).status).toBe(503);
  });
});

test("the OpenAPI document names every route, with a shape for each answer, and no other", async () => {
  const { json: document } = await place.get("/openapi.json");
  expect(document.openapi).toBe("3.1.0");
  const documented = Object.entries(document.paths as Record<string, Record<string, object>>).flatMap(
    ([path, methods]) => Object.keys(methods).map((method) => `${method} ${path}`),
  );
  const steering = ["apply", "reload", "down", "retry", "rollback", "skip", "pause", "resume", "session"];
  const tried = [
    ...ROUTES.map(([route]) => route),
    ...steering.map((name) => `post /api/v1/${name}`),
    ...["get /api/v1/events", "get /api/v1/inspection", "get /readyz", "get /metrics"],
  ];
  expect([...new Set(documented)].sort()).toEqual([...new Set(tried)].sort());
  const text = JSON.stringify(document);
  expect(text).not.toContain('"schema":{}');
  expect(text).toContain('"securitySchemes"');
});

test("what there is not, and what is not of the form, is said so", async () => {
  const cases: readonly (readonly [path: string, status: number, code: string])[] = [
    ["/api/v1/nothing", 404, "NOT_FOUND"],
    ["/nothing", 404, "NOT_FOUND"],
    ["/api/v1/transitions/s.99", 404, "NOT_FOUND"],
    ["/api/v1/moments/99999", 404, "NOT_FOUND"],
    ["/api/v1/moments/0", 404, "NOT_FOUND"],
    ["/api/v1/participants/nobody", 404, "NOT_FOUND"],
    ["/api/v1/moments?at=yesterday", 400, "USAGE"],
    ["/api/v1/transitions?limit=0", 400, "USAGE"],
    ["/api/v1/transitions?before=x", 400, "USAGE"],
    ["/api/v1/facts?from=-1", 400, "USAGE"],
    ["/api/v1/why?event=Explode", 400, "USAGE"],
    ["/api/v1/why?event=ServeVolume&subject=VolumeZ", 404, "NOT_FOUND"],
    ["/api/v1/events?after=x", 400, "USAGE"],
  ];
  for (const [path, status, code] of cases) {
    const answer = await place.get(path);
    expect([path, answer.status, answer.json?.error?.code]).toEqual([path, status, code]);
    expectShape(answer.json, answers.errorSchema);
  }
  for (const body of ["{", "[]", "null", { as: "maybe", reason: "x" }, { as: "applied" }]) {
    const answer = await place.steer("/api/v1/skip", body);
    expect([body, answer.status]).toEqual([body, 400]);
    expectShape(answer.json, answers.errorSchema);
  }
});

/** Of the shape, and nothing that it does not name. */
function expectShape(value: unknown, schema: z.ZodType): void {
  expect(schema.parse(value)).toEqual(value);
}

test("a remark is told whole, though it stands behind the name of a token", async () => {
  const token = { role: "steer", who: "$SIGNALED_STEER_TOKEN", token: STEER } as const;
  const place = await HttpPlace.open({
    tokens: [token],
    register: (transitions) =>
      transitions.register("mounts", {
        volumeCreated: () => {
          throw new Error("not today");
        },
      }),
  });
  const headers = { authorization: `Bearer ${STEER}` };
  const reason = "done by hand, with Password=hunter2";
  await place.ask("/api/v1/skip", { method: "POST", headers, body: { as: "not-applied", reason } });
  const { text, json } = await place.get("/api/v1/transitions/current", headers);
  const remark = "failed step settled as not-applied, by http $SIGNALED_STEER_TOKEN: done by hand, with Password=***";
  expect(json.remarks).toContain(remark);
  place.work.write("peer.conf", "[Cluster]\nnothing\n");
  await place.ask("/api/v1/reload", { method: "POST", headers, body: {} });
  const facts = await place.get("/api/v1/facts?limit=1000", headers);
  expect(facts.text).not.toContain("TOKEN: ***");
  expect(text + facts.text).not.toContain("hunter2");
  await place.close();
});
