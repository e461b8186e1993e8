/**
 * Posted configurations: looked at, gone to as looked at or not at all, and kept in the file only where that was asked for.
 */
import { request } from "node:http";
import { afterEach, beforeEach, expect, test } from "vitest";
import { HttpPlace } from "./http-place.ts";

let place: HttpPlace;

beforeEach(async () => {
  place = await HttpPlace.open({
    register: (transitions) => transitions.register("mounts", { serveVolume: () => {} }),
  });
});
afterEach(() => place.close());

function edited(name: string): string {
  return place.work.read("peer.conf").replace("VolumeList = VolumeA", `VolumeList = VolumeA, ${name}`);
}

async function planned(text: string): Promise<{ hash: string; steps: number; explanation: { text: string }[] }> {
  const answer = await place.steer("/api/v1/plan", { text });
  expect(answer.status, answer.text).toBe(200);
  return answer.json;
}

test("a plan shows what would happen and why, and applying it does just that; the file stays as it is", async () => {
  const before = place.work.read("peer.conf");
  const plan = await planned(edited("New"));
  expect(plan.explanation.map(({ text }) => text).join("\n")).toContain(
    "[VolumeGroup:VG_A] VolumeList: VolumeA → VolumeA, New",
  );
  const seq = (await place.get("/api/v1/status")).json.seq;
  expect((await place.steer("/api/v1/plan", {})).json).toMatchObject({ steps: 0 });
  expect((await place.get("/api/v1/status")).json.seq).toBe(seq);
  const applied = await place.steer("/api/v1/apply", { text: edited("New"), hash: plan.hash, reason: "a trial" });
  expect(applied.json).toMatchObject({ outcome: "finished" });
  expect((await place.get("/api/v1/topology")).json.groups[0].volumes).toEqual(["VolumeA", "New"]);
  expect((await place.get("/api/v1/status")).json.confInUse).toBe("posted");
  expect(place.work.read("peer.conf")).toBe(before);
  expect(place.lines.join("")).toContain("a reload or restart leaves again");
  // The file is what a reload goes to, as after a restart.
  await place.steer("/api/v1/reload");
  expect((await place.get("/api/v1/topology")).json.groups[0].volumes).toEqual(["VolumeA"]);
  expect((await place.get("/api/v1/status")).json.confInUse).toBe("file");
});

test("a plan that is another by now is refused, and nothing is done or written", async () => {
  const plan = await planned(edited("New"));
  place.work.write("peer.conf", edited("Other"));
  await place.steer("/api/v1/reload");
  const seq = (await place.get("/api/v1/status")).json.seq;
  const file = place.work.read("peer.conf");
  for (const save of [false, true]) {
    const stale = await place.steer("/api/v1/apply", { text: edited("New"), hash: plan.hash, save });
    expect([stale.status, stale.json.error.code]).toEqual([409, "PLAN_STALE"]);
  }
  const refused = await place.steer("/api/v1/apply", { text: "[Cluster]\n", hash: plan.hash, save: true });
  expect([refused.status, refused.json.error.code]).toEqual([422, "UPGRADE_REFUSED"]);
  expect((await place.get("/api/v1/status")).json.seq).toBe(seq);
  expect(place.work.read("peer.conf")).toBe(file);
});

test("saved, it is the file's, and what was there is kept beside it", async () => {
  const before = place.work.read("peer.conf");
  const text = edited("New");
  const { hash } = await planned(text);
  const asJson = await place.steer("/api/v1/apply", { text: "{}", format: "json", hash, save: true });
  expect([asJson.status, asJson.json.error.message]).toEqual([400, expect.stringContaining("of the form conf")]);
  expect((await place.steer("/api/v1/apply", { text, hash, save: true })).json).toMatchObject({ outcome: "finished" });
  expect([place.work.read("peer.conf"), place.work.read("peer.conf.before")]).toEqual([text, before]);
  expect((await place.get("/api/v1/status")).json.confInUse).toBe("file");
  expect((await place.steer("/api/v1/reload")).json).toMatchObject({ outcome: "unchanged" });
});

test("planning thousands of volumes is done in turns: no stretch of it is most of the work", async () => {
  const volumes = Array.from({ length: 9_000 }, (_, i) => `Volume${i}`).join(", ");
  const text = place.work.read("peer.conf").replace("VolumeList = VolumeA", `VolumeList = ${volumes}`);
  const used = (): number => {
    const { user, system } = process.cpuUsage();
    return user + system;
  };
  await bytesOfPlan(text);
  const began = used();
  let [last, longest, over] = [began, 0, false];
  const watch = (): void => {
    const now = used();
    longest = Math.max(longest, now - last);
    last = now;
    if (!over) setImmediate(watch);
  };
  watch();
  expect(await bytesOfPlan(text)).toBeGreaterThan(1_000_000);
  over = true;
  expect(longest / (used() - began)).toBeLessThan(0.18);
});

/** Not parsed, which would be this process's work, too. */
function bytesOfPlan(text: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json" };
    request({ socketPath: place.socket, path: "/api/v1/plan", method: "POST", headers }, (response) => {
      let bytes = 0;
      response.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
      });
      response.on("end", () => resolve(bytes));
    })
      .on("error", reject)
      .end(JSON.stringify({ text }));
  });
}
