/** One transition from a known beginning, and what came of it. */
import { describe, expect, it } from "vitest";
import type { ParticipantCallbacks } from "../../src/effects/participant.ts";
import { CALLBACK_NAMES } from "../../src/plan/lifecycle-event.ts";
import { given } from "../../src/testing/single-transition.ts";
import { nothing, type TopologyLike } from "../../src/testing/topology-like.ts";
import { silentCallbacks } from "../../src/testing/trace.ts";

const here: TopologyLike = {
  whoAmI: "Peer0",
  groups: [{ name: "G", activePeer: "Peer0", virtualIPAddr: "", volumes: ["A", "B"] }],
};
const away: TopologyLike = { ...here, groups: here.groups.map((group) => ({ ...group, activePeer: "Peer1" })) };

/** A participant that serves, and what it serves now. */
function mounts(): { readonly served: Set<string>; readonly callbacks: ParticipantCallbacks } {
  const served = new Set<string>();
  const callbacks: ParticipantCallbacks = {
    serveVolume: ({ volumeName }) => void served.add(volumeName),
    unserveVolume: ({ volumeName }) => void served.delete(volumeName),
  };
  return { served, callbacks };
}

describe("given, when", () => {
  it("reports what the participants heard, and only of that transition", async () => {
    const { served, callbacks } = mounts();
    const report = await given(here, { participants: { mounts: callbacks, other: { signaledStart() {} } } }).when(
      "signaled",
      away,
    );
    expect(report).toMatchObject({ outcome: "finished", error: undefined, violations: [], explanation: "" });
    expect(report.rows).toEqual(["SignaledStart         other", "UnserveVolume   B A   mounts"]);
    expect([...served]).toEqual([]);
  });

  it("begins down where nothing is given, and goes up or is refused", async () => {
    const { served, callbacks } = mounts();
    const down = given(undefined, { participants: { mounts: callbacks } });
    expect((await down.when("signaled", here)).outcome).toBe("NOT_UP");
    expect((await down.when("up")).outcome).toBe("UPGRADE_REFUSED");
    const report = await down.when("up", here);
    expect([report.outcome, report.rows, [...served]]).toEqual([
      "finished",
      ["ServeVolume   A B   mounts"],
      ["A", "B"],
    ]);
  });

  it("goes down, in the order asked for, and reports a reload without changes as unchanged", async () => {
    const participants = { mounts: mounts().callbacks };
    expect((await given(here, { participants, order: "proxyfs" }).when("down")).rows).toEqual([
      "UnserveVolume   B A   mounts",
    ]);
    expect((await given(here, { participants }).when("signaled", here)).outcome).toBe("unchanged");
    expect((await given(here, { participants }).when("down", nothing("Peer0"))).outcome).toBe("CONF_CHANGED");
  });

  it("lets a participant fail in that transition", async () => {
    const { served, callbacks } = mounts();
    const faults = {
      mounts: { callback: "ServeVolume", subject: "B", how: "throws", message: "disk on fire" },
    } as const;
    const report = await given(away, { participants: { mounts: callbacks }, faults }).when("signaled", here);
    expect(report).toMatchObject({ outcome: "CALLBACK_FAILED", violations: [] });
    expect(report.error).toMatchObject({ participant: "mounts", callback: "ServeVolume", subject: "B" });
    expect(report.rows).toEqual(["ServeVolume   A B!   mounts"]);
    expect([...served]).toEqual(["A"]);
  });

  it("tells of changed options", async () => {
    const participants = { all: silentCallbacks(CALLBACK_NAMES) };
    const sections = { before: { "Volume:A": { FSID: ["1"] } }, after: { "Volume:A": { FSID: ["2"] } } };
    const report = await given(here, { participants, sections }).when("signaled", here);
    expect(report.rows).toContain("VolumeChanged    A   all");
    expect(report.explanation).toBe("");
  });

  it("passes on what is not of the service", async () => {
    const participants = { bad: { notACallback() {} } as ParticipantCallbacks };
    await expect(given(here, { participants }).when("down")).rejects.toThrow("notACallback");
  });
});
